"""Values of "when may we call": what was wished, and what is unclear about it.  All clocks are Tokyo's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from intents.when_holidays import public_holiday

TOKYO: Final = timezone(timedelta(hours=9), "Asia/Tokyo")  # no summer time; needs no tz database on the device
DAY_MINUTES: Final = 24 * 60
Minutes = tuple[int, int]  # from one minute of the day up to another

_WORKDAYS: Final = 5
_NINE_TO_SIX: Final[Mapping[int, tuple[Minutes, ...]]] = MappingProxyType(
    dict.fromkeys(range(_WORKDAYS), ((9 * 60, 18 * 60),))
)


class Reason(StrEnum):
    """What to ask about."""

    VAGUE = "vague"  # 「そのうち」: neither day nor time
    TIME_WANTED = "time_wanted"  # 「仕事が終わってから」: which time is that
    MERIDIEM = "meridiem"  # 「8時」: morning or evening (`choices`, where they are known)
    PAST = "past"
    TODAY_OVER = "today_over"  # 「今日」 after closing time
    NO_SUCH_DAY = "no_such_day"  # 「2月30日」
    NO_SUCH_TIME = "no_such_time"  # 「25時」, 「5時から3時」
    CONTRADICTION = "contradiction"  # 「12月3日の金曜」 when it is a Thursday (`day`)
    TOO_FAR = "too_far"  # beyond the horizon (`day`)
    UNKNOWN_DAY = "unknown_day"  # 「大安の日」, 「娘が来る日」: a day that only the customer can find (`word`)
    REFUSED = "refused"  # only what does not suit was said, or nothing is left of what does


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From `begins` up to, not including, `ends`; aware."""

    begins: datetime
    ends: datetime
    outside_hours: bool = False  # nobody is there in any of it; of a point in time: not at that point
    part: str = field(default="", compare=False)  # 「午前中」, "day" for a whole day, "point"; "" when times were named


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """When a call would suit."""

    windows: tuple[Window, ...]  # at least one, soonest first
    exact: bool = False  # a point in time was named: each window begins at one
    now: bool = False  # 「今すぐ」: the first window is the next chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A time was spoken of, but one question has to be asked."""

    reason: Reason
    day: date | None = None  # the day it is about, where one was named
    choices: tuple[Window, ...] = ()  # what it may have meant, where that is known
    word: str = ""  # what was not understood, as it was said


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """When somebody is there to call.  The device fills it from what the backend says."""

    week: Mapping[int, tuple[Minutes, ...]] = field(default_factory=lambda: _NINE_TO_SIX)  # 0 is Monday
    why_closed: Callable[[date], str | None] = public_holiday  # name of the holiday or closure on a day, or None
    horizon_days: int = 92  # nothing is promised for later

    def blocks_on(self, day: date) -> tuple[Minutes, ...]:
        """Return the open blocks of that day in their order; empty when closed."""
        return () if self.why_closed(day) else tuple(sorted(self.week.get(day.weekday(), ())))

    def hours_on(self, day: date) -> Minutes:
        """From the first opening to the last closing; of a closed day, what is usual in the week."""
        blocks = self.blocks_on(day) or [block for blocks in self.week.values() for block in blocks]
        if not blocks:
            return _NINE_TO_SIX[0][0]
        return min(opens for opens, _ in blocks), max(closes for _, closes in blocks)


DEFAULT_OFFICE: Final = Office()  # Monday to Friday, 9 to 18, closed on public holidays


def at_minute(day: date, minute: int) -> datetime:
    """The moment at a minute of the day; 1440 and more is the next day."""
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO) + timedelta(minutes=minute)
