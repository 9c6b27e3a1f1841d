"""Which minutes of a day were meant: 「3時」 is 15:00 where the office is open from 9 to 18."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from intents.data_files import load
from intents.when_atoms import Clock, TimeAtom
from intents.when_types import DAY_MINUTES, Minutes, Reason

POINT_MINUTES: Final = 30  # how long a wished point in time lasts
_HOUR: Final = 60
_NOON: Final = 12 * _HOUR
_EVENING_ENDS: Final = 21 * _HOUR  # of 「7時以降」 where the office closes before
_EARLY_HOURS: Final = 5  # nobody means these hours of the night
_BEFORE_WORK: Final = 8  # 「8時以降」 is the evening where the office is not open at 8
_DAYTIME_BEGINS: Final = 6 * _HOUR
_LONGEST: Final = 12 * _HOUR  # 「6時から8時」 does not go from morning to evening


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Minutes of a day, before they are cut to what is left of it."""

    begins: int
    ends: int
    part: str = ""  # as in `Window`
    soft: bool = False  # cut to the opening hours where it meets them


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a clock is read against."""

    hours: Minutes  # of the day: first opening, last closing
    passed: int = 0  # minutes of the day that are over
    day_said: bool = True


Found = Stretch | Reason | tuple[Stretch, ...]  # several: it may have meant any of them


def stretch_of(time: TimeAtom, setting: Setting) -> Found:
    """The minutes meant; a reason to ask when they cannot be known."""
    if not all(_exists(point) for point in (time.first, time.last)):
        return Reason.NO_SUCH_TIME
    return _BY_HOW[time.how](time, setting)


def whole_day(setting: Setting) -> Stretch:
    """From opening to closing time."""
    return Stretch(*setting.hours, part="day", soft=True)


def _exists(point: Clock | str | None) -> bool:
    return not isinstance(point, Clock) or point.minute <= DAY_MINUTES


@cache
def _part(name: str) -> tuple[int, int, int]:
    """Begin, end, and what 「まで」 means, in minutes."""
    part = load("when")["part"][name]
    return part["hours"][0] * _HOUR, part["hours"][1] * _HOUR, part["until"] * _HOUR


def _part_of_day(time: TimeAtom, setting: Setting) -> Found:
    name = str(time.first)
    begins, ends, _ = _part(name)
    if begins == ends:  # 朝一番 is when the office opens
        return Stretch(setting.hours[0], setting.hours[0] + _HOUR, name, soft=True)
    return Stretch(begins or min(setting.hours[0], _NOON - _HOUR), ends, name, soft=True)


def ways(clock: Clock) -> list[int]:
    """The minutes of the day that a clock can mean: 「3時」 is 3:00 or 15:00."""
    hour, minute = divmod(clock.minute, _HOUR)
    if hour > 12 or (hour == 0 and clock.half != "pm"):  # noqa: PLR2004
        return [clock.minute]
    early, late = hour % 12 * _HOUR + minute, hour % 12 * _HOUR + minute + _NOON
    if clock.half == "night":
        return [DAY_MINUTES + early if hour == 12 or hour < _EARLY_HOURS else late]  # noqa: PLR2004
    if clock.half == "day":
        return [late if hour < _BEFORE_WORK or hour == 12 else early]  # noqa: PLR2004
    if hour == 12:  # noqa: PLR2004
        return [early if clock.half == "am" and minute else late]
    return {"am": [early], "pm": [late]}.get(clock.half, [early, late])


def _pick(clock: Clock, setting: Setting, inside: Callable[[int], bool]) -> int | tuple[int, ...]:
    """The one way that falls in the opening hours; several when it cannot be known."""
    every = ways(clock)
    ahead = [way for way in every if way >= setting.passed] if setting.day_said else every
    good = [way for way in ahead if inside(way)]
    if len(good) == 1 or len(every) == 1:
        return (good or every)[0]
    if good:
        return tuple(good)
    if len(ahead) == 1:
        return ahead[0]
    return every[1] if every[0] < _DAYTIME_BEGINS else tuple(every)


def _at(before: int, after: int, part: str) -> Callable[[TimeAtom, Setting], Found]:
    def found(time: TimeAtom, setting: Setting) -> Found:
        if isinstance(time.first, str):
            return _part_of_day(time, setting)
        opens, closes = setting.hours
        picked = _pick(time.first or Clock(0), setting, lambda way: opens <= way < closes)
        if isinstance(picked, int):
            return Stretch(picked - before, picked + after, part)
        return tuple(Stretch(way - before, way + after, part) for way in picked)

    return found


def _since(time: TimeAtom, setting: Setting) -> Found:
    opens, closes = setting.hours
    if isinstance(time.first, str):
        begins = _part(time.first)[0] or opens
    else:
        clock = time.first or Clock(0)
        picked = _pick(clock, setting, lambda way: opens <= way < closes)
        if isinstance(picked, tuple) and not any(opens <= way < closes for way in picked):
            picked = picked[-1] if clock.minute < (_BEFORE_WORK + 1) * _HOUR else picked[0]
        if isinstance(picked, tuple):
            return tuple(Stretch(way, max(closes, way + _HOUR), soft=True) for way in picked)
        begins = picked
    return Stretch(begins, closes if begins < closes else max(_EVENING_ENDS, begins + _HOUR), soft=True)


def _until(time: TimeAtom, setting: Setting) -> Found:
    opens, closes = setting.hours
    if isinstance(time.first, str):
        ends = _part(time.first)[2]
    else:
        picked = _pick(time.first or Clock(0), setting, lambda way: opens < way <= closes)
        ends = picked if isinstance(picked, int) else picked[-1]
    return Stretch(opens if opens < ends else max(0, ends - _HOUR), ends, soft=True)


def _between(time: TimeAtom, setting: Setting) -> Found:
    """The pair of ways that lies in the opening hours; else the one that meets them; else the later one."""
    pairs = [(a, b) for a in _begins(time.first) for b in _ends(time.last) if a < b]
    if not pairs:
        return Reason.NO_SUCH_TIME
    if setting.day_said:
        pairs = [pair for pair in pairs if pair[1] > setting.passed] or pairs
    begins, ends = min(pairs, key=lambda pair: _strangeness(pair, setting.hours))
    return Stretch(begins, ends, soft=isinstance(time.first, str) or isinstance(time.last, str))


def _begins(point: Clock | str | None) -> Sequence[int]:
    return ways(point) if isinstance(point, Clock) else [_part(str(point))[0] or _DAYTIME_BEGINS]


def _ends(point: Clock | str | None) -> Sequence[int]:
    if isinstance(point, Clock):
        return [*ways(point), *([DAY_MINUTES] if point.minute in (0, _NOON) and point.half in ("", "night") else [])]
    return [_part(str(point))[2]]


def _strangeness(pair: Minutes, hours: Minutes) -> tuple[bool, bool, bool, int]:
    begins, ends = pair
    inside = hours[0] <= begins and ends <= hours[1]
    meets = begins < hours[1] and hours[0] < ends
    return not inside, ends - begins > _LONGEST, not meets, ends - begins if meets else -begins


_BY_HOW: Final[dict[str, Callable[[TimeAtom, Setting], Found]]] = {
    "part": _part_of_day,
    "at": _at(0, POINT_MINUTES, "point"),
    "about": _at(30, 30, ""),
    "past": _at(0, 60, ""),
    "just_before": _at(30, 0, ""),
    "since": _since,
    "until": _until,
    "between": _between,
}
