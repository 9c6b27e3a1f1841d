"""Measures of ranking and of calibrated decisions: pure functions over plain numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.96  # standard deviations of a two-sided 95 % interval


def reciprocal_rank(order: Sequence[str], wanted: str) -> float:
    """1 / place of what was wanted; 0 when it is not in the list."""
    return 1 / (order.index(wanted) + 1) if wanted in order else 0.0


def mean(values: Sequence[float]) -> float:
    """The mean, 0 for nothing."""
    return sum(values) / len(values) if values else 0.0


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); (0, 1) for nothing."""
    if not count:
        return 0.0, 1.0
    share, z2 = hits / count, Z_95**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z_95 / (1 + z2 / count) * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCoverage:
    """The share of wrong answers when only the surest `coverage` of all are answered (El-Yaniv and Wiener 2010)."""

    coverage: NDArray[np.float64]  # 1/n, 2/n, ... 1
    risk: NDArray[np.float64]

    @property
    def area(self) -> float:
        """AURC: the mean risk over all coverages (Geifman et al. 2019); lower is better."""
        return float(self.risk.mean()) if len(self.risk) else 0.0

    def risk_at(self, coverage: float) -> float:
        """The risk when at least so much is answered; 0 for nothing."""
        reached = np.flatnonzero(self.coverage >= coverage - 1e-9)
        return float(self.risk[reached[0]]) if len(reached) else 0.0


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> RiskCoverage:
    """The curve; among equal confidences every order counts alike, so that ties help nobody."""
    sure, wrong = np.asarray(confidence, np.float64), 1.0 - np.asarray(right, np.float64)
    _, group, size = np.unique(-sure, return_inverse=True, return_counts=True)
    expected = np.bincount(group, wrong, minlength=len(size)) / size
    count = np.arange(1, len(sure) + 1)
    return RiskCoverage(coverage=count / max(1, len(sure)), risk=np.cumsum(expected[np.sort(group)]) / count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers given with about the same probability."""

    low: float
    high: float
    count: int
    said: float  # mean probability
    was: float  # share that was right


def reliability(confidence: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[Bin]:
    """Bins of equal width that have anything in them; 1.0 falls into the last."""
    sure, hits = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return [
        Bin(
            low=n / bins, high=(n + 1) / bins, count=int(m.sum()), said=float(sure[m].mean()), was=float(hits[m].mean())
        )
        for n in range(bins)
        if (m := place == n).any()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """ECE: the mean distance of what was said from what was, weighted by count (Naeini et al. 2015)."""
    total = sum(b.count for b in bins)
    return sum(b.count * abs(b.said - b.was) for b in bins) / total if total else 0.0


def brier(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Mean squared distance of the probability from what was (Brier 1950), 0 for nothing."""
    return mean([(p - float(hit)) ** 2 for p, hit in zip(confidence, right, strict=True)])
