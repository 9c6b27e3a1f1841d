"""The queue over SQLAlchemy: each operation is one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from server.attempts import CallEvent, SmsSent, moment_of
from server.errors import CaseClosed, CaseUnknown
from server.records import Case, Earlier, Held, Lease, Promise, SlotFull, SlotWish, Submitted
from server.slots import OpenSeats, Slot
from server.spans import Span, in_utc
from server.store import booking, calling, journal, leasing, rows, submitting
from server.store.engine import reading, writing
from server.store.inserting import insert_if_new
from server.store.models import CaseRow, EventRow, RequestRow
from server.store.together import TogetherWriter
from server.store.vault import Vault
from server.wire import CallbackRequest, Urgency


class SqlCallbackQueue:
    """`ports.CallbackQueue` in a migrated database; may be shared by threads.  The caller disposes of the engine."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault
        self._together: TogetherWriter[Submitted] = TogetherWriter(engine)

    def submit(self, request: CallbackRequest, *, now: datetime, wish: SlotWish | None = None) -> Submitted:
        """See `ports.Inbox`."""
        moment = in_utc(now)

        def deed(session: Session) -> Submitted:
            return submitting.submit(session, self._vault, request, moment, wish)

        if self._engine.dialect.name == "sqlite":
            return self._together.run(deed)
        while True:
            try:
                with writing(self._engine) as session:
                    return deed(session)
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

    def close(self, case_id: UUID, *, reason: str, by: str, now: datetime) -> None:
        """See `ports.Inbox`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            row = _row(session, case_id, lock=True)
            if row.closed_at is None:
                row.closed_at, row.close_reason = moment, reason
                booking.end(session, case_id, moment)
                leasing.end(session, case_id, moment)
                _journal(session, moment, by, "closed", case_id, reason=reason)

    def reopen(self, case_id: UUID, *, by: str, now: datetime) -> bool:
        """See `ports.Inbox`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            row = _row(session, case_id, lock=True)
            if row.closed_at is None:
                return False
            row.closed_at = row.close_reason = None
            _journal(session, moment, by, "reopened", case_id)
            return True

    def taken(self, span: Span, open_seats: OpenSeats | None = None) -> tuple[Slot, ...]:
        """See `ports.PromiseBook`."""
        with reading(self._engine) as session:
            return booking.taken(session, span, open_seats)

    def promise(
        self,
        case_id: UUID,
        slot: Slot,
        *,
        seats: int,
        by: str,
        now: datetime,
        among: Sequence[int] | None = None,
        earlier: Earlier | None = None,
    ) -> Promise | SlotFull:
        """See `ports.PromiseBook`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            row = _open_row(session, case_id)
            held = booking.current(session, case_id)
            found = booking.take(session, case_id, slot, seats, moment, among=among, earlier=earlier)
            if isinstance(found, Promise) and found != held:
                row.due_at = slot.span.begins if row.lane or calling.was_called(session, case_id) else row.due_at
                detail = journal.because_of(earlier) | {"begins": slot.span.begins.isoformat()}
                _journal(session, moment, by, "promised", case_id, **detail)
            return found

    def free(self, case_id: UUID, *, due_at: datetime, by: str, now: datetime) -> bool:
        """See `ports.PromiseBook`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            row = _row(session, case_id, lock=True)
            row.due_at = due_at if row.lane or calling.was_called(session, case_id) else row.due_at
            had_one = booking.end(session, case_id, moment)
            if had_one:
                _journal(session, moment, by, "freed", case_id)
            return had_one

    def claim(self, case_id: UUID, agent: str, *, now: datetime, lasting: timedelta) -> Lease | Held:
        """See `ports.LeaseDesk`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            row = _open_row(session, case_id)
            before = leasing.current(session, case_id)
            renewed = before is not None and before.agent == agent and before.expires_at > moment
            found = leasing.claim(session, case_id, agent, moment, lasting)
            if isinstance(found, Lease) and not renewed:
                row.agent = agent
                _journal(session, moment, agent, "claimed", case_id)
            return found

    def take_over(self, case_id: UUID, agent: str, *, now: datetime, lasting: timedelta) -> Lease:
        """See `ports.LeaseDesk`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            row = _open_row(session, case_id)
            lease = leasing.take_over(session, case_id, agent, moment, lasting)
            row.agent = agent
            _journal(session, moment, agent, "taken_over", case_id, taken_from=lease.taken_from)
            return lease

    def release(self, case_id: UUID, agent: str, *, now: datetime) -> bool:
        """See `ports.LeaseDesk`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            _row(session, case_id, lock=True)
            released = leasing.release(session, case_id, agent, moment)
            if released:
                _journal(session, moment, agent, "released", case_id)
            return released

    def leases(self, case_id: UUID) -> tuple[Lease, ...]:
        """See `ports.LeaseDesk`."""
        with reading(self._engine) as session:
            _row(session, case_id)
            return leasing.history(session, case_id)

    def record(self, case_id: UUID, event: CallEvent) -> bool:
        """See `ports.AttemptLog`."""
        values = rows.event_values(case_id, event, self._vault)
        with writing(self._engine) as session:
            _row(session, case_id, lock=True)
            new = insert_if_new(session, EventRow).values(values).returning(EventRow.id)
            if session.scalar(new) is None:
                return False
            actor = journal.SYSTEM if isinstance(event, SmsSent) else event.agent
            detail = {"event": str(event.id), "outcome": values.get("outcome")}
            _journal(session, moment_of(event), actor, values["kind"], case_id, **detail)
            return True

    def withdraw(self, case_id: UUID, event_id: UUID, *, by: str, now: datetime) -> bool:
        """See `ports.AttemptLog`."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            _row(session, case_id, lock=True)
            event = session.get(EventRow, event_id)
            if event is None or event.case_id != case_id:
                return False
            session.delete(event)
            _journal(session, moment, by, "withdrawn", case_id, event=str(event_id))
            return True


def _journal(session: Session, at: datetime, by: str, action: str, case_id: UUID, **detail: object) -> None:
    journal.add(session, at=at, actor=by, action=action, case_id=case_id, detail=detail)


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
        skill=row.skill,
        agent=row.agent,
        due_at=row.due_at,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        close_reason=row.close_reason,
        requests=tuple(rows.stored_request(request, vault) for request in session.scalars(requests)),
        promise=booking.current(session, row.id),
        lease=None if held is None else rows.lease(held),
        events=tuple(rows.call_event(event, vault) for event in session.scalars(events)),
    )
