"""Offering and promising slots: the plan's rules together with what the book has taken."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from server.attempts import CallAgain
from server.ports import PromiseBook
from server.records import Promise, SlotFull
from server.slots import DeskPlan, Slot, check_promisable, next_free, promisable
from server.spans import TOKYO, Span


def offer(
    book: PromiseBook,
    plan: DeskPlan,
    *,
    skill: str,
    wanted: Sequence[Span],
    now: datetime,
    count: int = 3,
    urgent: bool = False,
) -> tuple[Slot, ...]:
    """Return up to `count` free slots: first those in the customer's windows, then the next others.

    What is offered is not kept free; `promise` may still find it full.  Raises SkillUnknown.
    """
    taken = _taken(book, plan, now)
    liked = next_free(plan, skill=skill, now=now, taken=taken, within=wanted, count=count, urgent=urgent)
    if len(liked) == count:
        return liked
    others = next_free(plan, skill=skill, now=now, taken=taken, count=count + len(liked), urgent=urgent)
    return (*liked, *(slot for slot in others if slot not in liked))[:count]


def promise(
    book: PromiseBook,
    plan: DeskPlan,
    case_id: UUID,
    slot: Slot,
    *,
    by: str,
    now: datetime,
    urgent: bool = False,
) -> Promise | SlotFull:
    """Promise a slot that the plan itself would offer now.

    Raises SlotClosed outside hours, lead time and horizon; SkillUnknown; CaseUnknown; CaseClosed.
    """
    check_promisable(plan, slot, now=now, urgent=urgent)
    return book.promise(case_id, slot, seats=plan.seats(slot.skill), by=by, now=now)


def slot_for(book: PromiseBook, plan: DeskPlan, step: CallAgain, *, skill: str, now: datetime) -> Slot | None:
    """Return the first free slot for another attempt: in its window, else later at that time of day, else later.

    Staff arrange it, so the lead time for customers' wishes does not hold.  None when nothing is free up to the horizon.
    Raises SkillUnknown.
    """
    taken, later = _taken(book, plan, now), _from(plan, step.window.begins, now)
    if later is None:
        return None
    wishes = [[step.window], _same_part(plan, step, skill, later, now), [later]]
    found = (next_free(plan, skill=skill, now=now, taken=taken, within=wish, count=1, urgent=True) for wish in wishes)
    return next((slots[0] for slots in found if slots), None)


def _taken(book: PromiseBook, plan: DeskPlan, now: datetime) -> tuple[Slot, ...]:
    return book.taken(Span(now, plan.latest(now)))


def _from(plan: DeskPlan, begins: datetime, now: datetime) -> Span | None:
    latest = plan.latest(now)
    return Span(begins, latest) if begins < latest else None


def _same_part(plan: DeskPlan, step: CallAgain, skill: str, later: Span, now: datetime) -> list[Span]:
    if step.part is None:
        return []
    candidates = (slot.span for slot in promisable(plan, skill=skill, now=now) if later.contains(slot.span))
    return [span for span in candidates if step.part.on(span.begins.astimezone(TOKYO).date()).contains(span)]
