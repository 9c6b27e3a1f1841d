"""Taking requests in: once each, and two voices about one matter as one case."""

from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ClauseElement, Row, bindparam, exists, insert, null, or_, select, union_all, update
from sqlalchemy.orm import Session

from server.due import due_at
from server.records import SAME_CASE_WITHIN, Earlier, Promise, SlotFull, SlotWish, Submitted, Verdict
from server.store import booking, calling, journal
from server.store.desk_models import ErasedRequestRow, SearchKeyRow
from server.store.inserting import core, insert_for
from server.store.models import CaseRow, MatterRow, RequestRow
from server.store.prepared import Prepared
from server.store.rows import request_values
from server.store.search_keys import search_keys
from server.store.vault import Vault
from server.wire import CallbackRequest

# Statements made once: the library then neither builds nor compiles them for each request.
_CASES: Final = core(CaseRow)
_MATTERS: Final = core(MatterRow)
_REQUESTS: Final = core(RequestRow)
_ERASED: Final = core(ErasedRequestRow)
_KEYS: Final = core(SearchKeyRow)
_KNOWN: Final = union_all(
    select(_REQUESTS.c.case_id).where(_REQUESTS.c.id == bindparam("id", type_=_REQUESTS.c.id.type)),
    select(null().label("case_id")).where(exists().where(_ERASED.c.id == bindparam("id", type_=_ERASED.c.id.type))),
)
_HEARD: Final = (
    update(_MATTERS)
    .where(_MATTERS.c.phone_digest == bindparam("of"), _MATTERS.c.topic == bindparam("about"))
    .values(case_id=bindparam("case_id"), heard_at=bindparam("heard_at"))
)


def _insert_matter(dialect: str) -> ClauseElement:
    """Insert it, or lock it by setting what it is already; returns it either way."""
    statement = insert_for(dialect, _MATTERS)
    same = {"topic": statement.excluded.topic}
    key = [_MATTERS.c.phone_digest, _MATTERS.c.topic]
    return statement.on_conflict_do_update(index_elements=key, set_=same).returning(_MATTERS.c.case_id)


@cache
def _former_agent(keys: int) -> Prepared:
    """Who looked after the customer's latest case: people like to be called by somebody they know."""
    of_customer = or_(*[_CASES.c.phone_digest == bindparam(f"digest_{n}") for n in range(keys)])
    query = select(_CASES.c.agent).where(of_customer, _CASES.c.agent.is_not(None))
    latest = query.order_by(_CASES.c.opened_at.desc()).limit(1)
    return Prepared(lambda _: latest)


_LOOK_UP: Final = Prepared(lambda _: _KNOWN)
_MATTER: Final = Prepared(_insert_matter)
_NEW_CASE: Final = Prepared(lambda _: insert(_CASES).inline())
_NEW_REQUEST: Final = Prepared(
    lambda dialect: insert_for(dialect, _REQUESTS).on_conflict_do_nothing().returning(_REQUESTS.c.id)
)
_NEW_KEYS: Final = Prepared(lambda dialect: insert_for(dialect, _KEYS).on_conflict_do_nothing().inline())
_HEARD_NOW: Final = Prepared(lambda _: _HEARD)


class Raced(Exception):
    """Another transaction stored the same id, or erased the matter, meanwhile; this one must be rolled back."""


def known(session: Session, request_id: UUID) -> Submitted | None:
    """Return the answer to a duplicate, or None.  One that was erased stays so."""
    if _LOOK_UP.run(session, {"id": request_id}).first() is None:
        return None
    found = session.execute(_KNOWN, {"id": request_id}).one()
    promise = booking.current(session, found.case_id) if found.case_id else None
    return Submitted(verdict=Verdict.DUPLICATE, case_id=found.case_id, promise=promise)


def submit(
    session: Session, vault: Vault, request: CallbackRequest, now: datetime, wish: SlotWish | None = None
) -> Submitted:
    """Store it.  `now` is UTC.  Raises Raced."""
    if found := known(session, request.id):
        return found
    digests = vault.digests(request.phone)
    case_id = _joinable(session, _locked_matter(session, digests, request.topic), now)
    joined = case_id is not None
    promise = held = None
    if case_id is None:
        case_id, promise = _open_case(session, request, digests, wish, now)
    _keep_request(session, vault, request, case_id, now)
    if joined:
        held = booking.current(session, case_id)
        promise = _promised(session, case_id, request, wish, now)
        _move_in_queue(session, case_id, request, promise, now)
    earlier = promise.earlier if promise and promise != held else None
    _journal(session, request, case_id, earlier, joined=joined, now=now)
    return Submitted(verdict=Verdict.CREATED, case_id=case_id, joined=joined, promise=promise)


