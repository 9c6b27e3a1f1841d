"""What customers answered, 0 to 10, to whether they would recommend us: each answer, and the three groups.  Pure.

Groups and score after Reichheld, "The One Number You Need to Grow", Harvard Business Review, December 2003.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PROMOTER, DETRACTOR = 9, 6  # at least, at most
ANSWERS: Final = range(11)


class Group(StrEnum):
    """Who they are, the least content first."""

    DETRACTOR = "detractor"
    PASSIVE = "passive"
    PROMOTER = "promoter"


def group_of(answer: int) -> Group:
    """Return the group of an answer."""
    if answer >= PROMOTER:
        return Group.PROMOTER
    return Group.DETRACTOR if answer <= DETRACTOR else Group.PASSIVE


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many gave each answer."""

    given: Mapping[int, int]  # answers nobody gave may be missing

    @property
    def total(self) -> int:
        """How many answered."""
        return sum(self.given.values())

    @property
    def counts(self) -> tuple[int, ...]:
        """How many gave each answer, 0 to 10."""
        return tuple(self.given.get(answer, 0) for answer in ANSWERS)

    @property
    def most(self) -> int:
        """How many gave the answer given most often."""
        return max(self.counts)

    @property
    def groups(self) -> Mapping[Group, int]:
        """How many are in each group, all three there."""
        return {
            group: sum(self.given.get(answer, 0) for answer in ANSWERS if group_of(answer) is group) for group in Group
        }

    def share(self, count: int) -> float | None:
        """Return the part of all answers, 0 to 1; None without any."""
        return count / self.total if self.total else None
