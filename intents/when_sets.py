"""Sets of days with a name: 平日, 週末, 月末, お盆.  When each comes next if nothing else is said, and which days it holds."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from intents.when_holidays import public_holiday
from intents.when_types import Office

WEEK: Final = timedelta(days=7)
_SATURDAY: Final = 5
_LAST_DAYS: Final = 5  # of a month are its end, as the first five are its beginning
_LONG_RUN: Final = 3  # closed days in a row are 連休
_LONGEST_RUN: Final = 14
_PENSION_DAY: Final = 15  # of the even months; before it where banks are closed then
_Holds = Callable[[date], bool]
_Span = Callable[[date], tuple[date, date]]


@dataclass(frozen=True, slots=True)
class DaySet:
    """`span` is where to look when no week or month was named; `fixed` days are kept though the office is closed."""

    holds: _Holds
    span: _Span
    fixed: bool = False


def monday_of(day: date) -> date:
    """The first day of a day's week: the Japanese week of 来週 begins on Monday."""
    return day - timedelta(days=day.weekday())


def _seven_days(today: date) -> tuple[date, date]:
    return today, today + timedelta(days=6)


def _this_week(today: date) -> tuple[date, date]:
    return monday_of(today), monday_of(today) + timedelta(days=6)


def _this_month(today: date) -> tuple[date, date]:
    return today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])


def _coming(today: date) -> tuple[date, date]:
    return today, today + timedelta(days=400)


def _this_or_next_month(today: date) -> tuple[date, date]:
    return today, today + timedelta(days=31)


def _rest_of_year(today: date) -> tuple[date, date]:
    return today, date(today.year, 12, 31)


def _workday(day: date) -> bool:
    return day.weekday() < _SATURDAY and public_holiday(day) is None


def _from_to(first: tuple[int, int], last: tuple[int, int]) -> _Holds:
    """From one day of the year to another, maybe over its end."""
    if first <= last:
        return lambda day: first <= (day.month, day.day) <= last
    return lambda day: (day.month, day.day) >= first or (day.month, day.day) <= last


def _near_equinox(day: date) -> bool:
    """The week of お彼岸: three days on either side of an equinox."""
    around = (day + timedelta(days=ahead) for ahead in range(-3, 4))
    return any(public_holiday(each) in ("春分の日", "秋分の日") for each in around)


def _last_of_month(day: date) -> bool:
    return day.day > monthrange(day.year, day.month)[1] - _LAST_DAYS


SETS: Final = {
    "workdays": DaySet(_workday, _seven_days),
    "everyday": DaySet(lambda _: True, _seven_days),
    "weekend": DaySet(lambda day: day.weekday() >= _SATURDAY, _this_week, fixed=True),
    "first_half": DaySet(lambda day: day.weekday() <= 2, _this_week),  # noqa: PLR2004 - to Wednesday
    "second_half": DaySet(lambda day: day.weekday() >= 3, _this_week),  # noqa: PLR2004 - from Thursday
    "first_half_of_month": DaySet(lambda day: day.day <= 15, _this_month),  # noqa: PLR2004
    "second_half_of_month": DaySet(lambda day: day.day > 15, _this_month),  # noqa: PLR2004
    "week_begin": DaySet(lambda day: day.weekday() <= 1, _this_week),
    "month_begin": DaySet(lambda day: day.day <= _LAST_DAYS, _this_or_next_month),
    "month_end": DaySet(_last_of_month, _this_month),
    "early": DaySet(lambda day: day.day <= 10, _this_or_next_month),  # noqa: PLR2004
    "middle": DaySet(lambda day: 11 <= day.day <= 20, _this_or_next_month),  # noqa: PLR2004
    "late": DaySet(lambda day: day.day >= 21, _this_or_next_month),  # noqa: PLR2004
    "turn_of_year": DaySet(_from_to((12, 29), (1, 3)), _coming, fixed=True),
    "year_end": DaySet(_from_to((12, 26), (12, 31)), _coming),
    "this_year": DaySet(lambda _: True, _rest_of_year),
    "new_year": DaySet(_from_to((1, 4), (1, 10)), _coming),
    "new_year_days": DaySet(_from_to((1, 1), (1, 3)), _coming, fixed=True),
    "obon": DaySet(_from_to((8, 13), (8, 16)), _coming, fixed=True),
    "golden_week": DaySet(_from_to((4, 29), (5, 5)), _coming, fixed=True),
    "silver_week": DaySet(_from_to((9, 19), (9, 23)), _coming, fixed=True),
    "equinox": DaySet(_near_equinox, _coming),
    "spring": DaySet(_from_to((3, 1), (5, 31)), _coming),
    "summer": DaySet(_from_to((6, 1), (8, 31)), _coming),
    "autumn": DaySet(_from_to((9, 1), (11, 30)), _coming),
    "winter": DaySet(_from_to((12, 1), (2, 28)), _coming),
}


def first_open(day: date, office: Office) -> date:
    """The first day from `day` on at which somebody is there; `day` itself when there is none in a month."""
    days = (day + timedelta(days=ahead) for ahead in range(31))
    return next((each for each in days if office.blocks_on(each)), day)


def _after_days_off(today: date, office: Office, run: int) -> date:
    """The first open day after the next closed days, `run` of them at least."""
    closed = 0
    for ahead in range(-_LONGEST_RUN, 200):  # today may be one of them
        day = today + timedelta(days=ahead)
        if office.blocks_on(day):
            if closed >= run and ahead > 0:
                return day
            closed = 0
        else:
            closed += 1
    return first_open(today, office)


def _pension_day(today: date, office: Office) -> date:
    """The next day on which the public pension is paid."""
    days = (today.replace(day=1) + timedelta(days=ahead) for ahead in range(95))
    paid = (_workday_before(day) for day in days if day.day == _PENSION_DAY and day.month % 2 == 0)
    return next(day for day in paid if day >= today)


def _workday_before(day: date) -> date:
    return day if _workday(day) else _workday_before(day - timedelta(days=1))


SINGLE: Final[dict[str, Callable[[date, Office], date]]] = {
    "after_week": lambda today, office: first_open(monday_of(today) + WEEK, office),
    "after_holidays": lambda today, office: _after_days_off(today, office, _LONG_RUN),
    "after_days_off": lambda today, office: _after_days_off(today, office, 1),
    "pension": _pension_day,
    "after_new_year": lambda today, office: first_open(date(today.year + (today.month > 1), 1, 4), office),
}
