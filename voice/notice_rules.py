"""Which notice is told of the device's own accord, if any.  Pure."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from intents.when_types import TOKYO
from server.notices import Kind, ToTell, in_order

_LONG: Final = (Kind.FOLLOW_UP, Kind.STORY)  # not while something is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a device has to tell, and what it told so far."""

    notices: Sequence[ToTell] = ()  # that may be told here
    times: Mapping[UUID, int] = field(default_factory=dict)  # told, asked for or not
    unasked_at: datetime | None = None  # when something was told of its own accord last, recalls with danger aside
    is_off: bool = False  # the customer wants none
    was_hinted: bool = False  # it was said how they are stopped


def due(
    standing: Standing,
    now: datetime,
    *,
    quiet: bool,
    told_here: AbstractSet[UUID] = frozenset(),
    is_asked_nothing: bool = True,
    to_the_room: bool = False,
    may_ask: bool = False,
) -> ToTell | None:
    """Return what is to be told now.

    Each once, one a day, none in quiet hours, none where the customer wants none.  A recall with danger comes once in
    every conversation (not among `told_here`), at any hour; where the customer wants no notices, once.  `to_the_room`:
    nobody has spoken, so only what is urgent, and nothing at all in quiet hours.  `is_asked_nothing` False: a question
    follows, so nothing long, nor anything that asks itself.  `may_ask`: the answer to a story can be taken here.
    """
    for one in in_order([notice for notice in standing.notices if notice.is_in_force(now)]):
        if one.is_recall_with_danger:
            if _danger_is_due(one, standing, quiet=quiet, told_here=told_here, to_the_room=to_the_room):
                return one
            continue
        if quiet or standing.is_off or standing.times.get(one.id) or had_today(standing.unasked_at, now):
            continue
        if (to_the_room and not one.at_once) or (one.kind in _LONG and not is_asked_nothing):
            continue
        if one.kind is Kind.STORY and (to_the_room or not may_ask):
            continue
        return one
    return None


def shows_light(standing: Standing, now: datetime, *, quiet: bool) -> bool:
    """Whether something urgent waits that would be told to the room."""
    return due(standing, now, quiet=quiet, to_the_room=True) is not None


def had_today(at: datetime | None, now: datetime) -> bool:
    """Whether that was on this day of Tokyo; what lies ahead comes from a clock that was set back."""
    return at is not None and at.astimezone(TOKYO).date() >= now.astimezone(TOKYO).date()


def _danger_is_due(
    one: ToTell, standing: Standing, *, quiet: bool, told_here: AbstractSet[UUID], to_the_room: bool
) -> bool:
    was_told = bool(standing.times.get(one.id))
    if to_the_room:
        return not was_told and not quiet
    return one.id not in told_here and not (standing.is_off and was_told)