def _locked_matter(session: Session, digests: tuple[bytes, ...], topic: str) -> Row[Any] | None:
    """Lock the matter's row, made when new.  Return what is known of the matter, if only under an earlier key."""
    known_by = digests[:1]
    if _MATTER.run(session, {"phone_digest": digests[0], "topic": topic}).scalar() is None:
        known_by = digests[1:]
    if not known_by:
        return None
    query = select(_MATTERS).where(_MATTERS.c.phone_digest.in_(known_by), _MATTERS.c.topic == topic)
    return session.execute(query.order_by(_MATTERS.c.heard_at.desc()).limit(1).with_for_update()).first()


def _joinable(session: Session, matter: Row[Any] | None, now: datetime) -> UUID | None:
    if matter is None or matter.case_id is None or matter.heard_at is None or now - matter.heard_at > SAME_CASE_WITHIN:
        return None
    still_open = select(CaseRow.id).where(CaseRow.id == matter.case_id, CaseRow.closed_at.is_(None))
    return session.scalar(still_open.with_for_update())


def _open_case(
    session: Session, request: CallbackRequest, digests: tuple[bytes, ...], wish: SlotWish | None, now: datetime
) -> tuple[UUID, Promise | None]:
    """Write the case as it will stand: with its promise, and where that puts it in the queue."""
    case_id = uuid4()
    promise = booking.chosen(session, case_id, wish) if wish else None
    values = {
        "id": case_id,
        "phone_digest": digests[0],
        "topic": request.topic,
        "urgency_rank": request.urgency.rank,
        "lane": min(request.urgency.rank, 1),
        "skill": wish.skill if wish else "general",
        "agent": _former_agent(len(digests)).run(session, _numbered(digests)).scalar(),
        "due_at": due_at(request, promise, received_at=now),
        "opened_at": now,
    }
    _NEW_CASE.run(session, values)
    if promise is not None:
        booking.keep(session, promise, now)
    return case_id, promise


def _keep_request(session: Session, vault: Vault, request: CallbackRequest, case_id: UUID, now: datetime) -> None:
    """Write what was sent, what it is found by, and that this is the latest about the matter.  Raises Raced."""
    if _NEW_REQUEST.run(session, request_values(request, case_id, now, vault)).scalar() is None:
        raise Raced
    _NEW_KEYS.run_many(session, [{"digest": key, "case_id": case_id} for key in search_keys(vault, request)])
    heard = {"of": vault.digest(request.phone), "about": request.topic, "case_id": case_id, "heard_at": now}
    _HEARD_NOW.run(session, heard)


def _numbered(digests: tuple[bytes, ...]) -> dict[str, bytes]:
    return {f"digest_{n}": digest for n, digest in enumerate(digests)}


def _promised(
    session: Session, case_id: UUID, request: CallbackRequest, wish: SlotWish | None, now: datetime
) -> Promise | None:
    """Return the case's promise: the one it has, when it suits the request, else a new one if there is a seat."""
    held = booking.current(session, case_id)
    if wish is None or (held and any(window.span.contains(held.slot.span) for window in request.windows)):
        return held
    slot = booking.wished(session, wish)
    if slot is None:
        return held
    among, earlier = wish.among and wish.among(slot), booking.earlier(session, wish, slot)
    found = booking.take(session, case_id, slot, wish.seats, now, among=among, earlier=earlier)
    return held if isinstance(found, SlotFull) else found


def _move_in_queue(
    session: Session, case_id: UUID, request: CallbackRequest, promise: Promise | None, now: datetime
) -> None:
    """Put the case where its latest request belongs; a danger reported earlier stays in front."""
    case = session.get_one(CaseRow, case_id)
    case.urgency_rank = min(case.urgency_rank, request.urgency.rank)
    if case.lane == 0 and request.urgency.rank > 0:
        if promise is not None and calling.was_called(session, case_id):
            case.due_at = promise.slot.span.begins
        return
    case.lane = min(case.urgency_rank, 1)
    case.due_at = due_at(request, promise, received_at=now)


def _journal(
    session: Session, request: CallbackRequest, case_id: UUID, earlier: Earlier | None, *, joined: bool, now: datetime
) -> None:
    journal.add(
        session,
        at=now,
        actor=journal.device_actor(request.device),
        action="joined" if joined else "received",
        case_id=case_id,
        detail=journal.because_of(earlier) | {"request": str(request.id)},
    )
