"""Periods that figures are about.  Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from server.spans import TOKYO, Span

MOST_DAYS: Final = 366
YEARS: Final = range(2000, 2100)  # what a calendar is asked for


@dataclass(frozen=True, slots=True)
class Period:
    """Days of Tokyo, both ends included.  Raises ValueError when backwards, longer than a year, or of another century."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not 0 <= (self.last - self.first).days < MOST_DAYS:
            raise ValueError("a period has 1 to 366 days")
        if self.first.year not in YEARS or self.last.year not in YEARS:
            raise ValueError("a period lies in this century")

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def span(self) -> Span:
        """From the first midnight to the last."""
        end = datetime.combine(self.last, time(), TOKYO) + timedelta(days=1)
        return Span(datetime.combine(self.first, time(), TOKYO), end)

    @classmethod
    def until(cls, now: datetime, days: int) -> "Period":
        """Return the days up to today."""
        today = now.astimezone(TOKYO).date()
        return cls(today - timedelta(days=days - 1), today)
