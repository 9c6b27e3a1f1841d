"""What the watch looks at: the facts behind alarms, cases whose wait is over, and whose turn it is to watch."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from server.alarming import SLACK, AlarmRule, Facts, Waiting
from server.store.desk_models import DeviceRow, FollowerRow, JournalRow, MessageRow
from server.store.engine import reading, writing
from server.store.inserting import insert_if_new
from server.store.models import CaseRow, EventRow, LeaseRow, PromiseRow, RequestRow
from server.wire import Urgency

SETTLING: Final = timedelta(minutes=2)  # a call recorded just now is being settled by whoever made it
MOST_AT_ONCE: Final = 200
BY_PEOPLE: Final = ("joined", "reopened", "withdrawn", "undone")  # after these people decide, not the history


def facts(session: Session, rule: AlarmRule, now: datetime) -> Facts:
    """Return what may be alarming."""
    return Facts(
        waiting=_waiting(session, now + rule.before_promise + SLACK, now),
        devices_seen=_devices(session, now - rule.device_silent + SLACK),
        routes_failing=_routes_failing(session),
    )


def waits_over(engine: Engine, now: datetime) -> tuple[UUID, ...]:
    """Return open cases that nobody works on and whose history asks for something: those due longest first.

    Either their wait has passed without a promise, or a call was recorded and never settled (a power cut).
    """
    asked = and_(EventRow.case_id == CaseRow.id, or_(EventRow.kind == "sms", EventRow.rang_at.is_not(None)))
    last_at = select(func.max(EventRow.at)).where(asked).correlate(CaseRow).scalar_subquery()
    touched = exists().where(
        JournalRow.case_id == CaseRow.id, JournalRow.action.in_(BY_PEOPLE), JournalRow.at >= last_at
    )
    unsettled = and_(PromiseRow.begins_at <= now, PromiseRow.made_at < last_at)
    query = (
        select(CaseRow.id)
        .outerjoin(PromiseRow, _promise_of_case())
        .where(CaseRow.closed_at.is_(None), CaseRow.due_at <= now, last_at <= now - SETTLING)
        .where(or_(PromiseRow.id.is_(None), unsettled), ~_claimed(now), ~touched)
        .order_by(CaseRow.lane, CaseRow.due_at)
        .limit(MOST_AT_ONCE)
    )
    with reading(engine) as session:
        return tuple(session.scalars(query))


def take_turn(engine: Engine, name: str, now: datetime, lasting: timedelta) -> bool:
    """Return whether this process has the turn now; one of many has, and nobody again before `lasting` is over.

    A turn that seems to end too far away was taken by a clock that was wrong.
    """
    moment, until = int(now.timestamp()), int((now + lasting).timestamp())
    with writing(engine) as session:
        new = insert_if_new(session, FollowerRow).values(name=name, line=until).returning(FollowerRow.name)
        if session.scalar(new) is not None:
            return True
        over = or_(FollowerRow.line <= moment, FollowerRow.line > until + lasting.total_seconds())
        taken = update(FollowerRow).where(FollowerRow.name == name, over).values(line=until)
        return session.scalar(taken.returning(FollowerRow.name)) is not None


def done_on(engine: Engine, name: str) -> int:
    """Return the day (proleptic ordinal) on which a daily task was done last; 0 for never."""
    with reading(engine) as session:
        return session.scalar(select(FollowerRow.line).where(FollowerRow.name == name)) or 0


def set_done_on(engine: Engine, name: str, day: int) -> None:
    """Remember the day on which a daily task was done."""
    with writing(engine) as session:
        session.execute(insert_if_new(session, FollowerRow).values(name=name, line=day))
        session.execute(update(FollowerRow).where(FollowerRow.name == name).values(line=day))


def _waiting(session: Session, until: datetime, now: datetime) -> Sequence[Waiting]:
    """Return dangers, and what is due until then: a case with a promise is due when that begins."""
    reported = and_(RequestRow.case_id == CaseRow.id, RequestRow.urgency == Urgency.SAFETY.value)
    reported_at = select(func.max(RequestRow.received_at)).where(reported).correlate(CaseRow).scalar_subquery()
    rang_at = select(func.max(EventRow.rang_at)).where(EventRow.case_id == CaseRow.id).correlate(CaseRow)
    columns = select(
        CaseRow.id,
        CaseRow.due_at,
        case((CaseRow.lane == 0, func.coalesce(reported_at, CaseRow.opened_at))).label("danger_at"),
        PromiseRow.begins_at,
        PromiseRow.ends_at,
        PromiseRow.made_at,
        rang_at.scalar_subquery().label("rang_at"),
        _claimed(now).label("claimed"),
    )
    pressing = or_(CaseRow.lane == 0, CaseRow.due_at <= until)
    query = columns.outerjoin(PromiseRow, _promise_of_case()).where(CaseRow.closed_at.is_(None), pressing)
    return [
        Waiting(
            case_id=row.id,
            due_at=row.due_at,
            danger_at=row.danger_at,
            promised_at=row.begins_at,
            promised_until=row.ends_at,
            promise_made_at=row.made_at,
            rang_at=row.rang_at,
            claimed=row.claimed,
        )
        for row in session.execute(query)
    ]


def _promise_of_case() -> ColumnElement[bool]:
    return and_(PromiseRow.case_id == CaseRow.id, PromiseRow.ended_at.is_(None))


def _claimed(now: datetime) -> ColumnElement[bool]:
    return exists().where(LeaseRow.case_id == CaseRow.id, LeaseRow.ended_at.is_(None), LeaseRow.expires_at > now)


def _devices(session: Session, until: datetime) -> Sequence[tuple[str, datetime]]:
    query = select(DeviceRow.id, DeviceRow.seen_at).where(DeviceRow.revoked_at.is_(None), DeviceRow.seen_at <= until)
    return [(row.id, row.seen_at) for row in session.execute(query)]


def _routes_failing(session: Session) -> Sequence[tuple[str, datetime]]:
    """Return since when messages of a route are given up; one that got through since makes it well."""
    given_up = MessageRow.given_up_at.is_not(None)
    routes = session.scalars(select(MessageRow.route).where(given_up).distinct()).all()  # almost always none
    found = []
    for route in routes:
        query = select(func.min(MessageRow.given_up_at)).where(given_up, MessageRow.route == route)
        sent = session.scalar(select(func.max(MessageRow.sent_at)).where(MessageRow.route == route))
        since = session.scalar(query if sent is None else query.where(MessageRow.given_up_at > sent))
        if since is not None:
            found.append((route, since))
    return found
