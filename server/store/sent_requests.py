"""What a device may ask about the requests it sent: which case each became, what is new, and taking one back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session

from server.store import booking, journal, leasing
from server.store.desk_models import ErasedRequestRow, JournalRow
from server.store.engine import reading, writing
from server.store.models import CaseRow, RequestRow

WITHDRAWN: Final = "withdrawn"  # why a case was closed
VOICE_WITHDRAWN: Final = "voice_withdrawn"  # the journal's word for one of several requests that was taken back
LINES_AT_ONCE: Final = 2_000
GAP_WAIT: Final = timedelta(seconds=10)  # on PostgreSQL a line has its number before its transaction ends
NEWS: Final = (  # lines after which a device has something else to say
    *("claimed", "taken_over", "released", "assigned", "promised", "freed", "attempt", "sms", "withdrawn", "closed"),
    *("reopened", "undone", "joined", "erased"),
    "customer_changed",  # how the customer is called
    "received",  # what waited on the device may come when its customer is no longer there to be told
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request the device sent.  `case_id` is None when it was erased since."""

    request_id: UUID
    case_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Requests whose case changed, and the line to ask on from.  `more`: there are lines that were not looked at."""

    ids: tuple[UUID, ...]
    next_line: int
    more: bool = False


class SentRequests:
    """Requests by the device that sent them; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, request_id: UUID, *, device: str) -> Sent | None:
        """Return where the request is; None when this device sent no such one.

        Of an erased request nobody knows any more who sent it: any device that knows the id is told.
        """
        with reading(self._engine) as session:
            row = session.get(RequestRow, request_id)
            if row is not None:
                return Sent(request_id=request_id, case_id=row.case_id) if row.device == device else None
            if session.get(ErasedRequestRow, request_id) is None:
                return None
            return Sent(request_id=request_id, case_id=None)

    def news(self, device: str, *, after: int, now: datetime) -> News:
        """Return which of the device's requests have a case that changed after that line of the journal.

        Of several requests of a case, which has one customer, only the last one that was not taken back.
        """
        lines = select(JournalRow.id, JournalRow.at).where(JournalRow.id > after).order_by(JournalRow.id)
        with reading(self._engine) as session:
            seen = [(line, at) for line, at in session.execute(lines.limit(LINES_AT_ONCE))]
            last = _settled(after, seen, now)
            changed = select(JournalRow.case_id).where(
                JournalRow.id > after, JournalRow.id <= last, JournalRow.action.in_(NEWS)
            )
            ids = _last_of_each(session, device, changed) if last > after else ()
        return News(ids=ids, next_line=last, more=len(seen) == LINES_AT_ONCE and last == seen[-1][0])

    def withdraw(self, sent: Sent, *, by: str, now: datetime) -> bool:
        """Take the request back; its case ends with the last voice.  False when the case goes on for another one.

        One step with the locked case: a voice that joins at this moment gets a case of its own.
        """
        with writing(self._engine) as session:
            row = session.get(CaseRow, sent.case_id, with_for_update=True)
            if row is None or row.closed_at is not None:
                return True
            others = _voices(session, row.id) - {sent.request_id}
            if others:
                _note(session, row.id, sent.request_id, by, now)
                return False
            row.closed_at, row.close_reason = now, WITHDRAWN
            booking.end(session, row.id, now)
            leasing.end(session, row.id, now)
            detail = {"reason": WITHDRAWN}
            journal.add(session, at=now, actor=by, action="closed", case_id=row.id, detail=detail)
            return True


def _settled(after: int, seen: Sequence[tuple[int, datetime]], now: datetime) -> int:
    """Return the last line before which nothing can still turn up: a missing number may be a transaction under way."""
    numbered = [(after, now), *seen]
    for (line, _), (following, at) in pairwise(numbered):
        if after and following != line + 1 and abs(now - at) < GAP_WAIT:
            return line
    return numbered[-1][0]


def _last_of_each(session: Session, device: str, cases: Select[UUID | None]) -> tuple[UUID, ...]:
    ours = select(RequestRow.id, RequestRow.case_id).where(RequestRow.device == device, RequestRow.case_id.in_(cases))
    found: dict[UUID, list[UUID]] = {}
    for request_id, case_id in session.execute(ours.order_by(RequestRow.received_at, RequestRow.id)):
        found.setdefault(case_id, []).append(request_id)
    return tuple(sorted(_last_voice(session, case_id, requests) for case_id, requests in found.items()))


def _last_voice(session: Session, case_id: UUID, requests: Sequence[UUID]) -> UUID:
    if len(requests) == 1:
        return requests[0]
    voices = _voices(session, case_id)
    return next((one for one in reversed(requests) if one in voices), requests[-1])


def _voices(session: Session, case_id: UUID) -> set[UUID]:
    """Return the requests of the case that were not taken back."""
    taken_back = select(JournalRow.detail).where(JournalRow.case_id == case_id, JournalRow.action == VOICE_WITHDRAWN)
    gone = {UUID(detail["request"]) for detail in session.scalars(taken_back)}
    return set(session.scalars(select(RequestRow.id).where(RequestRow.case_id == case_id))) - gone


def _note(session: Session, case_id: UUID, request_id: UUID, by: str, now: datetime) -> None:
    if request_id in _voices(session, case_id):
        detail = {"request": str(request_id)}
        journal.add(session, at=now, actor=by, action=VOICE_WITHDRAWN, case_id=case_id, detail=detail)
