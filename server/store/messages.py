"""Mails and webhook calls on their way out: queued in the transaction of what they tell, sent at least once.

A message is claimed for a while before it is sent, so that two workers never send it at once; one whose worker died
goes out when the claim has run out.  Its id goes along, so that a receiver can tell a repetition.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Engine, func, or_, select
from sqlalchemy.orm import Session

from server.errors import KeyInvalid
from server.store import journal
from server.store.desk_models import MessageRow
from server.store.engine import reading, writing
from server.store.inserting import insert_if_new
from server.store.models import CaseRow
from server.store.vault import Vault

MAIL: Final = "mail"
WEBHOOK: Final = "webhook"
CLAIM_LASTS: Final = timedelta(minutes=3)  # longer than any one sending takes
FARTHEST: Final = timedelta(hours=1)  # nothing waits longer for its next try


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to tell.  `key` says what it is about and is queued once; `payload` is kept encrypted."""

    key: str
    route: str  # MAIL or WEBHOOK
    event: str
    payload: str
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message claimed for sending until `claimed_until`."""

    id: UUID
    message: Message
    made_at: datetime
    attempts: int  # failed so far
    claimed_until: datetime


def queue(session: Session, vault: Vault, message: Message, now: datetime) -> bool:
    """Queue it within the caller's transaction; False when its key is known, or its case was erased meanwhile."""
    if message.case_id is not None:
        case = select(CaseRow.id).where(CaseRow.id == message.case_id)
        if session.scalar(case.with_for_update(read=True, key_share=True)) is None:  # an erasure waits, or is over
            return False
    id_ = uuid4()
    values = {
        "id": id_,
        "key": message.key,
        "route": message.route,
        "event": message.event,
        "case_id": message.case_id,
        "payload_locked": vault.lock(message.payload, _place(id_)),
        "made_at": now,
        "attempts": 0,
        "next_at": now,
        "last_error": "",
    }
    return session.scalar(insert_if_new(session, MessageRow).values(values).returning(MessageRow.id)) is not None


class MessageBox:
    """What waits to be sent; may be shared by threads and used by many processes."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def is_due(self, route: str, now: datetime) -> bool:
        """Whether something waits to be sent now."""
        with reading(self._engine) as session:
            return session.scalar(select(MessageRow.id).where(_due(route, now)).limit(1)) is not None

    def claim(self, route: str, now: datetime) -> Outgoing | None:
        """Take the message that waits longest; nobody else gets it until the claim has run out."""
        with writing(self._engine) as session:
            query = select(MessageRow).where(_due(route, now)).order_by(MessageRow.next_at, MessageRow.id).limit(1)
            row = session.scalars(query.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            row.claimed_until = now + CLAIM_LASTS
            try:
                payload = self._vault.open(row.payload_locked, _place(row.id))
            except KeyInvalid as error:
                _give_up(session, row, type(error).__name__, now)
                return None
            message = Message(key=row.key, route=row.route, event=row.event, payload=payload, case_id=row.case_id)
            return Outgoing(
                id=row.id,
                message=message,
                made_at=row.made_at,
                attempts=row.attempts,
                claimed_until=row.claimed_until,
            )

    def sent(self, outgoing: Outgoing, *, now: datetime) -> None:
        """Remember that it arrived, whoever has it claimed now."""
        with writing(self._engine) as session:
            row = session.get(MessageRow, outgoing.id, with_for_update=True)
            if row is not None and row.sent_at is None:
                row.sent_at, row.claimed_until, row.last_error = now, None, ""
                if row.route == MAIL:  # a line for each webhook call would double the journal
                    _journal(session, row, "message_sent", now)

    def failed(self, outgoing: Outgoing, error: str, *, again_at: datetime | None, now: datetime) -> None:
        """Remember the failure; None: never again.  `error` holds no personal data."""
        with writing(self._engine) as session:
            row = self._still_ours(session, outgoing)
            if row is None:
                return
            row.attempts += 1
            if again_at is None:
                _give_up(session, row, error, now)
            else:
                row.next_at, row.claimed_until, row.last_error = min(again_at, now + FARTHEST), None, error

    def postpone(self, outgoing: Outgoing, *, until: datetime, now: datetime) -> None:
        """Give it back untried; it is claimable again then, or in an hour to be judged anew."""
        with writing(self._engine) as session:
            row = self._still_ours(session, outgoing)
            if row is not None:
                row.next_at, row.claimed_until = min(until, now + FARTHEST), None

    def counts(self) -> dict[str, int]:
        """Return how many wait and how many were given up, for the measures."""
        waiting = select(func.count()).where(MessageRow.sent_at.is_(None), MessageRow.given_up_at.is_(None))
        given_up = select(func.count()).where(MessageRow.given_up_at.is_not(None))
        with reading(self._engine) as session:
            return {"waiting": session.scalar(waiting) or 0, "given_up": session.scalar(given_up) or 0}

    @staticmethod
    def _still_ours(session: Session, outgoing: Outgoing) -> MessageRow | None:
        row = session.get(MessageRow, outgoing.id, with_for_update=True)
        ours = row is not None and row.claimed_until == outgoing.claimed_until and row.sent_at is None
        return row if ours else None


def _due(route: str, now: datetime) -> ColumnElement[bool]:
    """What is to be sent now.  A moment too far away was written by a clock that was wrong: it holds nothing back."""
    free = or_(
        MessageRow.claimed_until.is_(None),
        MessageRow.claimed_until <= now,
        MessageRow.claimed_until > now + CLAIM_LASTS + CLAIM_LASTS,
    )
    waiting = MessageRow.sent_at.is_(None) & MessageRow.given_up_at.is_(None)
    come = or_(MessageRow.next_at <= now, MessageRow.next_at > now + FARTHEST + FARTHEST)
    return waiting & come & free & (MessageRow.route == route)


def _give_up(session: Session, row: MessageRow, error: str, now: datetime) -> None:
    row.given_up_at, row.claimed_until, row.last_error = now, None, error
    _journal(session, row, "message_given_up", now)


def _journal(session: Session, row: MessageRow, action: str, now: datetime) -> None:
    detail = {"route": row.route, "event": row.event, "error": row.last_error}
    journal.add(session, at=now, actor=journal.SYSTEM, action=action, case_id=row.case_id, detail=detail)


def _place(id_: UUID) -> str:
    return f"messages.payload.{id_}"
