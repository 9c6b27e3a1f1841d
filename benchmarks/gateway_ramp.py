"""How many speakers to try next, and how many are carried: pure, over the results of the steps so far."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

MOST_MORE_UNANSWERED: Final = 0.05  # than when one speaks alone
MOST_LAG_MS: Final = 1_000.0  # sound sent and not worked off, 95 of 100 times
MOST_LATER_MS: Final = 1_000.0  # first sound, p95, than for who speaks alone
FIRST: Final = 4  # speakers, after one alone

Step = Mapping[str, Any]


def bound_ms(alone: Step) -> float:
    """Return until when the first sound must begin, 95 of 100 times, from the end of the speech."""
    return float(alone["sound_ms"]["p95"] + MOST_LATER_MS)


def why_not(step: Step, alone: Step) -> str:
    """Return why so many are not carried; "" when they are."""
    if step["lost"]:
        return "connections were closed"
    if _unanswered(step) > _unanswered(alone) + MOST_MORE_UNANSWERED:
        return "questions without an answer"
    if step["lag_ms"]["p95"] > MOST_LAG_MS:
        return "frames fall behind"
    return "the first sound comes late" if step["sound_ms"]["p95"] > bound_ms(alone) else ""


def _unanswered(step: Step) -> float:
    """The share of the questions to which nothing was said: some are not heard even when nobody else speaks."""
    return 1 - float(step["answered"]) / step["asked"]


def next_speakers(steps: Sequence[Step], most: int) -> int | None:
    """Return how many to try: 1, 4, 8, 16 and so on up to the first that are too many, then between; None: it is known."""
    if not steps:
        return 1
    good, bad = carried(steps), first_too_many(steps)
    if bad is None:
        wanted = FIRST if good == 1 else min(most, good * 2)
        return wanted if wanted > good else None
    between = (good + bad) // 2
    return between if between > good and bad - good > max(1, good // 8) else None


def carried(steps: Sequence[Step]) -> int:
    """Return the most speakers of whom it, and every smaller number tried, is carried."""
    too_many = first_too_many(steps)
    return max((one["speakers"] for one in steps if too_many is None or one["speakers"] < too_many), default=0)


def first_too_many(steps: Sequence[Step]) -> int | None:
    """Return the fewest that were too many; None: none were."""
    return min((one["speakers"] for one in steps if why_not(one, steps[0])), default=None)


def memory_mb_each(steps: Sequence[Step]) -> float:
    """Return by how much memory grows with a speaker, over the steps that had more of them than any before.

    Least squares, without the first step: what a process needs once is in it.
    """
    grown: list[Step] = []
    for one in steps[1:]:
        if not grown or one["speakers"] > grown[-1]["speakers"]:
            grown.append(one)
    if len(grown) < 2:
        return float("nan")
    slope, _ = np.polyfit([one["speakers"] for one in grown], [one["memory_mb"] for one in grown], 1)
    return round(float(slope), 1)
