"""Files of personal data that were handed out: registered first, then read a portion at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Engine, Uuid, func, insert, literal, select
from sqlalchemy.orm import Session

from server.attempts import CallOutcome, Resolution
from server.customers import Profile
from server.ratings import Rating
from server.spans import Span
from server.store import journal, rows
from server.store.customers import profile_of
from server.store.desk_models import ExportedCaseRow, ExportRow, RatingRow
from server.store.engine import reading, writing
from server.store.models import CaseRow, EventRow, PromiseRow, RequestRow
from server.store.vault import Vault
from server.wire import Urgency

PORTION: Final = 200  # cases read in one transaction: no slow download keeps the database busy
CASES: Final = "cases"  # the kind of file


class Which(StrEnum):
    """Which cases go into the file."""

    ALL = "all"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A line of the register."""

    id: UUID
    at: datetime
    actor: str
    kind: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedCase:
    """What the file says about a case; name, reading and phone are those of its latest request."""

    id: UUID
    received_at: datetime
    topic: str
    urgency: Urgency
    name: str | None
    reading: str | None
    phone: str
    extension: str | None
    promise: Span | None  # the one that stands
    agent: str | None
    attempts: int  # calls that rang
    last_outcome: CallOutcome | None
    resolution: Resolution | None  # the latest
    closed_at: datetime | None
    close_reason: str | None
    rating: Rating | None  # the latest
    profile: Profile  # how the customer is treated, whichever case it is


class ExportStore:
    """The register of a database and what its files hold; may be shared by threads."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def register(self, span: Span, which: Which, *, by: str, now: datetime) -> Export:
        """Write down that a file is handed out and whose data it will hold: the cases opened within the span."""
        export_id = uuid4()
        cases = select(literal(export_id, Uuid), CaseRow.id).where(*_conditions(span, which))
        with writing(self._engine) as session:
            row = ExportRow(id=export_id, at=now, actor=by, kind=CASES, rows=0)
            session.add(row)
            session.flush()
            session.execute(insert(ExportedCaseRow).from_select(["export_id", "case_id"], cases))
            row.rows = count = _count(session, export_id)
            detail = {"export": str(export_id), "kind": CASES, "rows": count}
            journal.add(session, at=now, actor=by, action="exported", detail=detail)
        return Export(id=export_id, at=now, actor=by, kind=CASES, rows=count)

    def cases(self, export_id: UUID) -> Iterator[ExportedCase]:
        """Yield the cases of a registered file, oldest first; those erased since are left out.  Raises KeyInvalid."""
        last: tuple[datetime, UUID] | None = None
        while True:
            with reading(self._engine) as session:
                found = _portion(session, export_id, last)
                written = [self._case(session, case) for case in found]
            yield from written
            if len(found) < PORTION:
                return
            last = (found[-1].opened_at, found[-1].id)

    def latest(self, *, limit: int = 20) -> tuple[Export, ...]:
        """Return the last files handed out, the latest first."""
        query = select(ExportRow).order_by(ExportRow.at.desc(), ExportRow.id).limit(limit)
        with reading(self._engine) as session:
            return tuple(
                Export(id=row.id, at=row.at, actor=row.actor, kind=row.kind, rows=row.rows)
                for row in session.scalars(query)
            )

    def _case(self, session: Session, case: CaseRow) -> ExportedCase:
        request = session.scalars(
            select(RequestRow)
            .where(RequestRow.case_id == case.id)
            .order_by(RequestRow.received_at.desc(), RequestRow.id.desc())
            .limit(1)
        ).one()
        events = _events(session, case.id)
        outcomes = [event.outcome for event in events if event.outcome and event.kind == rows.ATTEMPT]
        resolutions = [event.resolution for event in events if event.resolution]
        who = rows.who(request, self._vault)
        return ExportedCase(
            id=case.id,
            received_at=case.opened_at,
            topic=case.topic,
            urgency=list(Urgency)[case.urgency_rank],
            promise=_promise(session, case.id),
            agent=case.agent,
            attempts=len(outcomes),
            last_outcome=CallOutcome(outcomes[-1]) if outcomes else None,
            resolution=Resolution(resolutions[-1]) if resolutions else None,
            closed_at=case.closed_at,
            close_reason=case.close_reason,
            rating=_rating(session, case.id),
            profile=profile_of(session, self._vault, who["phone"]),
            **who,
        )


def _conditions(span: Span, which: Which) -> list[ColumnElement[bool]]:
    conditions = [CaseRow.opened_at >= span.begins, CaseRow.opened_at < span.ends]
    match which:
        case Which.OPEN:
            conditions.append(CaseRow.closed_at.is_(None))
        case Which.CLOSED:
            conditions.append(CaseRow.closed_at.is_not(None))
    return conditions


def _count(session: Session, export_id: UUID) -> int:
    return session.scalar(select(func.count()).where(ExportedCaseRow.export_id == export_id)) or 0


def _portion(session: Session, export_id: UUID, last: tuple[datetime, UUID] | None) -> list[CaseRow]:
    query = select(CaseRow).join(ExportedCaseRow, ExportedCaseRow.case_id == CaseRow.id)
    query = query.where(ExportedCaseRow.export_id == export_id)
    if last is not None:
        opened_at, case_id = last
        later = (CaseRow.opened_at == opened_at) & (CaseRow.id > case_id)
        query = query.where((CaseRow.opened_at > opened_at) | later)
    return list(session.scalars(query.order_by(CaseRow.opened_at, CaseRow.id).limit(PORTION)))


def _events(session: Session, case_id: UUID) -> list[EventRow]:
    return list(session.scalars(select(EventRow).where(EventRow.case_id == case_id).order_by(EventRow.at, EventRow.id)))


def _rating(session: Session, case_id: UUID) -> Rating | None:
    query = select(RatingRow.answer).where(RatingRow.case_id == case_id)
    found = session.scalars(query.order_by(RatingRow.received_at.desc(), RatingRow.request_id).limit(1)).first()
    return None if found is None else Rating(found)


def _promise(session: Session, case_id: UUID) -> Span | None:
    query = select(PromiseRow).where(PromiseRow.case_id == case_id, PromiseRow.ended_at.is_(None))
    row = session.scalars(query).one_or_none()
    return None if row is None else Span(row.begins_at, row.ends_at)
