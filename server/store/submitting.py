"""Taking requests in: once each, and two voices about one matter as one case."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server.due import due_at
from server.records import SAME_CASE_WITHIN, Promise, SlotFull, SlotWish, Submitted, Verdict
from server.store import booking, journal
from server.store.desk_models import ErasedRequestRow, SearchKeyRow
from server.store.inserting import insert_if_new
from server.store.models import CaseRow, MatterRow, RequestRow
from server.store.rows import request_values
from server.store.search_keys import search_keys
from server.store.vault import Vault
from server.wire import CallbackRequest


class Raced(Exception):
    """Another transaction stored the same id meanwhile; this one must be rolled back."""


def known(session: Session, request_id: UUID) -> Submitted | None:
    """Return the answer to a duplicate, or None.  One that was erased stays so."""
    case_id = session.scalar(select(RequestRow.case_id).where(RequestRow.id == request_id))
    if case_id is not None:
        promise = booking.current(session, case_id)
        return Submitted(verdict=Verdict.DUPLICATE, case_id=case_id, promise=promise)
    erased = session.scalar(select(ErasedRequestRow.id).where(ErasedRequestRow.id == request_id))
    return None if erased is None else Submitted(verdict=Verdict.DUPLICATE, case_id=None)


def submit(
    session: Session, vault: Vault, request: CallbackRequest, now: datetime, wish: SlotWish | None = None
) -> Submitted:
    """Store it.  `now` is UTC.  Raises Raced."""
    if found := known(session, request.id):
        return found
    matter = _locked_matter(session, vault.digests(request.phone), request.topic)
    open_case = _joinable(session, matter, now)
    case_id = open_case or _open_case(session, vault, request, now, wish)
    values = request_values(request, case_id, now, vault)
    statement = insert_if_new(session, RequestRow).values(values).returning(RequestRow.id)
    if session.scalar(statement) is None:
        raise Raced
    matter.case_id, matter.heard_at = case_id, now
    _make_findable(session, vault, request, case_id)
    promise = _promised(session, case_id, request, wish, now)
    _move_in_queue(session, case_id, request, promise, now)
    _journal(session, request, case_id, joined=open_case is not None, now=now)
    return Submitted(verdict=Verdict.CREATED, case_id=case_id, joined=open_case is not None, promise=promise)


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


def _open_case(session: Session, vault: Vault, request: CallbackRequest, now: datetime, wish: SlotWish | None) -> UUID:
    case_id, digests = uuid4(), vault.digests(request.phone)
    session.execute(
        insert(CaseRow).values(
            id=case_id,
            phone_digest=digests[0],
            topic=request.topic,
            urgency_rank=request.urgency.rank,
            lane=min(request.urgency.rank, 1),
            skill=wish.skill if wish else "general",
            agent=_former_agent(session, digests),
            due_at=due_at(request, None, received_at=now),
            opened_at=now,
        )
    )
    return case_id


def _former_agent(session: Session, digests: tuple[bytes, ...]) -> str | None:
    """Return who looked after the customer's latest case: people like to be called by somebody they know."""
    latest = select(CaseRow.agent).where(CaseRow.phone_digest.in_(digests), CaseRow.agent.is_not(None))
    return session.scalar(latest.order_by(CaseRow.opened_at.desc()).limit(1))


def _make_findable(session: Session, vault: Vault, request: CallbackRequest, case_id: UUID) -> None:
    keys = [{"digest": digest, "case_id": case_id} for digest in search_keys(vault, request)]
    session.execute(insert_if_new(session, SearchKeyRow), keys)


def _promised(
    session: Session, case_id: UUID, request: CallbackRequest, wish: SlotWish | None, now: datetime
) -> Promise | None:
    """Return the case's promise: the one it has, when it suits the request, else a new one if there is a seat."""
    held = booking.current(session, case_id)
    if wish is None or (held and any(window.span.contains(held.slot.span) for window in request.windows)):
        return held
    slot = wish.choose(booking.taken(session, wish.span))
    if slot is None:
        return held
    found = booking.take(session, case_id, slot, wish.seats, now)
    return held if isinstance(found, SlotFull) else found


def _move_in_queue(
    session: Session, case_id: UUID, request: CallbackRequest, promise: Promise | None, now: datetime
) -> None:
    """Put the case where its latest request belongs; a danger reported earlier stays in front."""
    case = session.get_one(CaseRow, case_id)
    case.urgency_rank = min(case.urgency_rank, request.urgency.rank)
    if case.lane == 0 and request.urgency.rank > 0:
        return
    case.lane = min(case.urgency_rank, 1)
    case.due_at = due_at(request, promise, received_at=now)


def _journal(session: Session, request: CallbackRequest, case_id: UUID, *, joined: bool, now: datetime) -> None:
    journal.add(
        session,
        at=now,
        actor=journal.device_actor(request.device),
        action="joined" if joined else "received",
        case_id=case_id,
        detail={"request": str(request.id)},
    )
