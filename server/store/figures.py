"""What the measures are made of: a period's rows, found through indexes; nothing is decrypted."""

from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Select, String, and_, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from server.attempts import CallOutcome, Resolution
from server.measure_rows import Call, Closed, Opened, Promised, Rows
from server.spans import Span
from server.store.desk_models import AlarmRow, DeviceRow, MessageRow, RatingRow
from server.store.engine import reading
from server.store.insight_models import MatterOfTopicRow
from server.store.models import CaseRow, EventRow, PromiseRow, RequestRow
from server.store.notice_models import RecommendationRow
from server.store.rows import ATTEMPT, INCOMING

CALLS: Final = (ATTEMPT, INCOMING)
SAFETY_RANK: Final = 0
_OUTCOMES: Final[dict[str | None, CallOutcome]] = {outcome.value: outcome for outcome in CallOutcome}
_RESOLUTIONS: Final[dict[str | None, Resolution]] = {resolution.value: resolution for resolution in Resolution}


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """How things stand at this moment."""

    backlog: int  # open cases
    late: int  # those whose time is over; the queue's own sense of it
    safety: int  # those with danger
    alarms: int  # running
    messages: int  # waiting to be sent
    devices: int  # that may ask for calls


class FigureStore:
    """Reads the figures of a database; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def rows(self, span: Span, *, now: datetime) -> Rows:
        """Return the rows of a period, up to now where it is not over: one state of the database."""
        with reading(self._engine) as session:
            promises, promise_calls = _promised(session, span, now)
            return Rows(
                promises=promises,
                promise_calls=promise_calls,
                calls=_calls(session, _within(EventRow.at, span)),
                opened=_opened(session, span),
                closed=_closed(session, span),
                closed_calls=_closed_calls(session, span),
                ratings=_ratings(session, span),
                asked=_asked(session, span),
                nps=_recommended(session, span),
            )

    def promises(self, span: Span, *, now: datetime) -> Rows:
        """Return only what the promise figures need."""
        with reading(self._engine) as session:
            promises, calls = _promised(session, span, now)
            return Rows(promises=promises, promise_calls=calls)

    def results(self, span: Span) -> tuple[Counter[str], Counter[str]]:
        """Return how many calls had which outcome ("" for none) and which resolution."""
        query = select(EventRow.outcome, EventRow.resolution, func.count()).where(
            _within(EventRow.at, span), EventRow.kind == ATTEMPT
        )
        outcomes, resolutions = Counter[str](), Counter[str]()
        with reading(self._engine) as session:
            for outcome, resolution, count in session.execute(query.group_by(EventRow.outcome, EventRow.resolution)):
                outcomes[outcome or ""] += count
                if resolution:
                    resolutions[resolution] += count
        return outcomes, resolutions

    def now(self, *, late_before: datetime) -> Now:
        """Count what is open, running and waiting."""
        still_open = CaseRow.closed_at.is_(None)
        with reading(self._engine) as session:
            return Now(
                backlog=_count(session, CaseRow.id, still_open),
                late=_count(session, CaseRow.id, still_open, CaseRow.due_at < late_before),
                safety=_count(session, CaseRow.id, still_open, CaseRow.lane == SAFETY_RANK),
                alarms=_count(session, AlarmRow.key, AlarmRow.cleared_at.is_(None)),
                messages=_count(session, MessageRow.id, MessageRow.sent_at.is_(None), MessageRow.given_up_at.is_(None)),
                devices=_count(session, DeviceRow.id, DeviceRow.revoked_at.is_(None)),
            )


def calls_of(session: Session, cases: Select[UUID]) -> list[Call]:
    """Return all calls that rang of the cases a query names."""
    return _calls(session, EventRow.case_id.in_(cases), EventRow.outcome.is_not(None))


def promises_in(session: Session, which: ColumnElement[bool]) -> list[Promised]:
    """Return promises in the order they were made; their cases can be told apart, as those of `calls_of`."""
    columns = (PromiseRow.begins_at, PromiseRow.ends_at, PromiseRow.made_at, PromiseRow.ended_at)
    query = select(_raw(PromiseRow.case_id), *columns).where(which).order_by(PromiseRow.id)
    return [
        Promised(case_id=case_id, span=Span(begins_at, ends_at), made_at=made_at, ended_at=ended_at)
        for case_id, begins_at, ends_at, made_at, ended_at in session.execute(query)
    ]


def _promised(session: Session, span: Span, now: datetime) -> tuple[list[Promised], list[Call]]:
    """A slot counts in the period in which it ended."""
    in_period = and_(PromiseRow.ends_at >= span.begins, PromiseRow.ends_at < span.ends, PromiseRow.ends_at <= now)
    return promises_in(session, in_period), calls_of(session, select(PromiseRow.case_id).where(in_period))


def _calls(session: Session, *which: ColumnElement[bool]) -> list[Call]:
    """Read calls with little to convert a row: there may be a hundred thousand.

    A call has an outcome exactly when it rang, so one moment says both when it was made and when it rang.
    """
    moment = func.coalesce(EventRow.rang_at, EventRow.at)
    query = select(_raw(EventRow.case_id), moment, EventRow.outcome, EventRow.resolution, EventRow.kind)
    return [
        Call(
            case_id=case_id,
            at=at,
            rang_at=at if outcome else None,
            outcome=_OUTCOMES.get(outcome),
            resolution=_RESOLUTIONS.get(resolution),
            incoming=kind == INCOMING,
        )
        for case_id, at, outcome, resolution, kind in session.execute(query.where(EventRow.kind.in_(CALLS), *which))
    ]


def _raw(column: Any) -> Any:
    """Return an id as the driver reads it: good enough to tell cases apart."""
    return type_coerce(column, String)


def _opened(session: Session, span: Span) -> list[Opened]:
    first_rang = select(func.min(EventRow.rang_at)).where(EventRow.case_id == CaseRow.id).scalar_subquery()
    stood = or_(PromiseRow.ended_at.is_(None), PromiseRow.ended_at >= PromiseRow.begins_at)
    promised = select(func.min(PromiseRow.begins_at)).where(PromiseRow.case_id == CaseRow.id, stood).scalar_subquery()
    columns = (
        _raw(CaseRow.id).label("id"),
        CaseRow.urgency_rank,
        CaseRow.opened_at,
        CaseRow.closed_at,
        first_rang.label("rang_at"),
        promised.label("promised_at"),
    )
    return [
        Opened(
            case_id=row.id,
            safety=row.urgency_rank == SAFETY_RANK,
            opened_at=row.opened_at,
            owed_at=row.promised_at or row.opened_at,
            closed_at=row.closed_at,
            first_rang_at=row.rang_at,
        )
        for row in session.execute(select(*columns).where(_within(CaseRow.opened_at, span)))
    ]


def _closed(session: Session, span: Span) -> list[Closed]:
    other = aliased(CaseRow)
    again = (
        select(func.min(RequestRow.received_at))
        .join(other, RequestRow.case_id == other.id)
        .where(other.phone_digest == CaseRow.phone_digest, RequestRow.received_at > CaseRow.closed_at)
        .correlate(CaseRow)
        .scalar_subquery()
    )
    columns = (
        _raw(CaseRow.id).label("id"),
        CaseRow.opened_at,
        CaseRow.closed_at,
        CaseRow.close_reason,
        again.label("again_at"),
    )
    return [
        Closed(
            case_id=row.id,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            reason=row.close_reason or "",
            again_at=row.again_at,
        )
        for row in session.execute(select(*columns).where(_within(CaseRow.closed_at, span)))
    ]


def _closed_calls(session: Session, span: Span) -> list[Call]:
    cases = select(CaseRow.id).where(_within(CaseRow.closed_at, span))
    return _calls(session, EventRow.case_id.in_(cases), EventRow.outcome == CallOutcome.REACHED.value)


def _ratings(session: Session, span: Span) -> dict[str, list[Hashable]]:
    query = select(RatingRow.answer, _raw(RatingRow.case_id)).where(_within(RatingRow.received_at, span))
    found: defaultdict[str, list[Hashable]] = defaultdict(list)
    for answer, case_id in session.execute(query.order_by(RatingRow.received_at)):
        found[answer].append(case_id)
    return dict(found)


def _asked(session: Session, span: Span) -> dict[str, int]:
    """Count the matters told to devices by how they ended, as the last round of insight found."""
    query = select(MatterOfTopicRow.ending, func.count()).where(_within(MatterOfTopicRow.at, span))
    return dict(session.execute(query.group_by(MatterOfTopicRow.ending)).all())


def _recommended(session: Session, span: Span) -> dict[int, int]:
    """Count who said which number, where the last answer came in within the period."""
    query = select(RecommendationRow.score, func.count()).where(
        _within(RecommendationRow.received_at, span), RecommendationRow.score.is_not(None)
    )
    found = session.execute(query.group_by(RecommendationRow.score))
    return {score: count for score, count in found if score is not None}


def _within(column: Any, span: Span) -> ColumnElement[bool]:
    return and_(column >= span.begins, column < span.ends)


def _count(session: Session, key: Any, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(key)).where(*conditions)) or 0
