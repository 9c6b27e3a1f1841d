"""Seats in slots.  A lock on the skill's row makes counting and taking one step on both databases."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, insert, select, update
from sqlalchemy.orm import Session

from server.records import Promise, SlotFull
from server.slots import Slot
from server.spans import Span
from server.store import rows
from server.store.inserting import insert_if_new
from server.store.models import PromiseRow, SkillRow


def taken(session: Session, span: Span) -> tuple[Slot, ...]:
    """Return the slots of promises that are running within the span."""
    found = session.scalars(select(PromiseRow).where(_running(span)))
    return tuple(sorted(rows.slot(row) for row in found))


def current(session: Session, case_id: UUID) -> Promise | None:
    """Return the case's promise."""
    row = session.scalars(
        select(PromiseRow).where(PromiseRow.case_id == case_id, PromiseRow.ended_at.is_(None))
    ).one_or_none()
    return None if row is None else rows.promise(row)


def take(session: Session, case_id: UUID, slot: Slot, seats: int, now: datetime) -> Promise | SlotFull:
    """Take a seat; the caller has locked the case's row."""
    held = current(session, case_id)
    if held and held.slot == slot:
        return held
    _lock_skill(session, slot.skill)
    seat = _free_seat(session, case_id, slot, seats)
    if seat is None:
        return SlotFull(slot)
    end(session, case_id, now)
    made = {"begins_at": slot.span.begins, "ends_at": slot.span.ends, "made_at": now}
    session.execute(insert(PromiseRow).values(case_id=case_id, skill=slot.skill, seat=seat, **made))
    return Promise(case_id=case_id, slot=slot, seat=seat)


def end(session: Session, case_id: UUID, now: datetime) -> bool:
    """Free the seat of the case; False when it had none."""
    running = update(PromiseRow).where(PromiseRow.case_id == case_id, PromiseRow.ended_at.is_(None))
    return session.scalar(running.values(ended_at=now).returning(PromiseRow.id)) is not None


def _lock_skill(session: Session, skill: str) -> None:
    session.execute(insert_if_new(session, SkillRow).values(name=skill))
    session.get_one(SkillRow, skill, with_for_update=True)


def _free_seat(session: Session, case_id: UUID, slot: Slot, seats: int) -> int | None:
    others = and_(_running(slot.span), PromiseRow.skill == slot.skill, PromiseRow.case_id != case_id)
    used = set(session.scalars(select(PromiseRow.seat).where(others)))
    return next((seat for seat in range(seats) if seat not in used), None)


def _running(span: Span) -> ColumnElement[bool]:
    return and_(PromiseRow.ended_at.is_(None), PromiseRow.begins_at < span.ends, PromiseRow.ends_at > span.begins)
