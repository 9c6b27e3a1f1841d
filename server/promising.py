"""Offering and promising slots: the plan's rules together with what the book has taken."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from server.attempts import CallAgain
from server.ports import PromiseBook
from server.records import Earlier, Promise, SlotFull
from server.slots import ANYBODY, DeskPlan, Slot, Standing, check_promisable, next_free, promisable
from server.spans import TOKYO, Span


def offer(
    book: PromiseBook,
    plan: DeskPlan,
    *,
    skill: str,
    wanted: Sequence[Span],
    now: datetime,
    count: int = 3,
    standing: Standing = ANYBODY,
) -> tuple[Slot, ...]:
    """Return up to `count` free slots: first those in the customer's windows, then the next others.

    What is offered is not kept free; `promise` may still find it full.  Raises SkillUnknown.
    """
    taken = taken_of(book, plan, skill, now, standing)
    find = partial(next_free, plan, skill=skill, now=now, taken=taken, standing=standing)
    liked = find(within=wanted, count=count)
    if len(liked) == count:
        return liked
    others = find(count=count + len(liked))
    return (*liked, *(slot for slot in others if slot not in liked))[:count]


def promise(  # noqa: PLR0913  # to whom, what, by whom, and why it is so early
    book: PromiseBook,
    plan: DeskPlan,
    case_id: UUID,
    slot: Slot,
    *,
    by: str,
    now: datetime,
    standing: Standing = ANYBODY,
    earlier: Earlier | None = None,
) -> Promise | SlotFull:
    """Promise a slot that the plan itself would offer now.

    Raises SlotClosed outside hours, lead time and horizon; SkillUnknown; CaseUnknown; CaseClosed.
    """
    check_promisable(plan, slot, now=now, standing=standing)
    among = plan.seat_numbers(slot, now, standing)
    return book.promise(case_id, slot, seats=plan.seats(slot.skill), among=among, by=by, now=now, earlier=earlier)


def slot_for(
    book: PromiseBook, plan: DeskPlan, step: CallAgain, *, skill: str, now: datetime, standing: Standing = ANYBODY
) -> Slot | None:
    """Return the first free slot for another attempt: in its window, else later at that time of day, else later.

    Staff arrange it: an urgent standing fits.  None when nothing is free up to the horizon.
    Raises SkillUnknown.
    """
    taken, later = taken_of(book, plan, skill, now, standing), _from(plan, step.window.begins, now)
    if later is None:
        return None
    wishes = [[step.window], _same_part(plan, step, skill, later, now), [later]]
    find = partial(next_free, plan, skill=skill, now=now, taken=taken, count=1, standing=standing)
    found = (find(within=wish) for wish in wishes)
    return next((slots[0] for slots in found if slots), None)


def taken_of(
    book: PromiseBook, plan: DeskPlan, skill: str, now: datetime, standing: Standing = ANYBODY
) -> tuple[Slot, ...]:
    """Return what is taken of the seats of that standing, from now to the horizon."""
    return book.taken(Span(now, plan.latest(now)), plan.open_seats(skill, now, standing))


def _from(plan: DeskPlan, begins: datetime, now: datetime) -> Span | None:
    latest = plan.latest(now)
    return Span(begins, latest) if begins < latest else None


def _same_part(plan: DeskPlan, step: CallAgain, skill: str, later: Span, now: datetime) -> list[Span]:
    if step.part is None:
        return []
    candidates = (slot.span for slot in promisable(plan, skill=skill, now=now) if later.contains(slot.span))
    return [span for span in candidates if step.part.on(span.begins.astimezone(TOKYO).date()).contains(span)]
