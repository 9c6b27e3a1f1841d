"""The promises of days and of agents, for the calendar page and the feeds."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, and_, select
from sqlalchemy.orm import Session

from server.measure_rows import Promised
from server.spans import TOKYO, Span
from server.store import rows
from server.store.engine import reading
from server.store.figures import calls_of, promises_in
from server.store.models import CaseRow, PromiseRow, RequestRow
from server.store.vault import Vault
from server.verdicts import Verdict, judged
from server.wire import Urgency

LONGEST_SLOT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """How a customer is called; None: not known."""

    name: str | None
    reading: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A promised call on the calendar."""

    case_id: UUID
    topic: str
    urgency: Urgency
    agent: str | None
    customer: Customer
    span: Span
    verdict: Verdict
    waiting: bool  # the promise stands: neither moved nor ended with its case


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """A case's latest promise.  `sequence` grows with every change, `changed_at` is when the last one was made."""

    case_id: UUID
    topic: str
    customer: Customer
    span: Span
    sequence: int
    changed_at: datetime
    cancelled: bool


class CalendarStore:
    """Reads promises of a database; may be shared by threads."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def entries(self, span: Span, *, now: datetime) -> tuple[Entry, ...]:
        """Return the promises that begin within the span, in order; those moved away before their time are left out."""
        begins = _begins_in(span)
        query = select(PromiseRow, CaseRow).join(CaseRow, PromiseRow.case_id == CaseRow.id).where(begins)
        with reading(self._engine) as session:
            found = [(row, case) for row, case in session.execute(query.order_by(PromiseRow.id))]
            verdicts = [verdict for _, verdict in _judged(session, begins, now)]  # in the same order
            customers = self._customers(session, {case.id for _, case in found})
        entries = (
            _entry(row, case, customers[case.id], verdict)
            for (row, case), verdict in zip(found, verdicts, strict=True)
            if verdict is not Verdict.MOVED
        )
        return tuple(sorted(entries, key=lambda entry: entry.span))

    def counts(self, span: Span, *, now: datetime) -> Counter[tuple[date, Verdict]]:
        """Return how many promises of each kind begin on each day of Tokyo."""
        with reading(self._engine) as session:
            found = _judged(session, _begins_in(span), now)
        return Counter(
            (promise.span.begins.astimezone(TOKYO).date(), verdict)
            for promise, verdict in found
            if verdict is not Verdict.MOVED
        )

    def feed(self, agent: str, *, since: datetime) -> tuple[FeedEntry, ...]:
        """Return the latest promise of each case of an agent, of those that had one since."""
        recent = select(PromiseRow.case_id).where(PromiseRow.ends_at > since)
        query = (
            select(PromiseRow, CaseRow)
            .join(CaseRow, PromiseRow.case_id == CaseRow.id)
            .where(CaseRow.agent == agent, CaseRow.id.in_(recent))
        )
        with reading(self._engine) as session:
            found: dict[UUID, list[Any]] = {}
            for row, case in session.execute(query.order_by(PromiseRow.id)):
                found.setdefault(case.id, [case]).append(row)
            customers = self._customers(session, set(found))
        entries = (_feed_entry(case, promises, customers[case.id]) for case, *promises in found.values())
        return tuple(sorted(entries, key=lambda entry: (entry.span, str(entry.case_id))))

    def _customers(self, session: Session, cases: set[UUID]) -> dict[UUID, Customer]:
        """Read who asked last in each case."""
        query = select(RequestRow).where(RequestRow.case_id.in_(cases)).order_by(RequestRow.received_at, RequestRow.id)
        latest = {row.case_id: row for row in session.scalars(query)}
        unknown = Customer(name=None, reading=None)
        return {case: self._customer(latest[case]) if case in latest else unknown for case in cases}

    def _customer(self, row: RequestRow) -> Customer:
        who = rows.who(row, self._vault)
        return Customer(name=who["name"], reading=who["reading"])


def _judged(session: Session, which: ColumnElement[bool], now: datetime) -> list[tuple[Promised, Verdict]]:
    calls = calls_of(session, select(PromiseRow.case_id).where(which))
    return list(judged(promises_in(session, which), calls, now=now))


def _begins_in(span: Span) -> ColumnElement[bool]:
    ends = and_(PromiseRow.ends_at > span.begins, PromiseRow.ends_at < span.ends + LONGEST_SLOT)  # has an index
    return and_(ends, PromiseRow.begins_at >= span.begins, PromiseRow.begins_at < span.ends)


def _entry(row: PromiseRow, case: CaseRow, customer: Customer, verdict: Verdict) -> Entry:
    return Entry(
        case_id=case.id,
        topic=case.topic,
        urgency=list(Urgency)[case.urgency_rank],
        agent=case.agent,
        customer=customer,
        span=Span(row.begins_at, row.ends_at),
        verdict=verdict,
        waiting=row.ended_at is None and case.closed_at is None,
    )


def _feed_entry(case: CaseRow, promises: list[PromiseRow], customer: Customer) -> FeedEntry:
    last = promises[-1]
    ended = last.ended_at is not None
    changes = [moment for moment in (last.made_at, last.ended_at, case.closed_at) if moment is not None]
    return FeedEntry(
        case_id=case.id,
        topic=case.topic,
        customer=customer,
        span=Span(last.begins_at, last.ends_at),
        sequence=2 * (len(promises) - 1) + ended,
        changed_at=max(changes),
        cancelled=ended,
    )
