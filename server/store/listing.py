"""The queue as a list: which cases, in which order, a page at a time, with little decrypted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Select, func, select
from sqlalchemy.orm import Session

from server.attempts import CallOutcome
from server.records import Lease, Promise
from server.store import rows, searching
from server.store.engine import reading
from server.store.inserting import core
from server.store.models import CaseRow, EventRow, LeaseRow, PromiseRow, RequestRow, Table
from server.store.search_keys import query_keys
from server.store.vault import Vault
from server.wire import Urgency

PAGE: Final = 50


class View(StrEnum):
    """Which cases are listed."""

    OPEN = "open"
    LATE = "late"
    MINE = "mine"
    UNPROMISED = "unpromised"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is asked for; empty texts ask for nothing.  `late_before`: due earlier than that is late."""

    view: View = View.OPEN
    late_before: datetime
    me: str = ""
    urgency: Urgency | None = None
    skill: str = ""
    agent: str = ""
    search: str = ""  # a name, a reading, or four digits and more of a number: in open and closed cases
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One case of the list."""

    id: UUID
    topic: str
    urgency: Urgency
    skill: str
    agent: str | None
    due_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    close_reason: str | None
    name: str | None
    reading: str | None
    phone: str
    extension: str | None
    voices: int  # requests about it
    promise: Promise | None
    lease: Lease | None  # may have expired
    rung: int  # calls that rang
    last_outcome: CallOutcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the list; `more` when another one follows."""

    rows: tuple[Listed, ...]
    more: bool
    too_short: bool = False  # the search is too short to find by


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many open cases there are of each kind."""

    open: int
    late: int
    mine: int
    unpromised: int
    safety: int


class QueueListing:
    """Reads the queue of a database; may be shared by threads."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def page(self, wanted: Filter) -> Page:
        """Return the cases asked for, most pressing first; found ones open first, then the latest."""
        first = wanted.page * PAGE
        with reading(self._engine) as session:
            if wanted.search.strip():
                keys = query_keys(self._vault, wanted.search)
                found = (
                    searching.found(session, keys, _conditions(wanted), first=first, most=PAGE + 1) if keys else None
                )
            else:
                found = list(session.scalars(_query(wanted).offset(first).limit(PAGE + 1)))
            if found is None:
                return Page(rows=(), more=False, too_short=True)
            return Page(rows=self._listed(session, found[:PAGE]), more=len(found) > PAGE)

    def of_customer(self, phones: Sequence[str], *, limit: int = 20) -> tuple[Listed, ...]:
        """Return the cases of numbers, the latest first."""
        digests = [digest for phone in set(phones) for digest in self._vault.digests(phone)]
        query = select(CaseRow).where(CaseRow.phone_digest.in_(digests)).order_by(CaseRow.opened_at.desc()).limit(limit)
        with reading(self._engine) as session:
            return self._listed(session, list(session.scalars(query)))

    def of_ids(self, ids: Sequence[UUID]) -> tuple[Listed, ...]:
        """Return cases that are known, the latest first; erased ones are gone."""
        query = select(CaseRow).where(CaseRow.id.in_(ids)).order_by(CaseRow.opened_at.desc(), CaseRow.id)
        with reading(self._engine) as session:
            return self._listed(session, list(session.scalars(query)))

    def counts(self, *, me: str, late_before: datetime) -> Counts:
        """Return how many are open."""
        promised = select(PromiseRow.case_id).where(PromiseRow.ended_at.is_(None))
        query = select(
            func.count(),
            func.count().filter(CaseRow.due_at < late_before),
            func.count().filter(CaseRow.agent == me),
            func.count().filter(CaseRow.id.not_in(promised)),
            func.count().filter(CaseRow.lane == 0),
        ).where(CaseRow.closed_at.is_(None))
        with reading(self._engine) as session:
            open_, late, mine, unpromised, safety = session.execute(query).one()
        return Counts(open=open_, late=late, mine=mine, unpromised=unpromised, safety=safety)

    def _listed(self, session: Session, cases: Sequence[CaseRow]) -> tuple[Listed, ...]:
        ids = [case.id for case in cases]
        requests, voices = _latest_requests(session, ids)
        promises = {row.case_id: row for row in session.execute(_running(PromiseRow, ids))}
        leases = {row.case_id: row for row in session.execute(_running(LeaseRow, ids))}
        rung, outcomes = _calls(session, ids)
        return tuple(
            Listed(
                id=case.id,
                topic=case.topic,
                urgency=list(Urgency)[case.urgency_rank],
                skill=case.skill,
                agent=case.agent,
                due_at=case.due_at,
                opened_at=case.opened_at,
                closed_at=case.closed_at,
                close_reason=case.close_reason,
                voices=voices[case.id],
                promise=rows.promise(promises[case.id]) if case.id in promises else None,
                lease=rows.lease(leases[case.id]) if case.id in leases else None,
                rung=rung[case.id],
                last_outcome=outcomes.get(case.id),
                **rows.who(requests[case.id], self._vault),
            )
            for case in cases
        )


def _query(wanted: Filter) -> Select[Any]:
    query = select(CaseRow).where(*_conditions(wanted))
    if wanted.view is View.CLOSED:
        return query.where(CaseRow.closed_at.is_not(None)).order_by(CaseRow.closed_at.desc())
    query = query.where(CaseRow.closed_at.is_(None), *_view(wanted))
    return query.order_by(CaseRow.lane, CaseRow.due_at, CaseRow.urgency_rank, CaseRow.id)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.urgency is not None:
        conditions.append(CaseRow.urgency_rank == wanted.urgency.rank)
    if wanted.skill:
        conditions.append(CaseRow.skill == wanted.skill)
    if wanted.agent:
        conditions.append(CaseRow.agent == wanted.agent)
    return conditions


def _view(wanted: Filter) -> list[ColumnElement[bool]]:
    match wanted.view:
        case View.LATE:
            return [CaseRow.due_at < wanted.late_before]
        case View.MINE:
            return [CaseRow.agent == wanted.me]
        case View.UNPROMISED:
            return [CaseRow.id.not_in(select(PromiseRow.case_id).where(PromiseRow.ended_at.is_(None)))]
    return []


def _running(table: type[Table], ids: Sequence[UUID]) -> Select[Any]:
    rows_ = core(table)
    return select(rows_).where(rows_.c.case_id.in_(ids), rows_.c.ended_at.is_(None))


def _latest_requests(session: Session, ids: Sequence[UUID]) -> tuple[dict[UUID, Any], Counter[UUID]]:
    """Return who asked last, and how often; what was said stays where it is."""
    columns = core(RequestRow).c
    who = (columns.id, columns.case_id, columns.name_locked, columns.reading_locked, columns.phone_locked)
    found = session.execute(
        select(*who).where(columns.case_id.in_(ids)).order_by(columns.received_at, columns.id)
    ).all()
    return {row.case_id: row for row in found}, Counter(row.case_id for row in found)


def _calls(session: Session, ids: Sequence[UUID]) -> tuple[Counter[UUID], dict[UUID, CallOutcome]]:
    query = (
        select(EventRow.case_id, EventRow.outcome)
        .where(EventRow.case_id.in_(ids), EventRow.outcome.is_not(None), EventRow.kind == rows.ATTEMPT)
        .order_by(EventRow.at, EventRow.id)
    )
    found = session.execute(query).all()
    return Counter(row.case_id for row in found), {row.case_id: CallOutcome(row.outcome) for row in found}
