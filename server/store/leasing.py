"""Leases of cases.  The caller has locked the case's row, so that two claims come one after the other."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server.records import Held, Lease
from server.store import rows
from server.store.models import LeaseRow


def claim(session: Session, case_id: UUID, agent: str, now: datetime, lasting: timedelta) -> Lease | Held:
    """Lease it unless somebody else's lease is running; renew one's own."""
    held = current(session, case_id)
    if held is None or held.expires_at <= now:
        return _take(session, held, Lease(case_id=case_id, agent=agent, taken_at=now, expires_at=now + lasting))
    if held.agent != agent:
        return Held(rows.lease(held))
    held.expires_at = now + lasting
    return rows.lease(held)


def take_over(session: Session, case_id: UUID, agent: str, now: datetime, lasting: timedelta) -> Lease:
    """Lease it whoever has it."""
    held = current(session, case_id)
    taken_from = held.agent if held and held.expires_at > now and held.agent != agent else None
    lease = Lease(case_id=case_id, agent=agent, taken_at=now, expires_at=now + lasting, taken_from=taken_from)
    return _take(session, held, lease)


def release(session: Session, case_id: UUID, agent: str, now: datetime) -> bool:
    """Give it back; False when it was not the agent's, or no longer."""
    held = current(session, case_id)
    if held is None or held.agent != agent or held.expires_at <= now:
        return False
    held.ended_at = now
    return True


def end(session: Session, case_id: UUID, now: datetime) -> None:
    """End the lease, whoever has it."""
    held = current(session, case_id)
    if held is not None:
        _end(held, now)


def current(session: Session, case_id: UUID) -> LeaseRow | None:
    """Return the lease that is not ended; it may have expired."""
    query = select(LeaseRow).where(LeaseRow.case_id == case_id, LeaseRow.ended_at.is_(None))
    return session.scalars(query).one_or_none()


def history(session: Session, case_id: UUID) -> tuple[Lease, ...]:
    """Return all leases, oldest first."""
    found = session.scalars(select(LeaseRow).where(LeaseRow.case_id == case_id).order_by(LeaseRow.id))
    return tuple(rows.lease(row) for row in found)


def _take(session: Session, held: LeaseRow | None, lease: Lease) -> Lease:
    if held is not None:
        _end(held, lease.taken_at)
        session.flush()  # only one lease of a case may be running
    values = {"taken_at": lease.taken_at, "expires_at": lease.expires_at, "taken_from": lease.taken_from}
    session.execute(insert(LeaseRow).values(case_id=lease.case_id, agent=lease.agent, **values))
    return lease


def _end(held: LeaseRow, now: datetime) -> None:
    held.ended_at = min(now, held.expires_at)
