"""The figures of single days, as they are kept for good: rows are forgotten after a while, figures are not.  Pure.

A day's figures are made of nothing but that day's rows, so they can be computed again as long as the rows are there.
Answers and conversations arrive late and cases are heard of again, so the last days are computed anew every night.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from server.measure_rows import Lasting, NetPromoters, Ratio
from server.measures import Figures

SETTLES_WITHIN: Final = 35  # days after which nothing changes any more: outboxes and logs of devices keep 30
SHARES: Final = (
    "self_solved", "first_contact", "kept", "service_level", "reach", "satisfied", "calmed", "csat",
)  # fmt: skip
TIMES: Final = ("first_response", "safety_response", "resolution")
NPS: Final = "nps"
NAMES: Final = (*SHARES, NPS, *TIMES)

Written = Mapping[str, Mapping[str, float]]  # by measure; whole numbers, but seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """What was computed of a day of Tokyo."""

    day: date
    figures: Written


def written(found: Figures) -> Written:
    """Return what is kept: counts, and seconds of times."""
    shares = {name: _share(getattr(found, name)) for name in SHARES}
    times = {name: _time(getattr(found, name)) for name in TIMES}
    return {**shares, NPS: _nps(found.nps), **times}


def read(name: str, figures: Written) -> float | None:
    """Return a day's value of a measure: a share from 0 to 1, seconds (the middle one), or a score; None without data."""
    kept = figures.get(name, {})
    if name in SHARES:
        return kept["part"] / kept["whole"] if kept.get("whole") else None
    if name == NPS:
        return NetPromoters(*_counts(kept)).score
    return kept.get("median_s")


def summed(days: Iterable[DayFigures], name: str) -> Ratio:
    """Return a share of several days together."""
    kept = [day.figures.get(name, {}) for day in days]
    return Ratio(int(sum(one.get("part", 0) for one in kept)), int(sum(one.get("whole", 0) for one in kept)))


def due(today: date, known: Mapping[date, date], first: date | None) -> list[date]:
    """Return the days to compute, oldest first: those not known, and those that were computed before they had settled.

    `known`: when each was computed; `first`: the first day anything happened on, None when nothing ever did.
    """
    if first is None:
        return []
    days = (first + timedelta(days=n) for n in range((today - first).days))
    return [day for day in days if day not in known or _unsettled(day, known[day], today)]


def _unsettled(day: date, computed_on: date, today: date) -> bool:
    return computed_on < today and (computed_on - day).days <= SETTLES_WITHIN


def _share(ratio: Ratio) -> dict[str, float]:
    return {"part": ratio.part, "whole": ratio.whole}


def _time(time: Lasting) -> dict[str, float]:
    if time.median is None or time.p90 is None:
        return {"count": 0}
    return {"count": time.count, "median_s": time.median.total_seconds(), "p90_s": time.p90.total_seconds()}


def _nps(score: NetPromoters) -> dict[str, float]:
    return {"promoters": score.promoters, "detractors": score.detractors, "answers": score.answers}


def _counts(kept: Mapping[str, Any]) -> tuple[int, int, int]:
    return int(kept.get("promoters", 0)), int(kept.get("detractors", 0)), int(kept.get("answers", 0))
