"""Seats in slots.  A lock on the skill's row makes counting and taking one step on both databases."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from server.records import Earlier, Promise, SlotFull, SlotWish, earlier_than
from server.slots import OpenSeats, Slot
from server.spans import Span
from server.store import rows
from server.store.inserting import core, insert_if_new
from server.store.models import PromiseRow, SkillRow
from server.store.prepared import Prepared

# Made once: the library then neither builds nor compiles them for each request.
_T: Final = core(PromiseRow)
_RUNNING: Final = and_(_T.c.ended_at.is_(None), _T.c.begins_at < bindparam("ends"), _T.c.ends_at > bindparam("begins"))
_SEATS: Final = (
    select(_T.c.skill, _T.c.begins_at, _T.c.ends_at, func.count().label("seats"))
    .where(_RUNNING)
    .group_by(_T.c.skill, _T.c.begins_at, _T.c.ends_at)
)
_OTHERS: Final = Prepared(
    lambda _: select(_T.c.seat).where(_RUNNING, _T.c.skill == bindparam("skill"), _T.c.case_id != bindparam("case_id"))
)
_OPEN_SEATS: Final = _SEATS.where(or_(_T.c.begins_at <= bindparam("until"), _T.c.seat < bindparam("number")))
_CURRENT: Final = select(_T).where(_T.c.case_id == bindparam("case_id"), _T.c.ended_at.is_(None))
_SKILL: Final = Prepared(
    lambda _: select(core(SkillRow).c.name).where(core(SkillRow).c.name == bindparam("name")).with_for_update()
)
_PROMISE: Final = Prepared(lambda _: insert(_T).inline())


def taken(session: Session, span: Span, open_seats: OpenSeats | None = None) -> tuple[Slot, ...]:
    """Return the slots of promises that are running within the span; the seats of a slot are the same object."""
    within = {"begins": span.begins, "ends": span.ends}
    if open_seats is None:
        found = session.execute(_SEATS, within)
    else:
        found = session.execute(_OPEN_SEATS, within | {"until": open_seats.until, "number": open_seats.number})
    counted = sorted(found, key=lambda row: (row.begins_at, row.ends_at, row.skill))
    slots = [(Slot(Span(row.begins_at, row.ends_at), row.skill), row.seats) for row in counted]
    return tuple(slot for slot, seats in slots for _ in range(seats))


def current(session: Session, case_id: UUID) -> Promise | None:
    """Return the case's promise."""
    row = session.execute(_CURRENT, {"case_id": case_id}).one_or_none()
    return None if row is None else rows.promise(row)


def take(
    session: Session,
    case_id: UUID,
    slot: Slot,
    seats: int,
    now: datetime,
    *,
    among: Sequence[int] | None = None,
    earlier: Earlier | None = None,
) -> Promise | SlotFull:
    """Take a seat, one of `among` where that is given; the caller has locked the case's row."""
    held = current(session, case_id)
    if held and held.slot == slot:
        return held
    lock_skill(session, slot.skill)
    seat = _free_seat(session, case_id, slot, seats, among)
    if seat is None:
        return SlotFull(slot)
    end(session, case_id, now)
    promise = Promise(case_id=case_id, slot=slot, seat=seat, earlier=earlier)
    keep(session, promise, now)
    return promise


def chosen(session: Session, case_id: UUID, wish: SlotWish) -> Promise | None:
    """Return what a case without a promise could have, to be kept by `keep`; nobody else takes it meanwhile."""
    lock_skill(session, wish.skill)
    slot = wished(session, wish)
    seat = None if slot is None else _free_seat(session, case_id, slot, wish.seats, wish.among and wish.among(slot))
    if slot is None or seat is None:
        return None
    return Promise(case_id=case_id, slot=slot, seat=seat, earlier=earlier(session, wish, slot))


def wished(session: Session, wish: SlotWish) -> Slot | None:
    """Return the slot the wish would choose now."""
    return wish.choose(taken(session, wish.span, wish.open_seats))


def earlier(session: Session, wish: SlotWish, slot: Slot) -> Earlier | None:
    """Say how much earlier the slot is than what anybody else would get now."""
    return earlier_than(slot, wished(session, wish.others), wish.tier) if wish.others else None


def keep(session: Session, promise: Promise, now: datetime) -> None:
    """Write the promise of a case that has none."""
    span = promise.slot.span
    values = {"case_id": promise.case_id, "skill": promise.slot.skill, "seat": promise.seat, "made_at": now}
    tier, minutes = (promise.earlier.tier, promise.earlier.minutes) if promise.earlier else (None, None)
    values |= {"tier": tier, "earlier_minutes": minutes}
    _PROMISE.run(session, values | {"begins_at": span.begins, "ends_at": span.ends})


def end(session: Session, case_id: UUID, now: datetime) -> bool:
    """Free the seat of the case; False when it had none."""
    running = update(PromiseRow).where(PromiseRow.case_id == case_id, PromiseRow.ended_at.is_(None))
    return session.scalar(running.values(ended_at=now).returning(PromiseRow.id)) is not None


def lock_skill(session: Session, skill: str) -> None:
    """Have promises of the skill made one after the other."""
    if _SKILL.run(session, {"name": skill}).scalar() is None:
        session.execute(insert_if_new(session, SkillRow).values(name=skill))
        _SKILL.run(session, {"name": skill})


def _free_seat(
    session: Session, case_id: UUID, slot: Slot, seats: int, among: Sequence[int] | None = None
) -> int | None:
    others = {"begins": slot.span.begins, "ends": slot.span.ends, "skill": slot.skill, "case_id": case_id}
    used = set(_OTHERS.run(session, others).scalars())
    if len(used) >= seats:  # some of them beyond, where there were more seats once
        return None
    return next((seat for seat in (range(seats) if among is None else among) if seat not in used), None)
