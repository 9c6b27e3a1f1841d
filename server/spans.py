"""Stretches of time: half open, timezone-aware, UTC inside."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


def in_utc(moment: datetime) -> datetime:
    """Return the same moment in UTC.  Raises ValueError for a naive one: nobody can know what it meant."""
    if moment.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `begins` up to, not including, `ends`; both are turned into UTC.

    Raises ValueError when naive or not longer than nothing.
    """

    begins: datetime
    ends: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "begins", in_utc(self.begins))
        object.__setattr__(self, "ends", in_utc(self.ends))
        if self.ends <= self.begins:
            raise ValueError("a span must end after it begins")

    def overlaps(self, other: Self) -> bool:
        """Whether they share any time; spans that only touch do not."""
        return self.begins < other.ends and other.begins < self.ends

    def contains(self, other: Self) -> bool:
        """Whether all of `other` lies in this one."""
        return self.begins <= other.begins and other.ends <= self.ends
