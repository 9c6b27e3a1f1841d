"""Days and times as they are said back: 「明日、25日水曜日の、午後3時から5時の間」."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from intents.answers import Spoken
from intents.data_files import load
from intents.numerals import KANJI_DIGITS
from intents.when_resolving import in_tokyo
from intents.when_times import POINT_MINUTES
from intents.when_types import DAY_MINUTES, TOKYO, Window, at_minute

_WEEKDAYS: Final = "月火水木金土日"
_NOON: Final = 12 * 60
_ONE_O_CLOCK: Final = 13 * 60
_NEAR: Final = ("today", "tomorrow", "after_tomorrow")
_FEWEST_IN_A_ROW: Final = 3  # days that are told as 「〜から〜まで」


def told(windows: Window | Sequence[Window], now: datetime) -> Spoken:
    """Windows, soonest first, with the weekday; what was wished as a part of the day is told as one.

    The sentence has no end: 「〜に、お電話いたします」 is to follow.  `when_in` reads one window back as itself.
    """
    listed = (windows,) if isinstance(windows, Window) else tuple(windows)
    today = in_tokyo(now).date()
    return _spoken(_text("or").join(_run(run, today) for run in _runs(listed)))


def slot_told(begins: datetime, ends: datetime, now: datetime) -> Spoken:
    """A promised slot, with both its ends."""
    return told(Window(begins=in_tokyo(begins), ends=in_tokyo(ends)), now)


def choices_told(slots: Sequence[Window], now: datetime) -> Spoken:
    """Up to nine slots with their numbers: 「一、明日、25日水曜日の、午前10時。二、…」; short ones by their begin."""
    today = in_tokyo(now).date()
    numbered = zip(KANJI_DIGITS[1:], slots, strict=False)
    return _spoken("".join(_text("choice", number=number, slot=_offered(slot, today)) for number, slot in numbered))


def _spoken(text: str) -> Spoken:
    return Spoken(text=text, overrides=load("when")["told_readings"])


def _text(name: str, **named: object) -> str:
    return str(load("when")["told"][name]).format(**named)


def _offered(slot: Window, today: date) -> str:
    begins = slot.begins.astimezone(TOKYO)
    if slot.ends - slot.begins > timedelta(minutes=POINT_MINUTES):
        return _run([slot], today)
    return _text("day_and_time", day=_day(begins.date(), today), time=_clock(_minute(begins, begins.date())))


def _runs(windows: Iterable[Window]) -> list[list[Window]]:
    """Windows of days in a row that say the same time of day, together."""
    runs: list[list[Window]] = []
    for window in windows:
        same = runs and _time(runs[-1][-1]) == _time(window)
        if same and _date(window) - _date(runs[-1][-1]) == timedelta(days=1):
            runs[-1].append(window)
        else:
            runs.append([window])
    return [part for run in runs for part in ([run] if len(run) >= _FEWEST_IN_A_ROW else [[one] for one in run])]


def _date(window: Window) -> date:
    return window.begins.astimezone(TOKYO).date()


def _run(run: Sequence[Window], today: date) -> str:
    day = _day(_date(run[0]), today)
    if len(run) > 1:
        day = _text("days", first=day, last=_day(_date(run[-1]), today))
    if run[0].part == "day":
        return day
    name = "day_and_time" if run[0].part in ("", "point") else "day_and_part"
    return _text(name, day=day, time=_time(run[0]), part=_time(run[0]))


def _day(day: date, today: date) -> str:
    ahead = (day - today).days
    name = _NEAR[ahead] if 0 <= ahead < len(_NEAR) else {0: "date", 1: "next_year"}.get(day.year - today.year, "year")
    return _text(name, year=day.year, month=day.month, day=day.day, weekday=f"{_WEEKDAYS[day.weekday()]}曜日")


def _time(window: Window) -> str:
    """The time of day of a window, or the part that was wished."""
    if window.part not in ("", "point"):
        return window.part
    day = _date(window)
    begins, ends = _minute(window.begins, day), _minute(window.ends, day)
    if window.part == "point":
        return _clock(begins)
    if ends > DAY_MINUTES:
        return _text("next_day", begins=_clock(begins), ends=_clock(ends - DAY_MINUTES))
    same = (begins < _NOON) == (ends < _NOON) and not _NOON <= begins < _ONE_O_CLOCK
    return _text("range", begins=_clock(begins), ends=_clock(ends, half=not same))


def _minute(moment: datetime, day: date) -> int:
    return int((moment.astimezone(TOKYO) - at_minute(day, 0)).total_seconds()) // 60


def _clock(minute: int, *, half: bool = True) -> str:
    """A minute of the day on the twelve-hour clock, with 午前 or 午後 unless told without."""
    if minute == _NOON:
        return _text("noon")
    if minute == DAY_MINUTES:
        return _text("midnight")
    hour, rest = divmod(minute, 60)
    minutes = {0: "", 30: "半"}.get(rest, f"{rest}分")
    if _NOON < minute < _ONE_O_CLOCK:
        return f"{_text('after_noon')}12時{minutes}"
    return (_text("early" if minute < _NOON else "late") if half else "") + f"{hour % 12}時{minutes}"
