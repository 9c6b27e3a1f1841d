"""The queue over SQLAlchemy: each operation is one transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from server.attempts import CallEvent
from server.errors import CaseClosed, CaseUnknown
from server.records import Case, Held, Lease, Promise, SlotFull, Submitted
from server.slots import Slot
from server.spans import Span, in_utc
from server.store import booking, leasing, rows, submitting
from server.store.engine import reading, writing
from server.store.models import CaseRow, EventRow, RequestRow
from server.store.vault import Vault
from server.wire import CallbackRequest, Urgency


class SqlCallbackQueue:
    """`ports.CallbackQueue` in a migrated database; may be shared by threads.  The caller disposes of the engine."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def submit(self, request: CallbackRequest, *, now: datetime) -> Submitted:
        """See `ports.Inbox`."""
        moment = in_utc(now)
        while True:
            try:
                with writing(self._engine) as session:
                    return submitting.submit(session, self._vault, request, moment)
            except submitting.Raced:  # the other one is committed: the next round finds it
                continue

    def case(self, case_id: UUID) -> Case:
        """See `ports.Inbox`.  Raises KeyInvalid when the data was written with a key that is not here."""
        with reading(self._engine) as session:
            return _case(session, _row(session, case_id), self._vault)

    def cases_of(self, phone: str) -> tuple[UUID, ...]:
        """See `ports.Inbox`."""
        found = select(CaseRow.id).where(CaseRow.phone_digest.in_(self._vault.digests(phone)))
        with reading(self._engine) as session:
            return tuple(session.scalars(found.order_by(CaseRow.opened_at, CaseRow.id)))

    def close(self, case_id: UUID, *, reason: str, now: datetime) -> None:
        """See `ports.Inbox`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            row = _row(session, case_id, lock=True)
            if row.closed_at is None:
                row.closed_at, row.close_reason = moment, reason
                booking.end(session, case_id, moment)
                leasing.end(session, case_id, moment)

    def taken(self, span: Span) -> tuple[Slot, ...]:
        """See `ports.PromiseBook`."""
        with reading(self._engine) as session:
            return booking.taken(session, span)

    def promise(self, case_id: UUID, slot: Slot, *, seats: int, now: datetime) -> Promise | SlotFull:
        """See `ports.PromiseBook`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            _open_row(session, case_id)
            return booking.promise(session, case_id, slot, seats, moment)

    def claim(self, case_id: UUID, agent: str, *, now: datetime, lasting: timedelta) -> Lease | Held:
        """See `ports.LeaseDesk`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            _open_row(session, case_id)
            return leasing.claim(session, case_id, agent, moment, lasting)

    def take_over(self, case_id: UUID, agent: str, *, now: datetime, lasting: timedelta) -> Lease:
        """See `ports.LeaseDesk`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            _open_row(session, case_id)
            return leasing.take_over(session, case_id, agent, moment, lasting)

    def release(self, case_id: UUID, agent: str, *, now: datetime) -> bool:
        """See `ports.LeaseDesk`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            _row(session, case_id, lock=True)
            return leasing.release(session, case_id, agent, moment)

    def leases(self, case_id: UUID) -> tuple[Lease, ...]:
        """See `ports.LeaseDesk`."""
        with reading(self._engine) as session:
            _row(session, case_id)
            return leasing.history(session, case_id)

    def record(self, case_id: UUID, event: CallEvent) -> bool:
        """See `ports.AttemptLog`."""
        values = rows.event_values(case_id, event, self._vault)
        with writing(self._engine) as session:
            _row(session, case_id)
            new = submitting.insert_if_new(session, EventRow).values(values).returning(EventRow.id)
            return session.scalar(new) is not None


def _row(session: Session, case_id: UUID, *, lock: bool = False) -> CaseRow:
    row = session.get(CaseRow, case_id, with_for_update=lock or None)
    if row is None:
        raise CaseUnknown(case_id)
    return row


def _open_row(session: Session, case_id: UUID) -> CaseRow:
    """Return the row, locked: whatever changes one case comes one after the other."""
    row = _row(session, case_id, lock=True)
    if row.closed_at is not None:
        raise CaseClosed(case_id)
    return row


def _case(session: Session, row: CaseRow, vault: Vault) -> Case:
    requests = select(RequestRow).where(RequestRow.case_id == row.id).order_by(RequestRow.received_at, RequestRow.id)
    events = select(EventRow).where(EventRow.case_id == row.id).order_by(EventRow.at, EventRow.id)
    held = leasing.current(session, row.id)
    return Case(
        id=row.id,
        topic=row.topic,
        urgency=list(Urgency)[row.urgency_rank],
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        close_reason=row.close_reason,
        requests=tuple(rows.stored_request(request, vault) for request in session.scalars(requests)),
        promise=booking.current(session, row.id),
        lease=None if held is None else rows.lease(held),
        events=tuple(rows.call_event(event, vault) for event in session.scalars(events)),
    )
