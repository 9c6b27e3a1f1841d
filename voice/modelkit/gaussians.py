"""The first alignments: one full-covariance Gaussian per unit, trained from a flat start.

A generative start, because nothing else worked on this little data: CTC from scratch stayed at the unigram distribution,
and a network that makes its own alignments from flat collapses.  Source: the flat start of HTK's book (Young et al.),
with Viterbi training in place of Baum-Welch.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from intents.morae import UNIT_ID, UNITS
from voice.modelkit.alignment import Scores, UnitPath, flat_targets, viterbi
from voice.modelkit.shards import Example, Features, Units
from voice.modelkit.topology import SUBSAMPLING

View = npt.NDArray[np.float32]  # (output frames, 32)

_LONG_ID: Final = UNIT_ID["H"]
_CEPSTRA: Final = 16
_REACH: Final = 3  # frames either side for the differences
_LOUD_PERCENTILE: Final = 95  # the level to which a clip's loudness is set
_MEAN_COUNT, _COVARIANCE_COUNT = 5, 60  # frames that the prior counts for
_LONG_FROM: Final = 0.45  # share of a long vowel after which it is called the long mark
_SHORT_UNITS, _SHORT_FRAMES = 24, 350  # of the clips for the first half of the rounds


class UnitGaussians:
    """A Gaussian for each unit over short-span cepstra of a clip; the long mark sounds like its vowel here."""

    def __init__(self, views: Sequence[View], paths: Sequence[UnitPath]) -> None:
        x, y = np.concatenate(views).astype(np.float64), np.concatenate(paths)
        shared = np.cov(x.T)
        fitted = [_gaussian(x[y == unit], x.mean(0), shared) for unit in range(len(UNITS))]
        self._means, self._roots = zip(*fitted, strict=True)
        self._offsets = [np.log(np.diag(root)).sum() for root in self._roots]

    def scores(self, view: View) -> Scores:
        """Log-likelihood of every unit in every frame, up to a constant."""
        parts = zip(self._means, self._roots, self._offsets, strict=True)
        return np.stack([offset - 0.5 * (((view - mean) @ root) ** 2).sum(1) for mean, root, offset in parts], 1)

    def align(self, examples: Sequence[Example]) -> list[UnitPath]:
        """Paths in which the long mark takes the latter half of its vowel."""
        scores = [self.scores(view_of(example.feats)) for example in examples]
        paths = viterbi(scores, [tied(example.units) for example in examples])
        for path, example in zip(paths, examples, strict=True):
            mark_long(path, example.units)
        return paths


def _gaussian(
    frames: npt.NDArray[np.float64], centre: npt.NDArray[np.float64], shared: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean and root of the precision, drawn towards those of all frames."""
    count = len(frames)
    mean = (frames.sum(0) + _MEAN_COUNT * centre) / (count + _MEAN_COUNT)
    scatter = (frames - mean).T @ (frames - mean)
    covariance = (scatter + _COVARIANCE_COUNT * shared) / (count + _COVARIANCE_COUNT)
    return mean, np.linalg.cholesky(np.linalg.inv(covariance))


def view_of(feats: Features) -> View:
    """Sixteen cepstra without the clip's mean and level, and their differences, at the rate of the output."""
    cepstra = feats[:, :_CEPSTRA].astype(np.float32)
    cepstra = cepstra - cepstra.mean(0)
    cepstra[:, 0] += cepstra[:, 0].mean() - np.percentile(cepstra[:, 0], _LOUD_PERCENTILE)
    wide = np.concatenate([cepstra[:1]] * _REACH + [cepstra] + [cepstra[-1:]] * _REACH)
    return np.concatenate([cepstra, wide[2 * _REACH :] - wide[: -2 * _REACH]], 1)[::SUBSAMPLING]


def tied(units: Units) -> Units:
    """Units with the vowel before it in place of each long mark."""
    return np.array([units[i - 1] if i and unit == _LONG_ID else unit for i, unit in enumerate(units)])


def mark_long(path: UnitPath, units: Units) -> None:
    """Rewrite the latter half of a vowel's run as the long mark, where the units say so; runs stay in order."""
    spoken = sum(int(unit != _LONG_ID) for unit in units)
    runs = _runs(path)[:spoken]  # more when silence split a vowel from its long mark
    position = -1
    for unit in units:
        if unit != _LONG_ID:
            position += 1
        elif position < len(runs):
            start, end = runs[position]
            path[start + max(1, int(_LONG_FROM * (end - start))) : end] = _LONG_ID


def _runs(path: UnitPath) -> list[tuple[int, int]]:
    """(first frame, frame behind) of every stretch of one unit, silences left out."""
    edges = [0, *(np.nonzero(np.diff(path))[0] + 1), len(path)]
    return [(int(start), int(end)) for start, end in pairwise(edges) if path[start]]


def train_gaussians(
    examples: Sequence[Example], report: Callable[[int, int, float], None], rounds: int = 8
) -> UnitGaussians:
    """Train from a flat start: half of the rounds on short clips, where the even spread is nearly right, then on all.

    `report` is told the round, the number of clips and the log-likelihood of a frame.
    """
    short = [row for row in examples if len(row.units) <= _SHORT_UNITS and len(row.feats) < _SHORT_FRAMES]
    rows = short or examples
    views, units = [view_of(row.feats) for row in rows], [tied(row.units) for row in rows]
    flat = [flat_targets(row.feats, targets) for row, targets in zip(rows, units, strict=True)]
    model = UnitGaussians(views, flat)
    for number in range(rounds):
        if number == rounds // 2:
            views, units = [view_of(row.feats) for row in examples], [tied(row.units) for row in examples]
        scores = [model.scores(view) for view in views]
        paths = viterbi(scores, units)
        report(number + 1, len(paths), _mean_score(scores, paths))
        model = UnitGaussians(views, paths)
    return model


def _mean_score(scores: Sequence[Scores], paths: Sequence[UnitPath]) -> float:
    per_clip = [of_clip[np.arange(len(path)), path].mean() for of_clip, path in zip(scores, paths, strict=True)]
    return float(np.mean(per_clip))
