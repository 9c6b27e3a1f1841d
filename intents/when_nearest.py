"""When somebody is there, near a time at which nobody is: what can be offered to who asks for a Sunday."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from intents.when_types import TOKYO, Office, Window, at_minute

FARTHEST: Final = 14  # days looked at, before and after
NEAR: Final = timedelta(hours=3)  # of the day wished for, so much before or after the wish
LEAD: Final = timedelta(hours=1)  # what is over sooner is no offer


def nearest_open(wished: Window, *, now: datetime, office: Office) -> tuple[Window, ...]:
    """Return an opening before a time outside the hours, and one after it, as near as can be; none that is past.

    On another day it is the same time of day where somebody is there then, else the whole of that day.
    """
    earlier = next((one for one in _before(wished, office) if one.ends - now >= LEAD), None)
    later = next((one for one in _after(wished, office) if one.ends - now >= LEAD), None)
    return tuple(replace(one, begins=now) if one.begins < now else one for one in (earlier, later) if one)


def _before(wished: Window, office: Office) -> Iterator[Window]:
    day = _day(wished)
    for opens, closes in reversed(office.blocks_on(day)):
        begins, ends = at_minute(day, opens), at_minute(day, closes)
        if ends <= wished.begins:
            yield Window(begins=max(begins, ends - NEAR), ends=ends)
    yield from (one for n in range(1, FARTHEST) if (one := _on(day - timedelta(days=n), wished, office)))


def _after(wished: Window, office: Office) -> Iterator[Window]:
    day = _day(wished)
    for opens, closes in office.blocks_on(day):
        begins, ends = at_minute(day, opens), at_minute(day, closes)
        if begins >= wished.ends:
            yield Window(begins=begins, ends=min(ends, begins + NEAR))
    yield from (one for n in range(1, FARTHEST) if (one := _on(day + timedelta(days=n), wished, office)))


def _on(day: date, wished: Window, office: Office) -> Window | None:
    """The same time on another day, or all of that day; None when nobody is there."""
    blocks = [(at_minute(day, opens), at_minute(day, closes)) for opens, closes in office.blocks_on(day)]
    if not blocks:
        return None
    moved = day - _day(wished)
    begins, ends = wished.begins + moved, wished.ends + moved
    if any(opens < ends and begins < closes for opens, closes in blocks):
        return replace(wished, begins=begins, ends=ends, outside_hours=False)
    return Window(begins=blocks[0][0], ends=blocks[-1][1], part="day")


def _day(window: Window) -> date:
    return window.begins.astimezone(TOKYO).date()
