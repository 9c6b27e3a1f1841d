"""When the desk is open: weekdays, public holidays, own closures.  Tokyo's clock decides; spans are UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise

import holidays

from server.spans import TOKYO, Span

DAY_MINUTES = 24 * 60
MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """Open from one minute of the day up to another; 1440 is midnight at its end."""

    opens_minute: int
    closes_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens_minute < self.closes_minute <= DAY_MINUTES:
            raise ValueError("a block opens before it closes, within one day (past midnight: two blocks)")

    def on(self, day: date) -> Span:
        """Return the block on that day of Tokyo."""
        midnight = datetime.combine(day, time(), TOKYO)
        return Span(midnight + timedelta(minutes=self.opens_minute), midnight + timedelta(minutes=self.closes_minute))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Days on which nobody is there, both ends included (お盆 of one year)."""

    name: str
    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a closure's last day must not come before its first")

    def covers(self, day: date) -> bool:
        """Whether the desk is closed on that day because of it."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class YearlyClosure:
    """The same every year, both ends included; may go over the year's end (年末年始)."""

    name: str
    first: MonthDay
    last: MonthDay

    def covers(self, day: date) -> bool:
        """Whether the desk is closed on that day because of it."""
        here = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """The week and its exceptions; weekdays are 0 for Monday to 6 for Sunday, absent ones are closed."""

    week: Mapping[int, tuple[Block, ...]]
    closures: tuple[Closure | YearlyClosure, ...] = ()
    closed_on_public_holidays: bool = True

    def __post_init__(self) -> None:
        for blocks in self.week.values():
            ordered = sorted(blocks)
            if any(later.opens_minute < sooner.closes_minute for sooner, later in pairwise(ordered)):
                raise ValueError("the blocks of a day must not overlap")

    def blocks_on(self, day: date) -> tuple[Span, ...]:
        """Return the open blocks of that day of Tokyo in their order; empty when closed."""
        if self.why_closed(day) is not None:
            return ()
        return tuple(block.on(day) for block in sorted(self.week.get(day.weekday(), ())))

    def why_closed(self, day: date) -> str | None:
        """Return the name of the closure or holiday; None when only the week decides."""
        if own := next((closure.name for closure in self.closures if closure.covers(day)), None):
            return own
        return public_holiday(day) if self.closed_on_public_holidays else None


def public_holiday(day: date) -> str | None:
    """Return the Japanese public holiday on that day (振替休日 and 国民の休日 too), or None.  Known up to 2099."""
    return _holidays_of(day.year).get(day)


@cache
def _holidays_of(year: int) -> Mapping[date, str]:
    return dict(holidays.country_holidays("JP", years=year, language="ja"))
