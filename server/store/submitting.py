"""Taking requests in: once each, and two voices about one matter as one case."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Insert, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.records import SAME_CASE_WITHIN, Submitted, Verdict
from server.store.models import CaseRow, MatterRow, RequestRow, Table
from server.store.rows import request_values
from server.store.vault import Vault
from server.wire import CallbackRequest


class Raced(Exception):
    """Another transaction stored the same id meanwhile; this one must be rolled back."""


def known(session: Session, request_id: UUID) -> Submitted | None:
    """Return the answer to a duplicate, or None."""
    case_id = session.scalar(select(RequestRow.case_id).where(RequestRow.id == request_id))
    return None if case_id is None else Submitted(verdict=Verdict.DUPLICATE, case_id=case_id)


def submit(session: Session, vault: Vault, request: CallbackRequest, now: datetime) -> Submitted:
    """Store it.  `now` is UTC.  Raises Raced."""
    if found := known(session, request.id):
        return found
    matter = _locked_matter(session, vault.digests(request.phone), request.topic)
    open_case = _joinable(session, matter, now)
    case_id = open_case or _open_case(session, matter, request, now)
    values = request_values(request, case_id, now, vault)
    statement = insert_if_new(session, RequestRow).values(values).returning(RequestRow.id)
    if session.scalar(statement) is None:
        raise Raced
    if open_case:
        _raise_urgency(session, open_case, request.urgency.rank)
    matter.case_id, matter.heard_at = case_id, now
    return Submitted(verdict=Verdict.CREATED, case_id=case_id, joined=open_case is not None)


def insert_if_new(session: Session, table: type[Table]) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that leaves a row with the same key as it is."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def _locked_matter(session: Session, digests: tuple[bytes, ...], topic: str) -> MatterRow:
    """Lock the matter's row, made when new; one of an earlier key is carried over to the current one."""
    key = {"phone_digest": digests[0], "topic": topic}
    session.execute(insert_if_new(session, MatterRow).values(key))
    matter = session.get_one(MatterRow, key, with_for_update=True)
    if matter.case_id is None and len(digests) > 1:
        _carry_over(session, matter, digests[1:])
    return matter


def _carry_over(session: Session, matter: MatterRow, digests: tuple[bytes, ...]) -> None:
    query = select(MatterRow).where(MatterRow.phone_digest.in_(digests), MatterRow.topic == matter.topic)
    former = session.scalars(query.order_by(MatterRow.heard_at.desc()).limit(1)).first()
    if former is not None:
        matter.case_id, matter.heard_at = former.case_id, former.heard_at


def _joinable(session: Session, matter: MatterRow, now: datetime) -> UUID | None:
    if matter.case_id is None or matter.heard_at is None or now - matter.heard_at > SAME_CASE_WITHIN:
        return None
    still_open = select(CaseRow.id).where(CaseRow.id == matter.case_id, CaseRow.closed_at.is_(None))
    return session.scalar(still_open.with_for_update())


def _open_case(session: Session, matter: MatterRow, request: CallbackRequest, now: datetime) -> UUID:
    case_id = uuid4()
    session.execute(_case(case_id, matter.phone_digest, request, now))
    return case_id


def _case(case_id: UUID, phone_digest: bytes, request: CallbackRequest, now: datetime) -> Insert:
    return insert(CaseRow).values(
        id=case_id,
        phone_digest=phone_digest,
        topic=request.topic,
        urgency_rank=request.urgency.rank,
        opened_at=now,
    )


def _raise_urgency(session: Session, case_id: UUID, rank: int) -> None:
    more_urgent = update(CaseRow).where(CaseRow.id == case_id, CaseRow.urgency_rank > rank)
    session.execute(more_urgent.values(urgency_rank=rank))
