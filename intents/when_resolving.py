"""Days and times put together: windows, with what was refused cut out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from intents.when_atoms import DayAtom, Group, Said, Term, TimeAtom
from intents.when_days import dates_of, holds
from intents.when_sets import first_open
from intents.when_times import POINT_MINUTES, Found, Setting, Stretch, stretch_of, whole_day
from intents.when_types import DAY_MINUTES, TOKYO, Minutes, Office, Reason, Unclear, Window, Wishes, at_minute

_ANY_DAY: Final = DayAtom((Term("days", "everyday"),))
_DAY: Final = timedelta(days=1)
_FROM_NOW: Final = frozenset(("minutes_after", "minutes_within"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """When and where it is said."""

    now: datetime  # in Tokyo's time
    office: Office

    @property
    def today(self) -> date:
        """The day it is said."""
        return self.now.date()

    def passed(self, day: date) -> int:
        """Minutes of that day that are over."""
        if day != self.today:
            return 0 if day > self.today else DAY_MINUTES * 2
        return self.now.hour * 60 + self.now.minute + (self.now.second > 0 or self.now.microsecond > 0)

    def setting(self, day: date, *, day_said: bool = True) -> Setting:
        """What clocks of that day are read against."""
        return Setting(hours=self.office.hours_on(day), passed=self.passed(day), day_said=day_said)


Placed = tuple[date, Stretch]


def resolved(said: Said, scene: Scene) -> Wishes | Unclear | None:
    """What everything said comes to; None when it says nothing of time."""
    wished = [group for group in said.groups if not group.refused]
    refused = [group for group in said.groups if group.refused]
    if "now" in said.marks and _is_bare(wished):
        return _at_once(scene)
    if vague := _vague(said, wished, refused, scene):
        return vague
    if not said.groups:
        return None
    if not wished and _only_points(refused):
        return Unclear(reason=Reason.REFUSED)
    wished = _rest_of_that_day(said, wished, refused)
    wished = [_anchored(group, refused) for group in wished] or [_base_of(refused)]
    return _wishes(wished, refused, scene)


def _rest_of_that_day(said: Said, wished: list[Group], refused: Sequence[Group]) -> list[Group]:
    """「明日9時から10時は無理だけど、それ以外なら」 is the rest of tomorrow."""
    days = [day for group in refused if group.times for day in group.days]
    if "rest" not in said.marks or not days or any(group.days or group.times for group in wished):
        return wished
    return [Group(days=tuple(days))]


def _is_bare(wished: Sequence[Group]) -> bool:
    today = DayAtom((Term("day", "0"),))
    return all(not group.times and all(day == today for day in group.days) for group in wished)


def _at_once(scene: Scene) -> Wishes:
    day = first_open(scene.today, scene.office)
    if day == scene.today and scene.passed(day) >= scene.office.hours_on(day)[1]:
        day = first_open(day + _DAY, scene.office)
    return Wishes(windows=(_window(day, whole_day(scene.setting(day)), scene),), now=True)


def _vague(said: Said, wished: Sequence[Group], refused: Sequence[Group], scene: Scene) -> Unclear | None:
    times = any(group.times for group in wished)
    if "time_wanted" in said.marks and not times:
        days = [day for group in wished for day in group.days]
        found = dates_of(days[0], scene.today, scene.office) if days else None
        return Unclear(reason=Reason.TIME_WANTED, day=found[0][0] if isinstance(found, tuple) else None)
    if wished or refused:
        return None
    if "vague" in said.marks:
        return Unclear(reason=Reason.VAGUE)
    return Unclear(reason=Reason.PAST) if "just_past" in said.marks else None


def _only_points(refused: Sequence[Group]) -> bool:
    return all(not group.days and all(time.how in ("at", "about") for time in group.times) for group in refused)


def _base_of(refused: Sequence[Group]) -> Group:
    """What is left to wish for when only refusals were said: the week they spoke of, or the next seven days."""
    weeks = [term for group in refused for day in group.days for term in day.terms if term.kind == "week"]
    bare = [day for group in refused for day in group.days if all(term.kind == "week" for term in day.terms)]
    return Group(days=(DayAtom((weeks[0],)),) if weeks and not bare else (_ANY_DAY,))


def _anchored(group: Group, refused: Sequence[Group]) -> Group:
    """「来週の水曜以外ならいつでも」 is any time of next week."""
    return replace(group, days=_base_of(refused).days) if group.any_time and not group.days and refused else group


def _wishes(wished: Sequence[Group], refused: Sequence[Group], scene: Scene) -> Wishes | Unclear:
    placed: list[Placed] = []
    problems: list[Unclear] = []
    for group in wished:
        found = _placed(group, any(each.days for each in refused), scene)
        if isinstance(found, Unclear):
            problems.append(found)
        else:
            placed += found
    if problems:
        return problems[0]
    kept = _cut(sorted(set(placed)), refused, scene)
    if not kept:
        return Unclear(reason=Reason.REFUSED)
    return Wishes(
        windows=tuple(_window(day, stretch, scene) for day, stretch in kept),
        exact=all(stretch.part == "point" for _, stretch in kept),
    )


def _placed(group: Group, others_refused: bool, scene: Scene) -> list[Placed] | Unclear:
    if any(time.how in _FROM_NOW for time in group.times):
        return [_from_now(time, scene) for time in group.times if time.how in _FROM_NOW]
    if not group.days and not group.any_time and not others_refused:
        return _soonest(group.times, scene)
    out: list[Placed] = []
    problem: Unclear | None = None
    for day in group.days or (_ANY_DAY,):
        found = _on(day, group.times, scene)
        if isinstance(found, Unclear):
            problem = problem or found
        else:
            out += found
    return problem or out


def _from_now(time: TimeAtom, scene: Scene) -> Placed:
    begins = scene.passed(scene.today)
    if time.how == "minutes_within":
        return scene.today, Stretch(begins, begins + max(time.minutes, 1))
    begins += time.minutes
    ahead, minute = divmod(begins, DAY_MINUTES)
    return scene.today + timedelta(days=ahead), Stretch(minute, minute + POINT_MINUTES, "point")


def _soonest(times: Sequence[TimeAtom], scene: Scene) -> list[Placed] | Unclear:
    """A time without a day: on the next open day on which it is still to come."""
    out: list[Placed] = []
    for time in times:
        for day in (scene.today, scene.today + _DAY):
            open_day = first_open(day, scene.office)
            found = _ahead(stretch_of(time, scene.setting(open_day, day_said=False)), open_day, scene)
            if isinstance(found, Stretch):
                out.append((open_day, found))
                break
            if found.reason is not Reason.PAST:
                return found
    return out


def _on(day: DayAtom, times: Sequence[TimeAtom], scene: Scene) -> list[Placed] | Unclear:
    dates = dates_of(day, scene.today, scene.office)
    if isinstance(dates, Unclear):
        return dates
    days, fixed = dates
    kept = days if fixed else _open_if_any(days, scene)
    results = [(each, result) for each in kept for result in _times_on(each, times, scene)]
    good = [(each, result) for each, result in results if isinstance(result, Stretch)]
    bad = [result for _, result in results if isinstance(result, Unclear)]
    asked = [each for each in bad if each.reason is not Reason.PAST]
    if asked or not good:
        return (asked or [_over(each, times) for each in bad] or [Unclear(reason=Reason.PAST)])[0]
    return good


def _open_if_any(days: Sequence[date], scene: Scene) -> Sequence[date]:
    hours = scene.office.hours_on
    coming = [day for day in days if scene.passed(day) < hours(day)[1]]
    return [day for day in coming if scene.office.blocks_on(day)] or coming or days


def _over(unclear: Unclear, times: Sequence[TimeAtom]) -> Unclear:
    return unclear if times else Unclear(reason=Reason.TODAY_OVER, day=unclear.day)


def _times_on(day: date, times: Sequence[TimeAtom], scene: Scene) -> list[Stretch | Unclear]:
    setting = scene.setting(day)
    found: Iterable[Found] = (stretch_of(time, setting) for time in times) if times else (whole_day(setting),)
    return [_ahead(each, day, scene) for each in found]


def _ahead(found: Found, day: date, scene: Scene) -> Stretch | Unclear:
    """What is left of a stretch: without what is over, and of a soft one what lies in the opening hours."""
    if isinstance(found, Reason):
        return Unclear(reason=found, day=day)
    if isinstance(found, tuple):
        return Unclear(reason=Reason.MERIDIEM, day=day, choices=_choices(found, day, scene))
    opens, closes = scene.office.hours_on(day)
    meets = found.soft and found.begins < closes and opens < found.ends
    begins, ends = (max(found.begins, opens), min(found.ends, closes)) if meets else (found.begins, found.ends)
    passed = scene.passed(day)
    if ends <= passed or (found.part == "point" and begins < passed):
        return Unclear(reason=Reason.PAST, day=day)
    return Stretch(max(begins, passed, 0), ends, found.part, found.soft)


def _choices(found: Sequence[Stretch], day: date, scene: Scene) -> tuple[Window, ...]:
    """What a clock may have meant; what is over on that day, on the next one."""
    days = [day if each.begins >= scene.passed(day) else first_open(day + _DAY, scene.office) for each in found]
    return tuple(_window(each_day, each, scene) for each_day, each in zip(days, found, strict=True))


def _cut(placed: Sequence[Placed], refused: Sequence[Group], scene: Scene) -> list[Placed]:
    kept = list(placed)
    for group in refused:
        kept = [(day, rest) for day, stretch in kept for rest in _without(day, stretch, group, scene)]
    return kept


def _without(day: date, stretch: Stretch, group: Group, scene: Scene) -> list[Stretch]:
    if group.days and not any(_is_of(day, atom, scene) for atom in group.days):
        return [stretch]
    if not group.times:
        return []
    rests = [stretch]
    for time in group.times:
        if time.how not in _FROM_NOW:
            taken = stretch_of(time, scene.setting(day, day_said=False))
            rests = [part for rest in rests for part in _minus(rest, taken)]
    return rests


def _is_of(day: date, atom: DayAtom, scene: Scene) -> bool:
    if atom.how == "on" and all(term.kind in ("weekday", "week", "days", "holiday") for term in atom.terms):
        return all(holds(term, day, scene.today) for term in atom.terms)
    dates = dates_of(atom, scene.today, scene.office)
    return isinstance(dates, tuple) and day in dates[0]


def _minus(stretch: Stretch, taken: Found) -> list[Stretch]:
    if not isinstance(taken, Stretch) or taken.ends <= stretch.begins or stretch.ends <= taken.begins:
        return [stretch]
    pieces: list[Minutes] = [(stretch.begins, taken.begins), (taken.ends, stretch.ends)]
    return [Stretch(begins, ends) for begins, ends in pieces if begins < ends]


def _window(day: date, stretch: Stretch, scene: Scene) -> Window:
    begins = max(stretch.begins, scene.passed(day))
    ends = begins + 1 if stretch.part == "point" else stretch.ends
    inside = any(opens < ends and begins < closes for opens, closes in scene.office.blocks_on(day))
    return Window(
        begins=at_minute(day, begins),
        ends=at_minute(day, max(stretch.ends, begins + 1)),
        outside_hours=not inside,
        part=stretch.part,
    )


def in_tokyo(now: datetime) -> datetime:
    """An aware moment on Tokyo's clock.  Raises ValueError for a naive one: nobody can know what it meant."""
    if now.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    return now.astimezone(TOKYO)
