"""The devices' log of conversations: what was heard and said, encrypted, and what it was taken for."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, delete, func, select, tuple_
from sqlalchemy.orm import Session

from server.errors import KeyInvalid
from server.number_masking import mask_numbers
from server.spans import in_utc
from server.store.desk_models import ErasedRequestRow, TalkRow, TalkTurnRow
from server.store.engine import reading, writing
from server.store.inserting import core, insert_if_new
from server.store.models import CaseRow, RequestRow
from server.store.vault import Vault
from server.talks import LoggedConversation, LoggedTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTalk:
    """A conversation as it is kept, and when the desk first heard of it."""

    conversation: LoggedConversation  # not validated again
    received_at: datetime
    is_readable: bool = True  # False: its words do not open (a missing key, a damaged row); it has no turns then


class TalkStore:
    """The log in a database; may be shared by threads."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def keep(self, batch: Iterable[LoggedConversation], *, device: str, now: datetime) -> tuple[UUID, ...]:
        """Keep conversations of a device; return the ids it need not send again.

        One that is known is replaced when it has more turns now; else only a request is added that it did not name yet.
        What belongs to an erased request is not kept.  An id of another device's is left alone and not returned.
        """
        moment, batch = in_utc(now), sorted(batch, key=lambda one: one.id)  # one order of locks for all
        with writing(self._engine) as session:
            erased = _erased(session, [one.callback for one in batch if one.callback])
            wanted = {one.id: one for one in batch if one.callback not in erased}
            _forget(session, [one.id for one in batch if one.id not in wanted], device)
            rows = [row for row in _rows(session, wanted.values(), device, moment) if row.device == device]
            for row in rows:
                self._update(session, row, wanted[row.id])
        ours = {row.id for row in rows}
        return tuple(one.id for one in batch if one.id in ours or one.id not in wanted)

    def conversations(
        self,
        *,
        device: str | None = None,
        topic: str | None = None,
        after: KeptTalk | None = None,
        limit: int = 100,
    ) -> tuple[KeptTalk, ...]:
        """Return conversations, the one heard of last first; of a device, or with a turn about a topic.

        `after`: the next ones after the last of an earlier answer.
        """
        query = select(TalkRow).where(*_conditions(device, topic))
        if after is not None:
            last = (after.received_at, after.conversation.id)
            query = query.where(tuple_(TalkRow.received_at, TalkRow.id) < last)
        query = query.order_by(TalkRow.received_at.desc(), TalkRow.id.desc()).limit(limit)
        with reading(self._engine) as session:
            rows = session.scalars(query).all()
            turns = _turns_of(session, [row.id for row in rows])
            return tuple(self._talk(row, turns[row.id]) for row in rows)

    def one(self, talk_id: UUID) -> KeptTalk | None:
        """Return a conversation, None when it is not there (any more)."""
        with reading(self._engine) as session:
            row = session.get(TalkRow, talk_id)
            return self._talk(row, _turns_of(session, [row.id])[row.id]) if row else None

    def count(self, *, device: str | None = None, topic: str | None = None) -> int:
        """Return how many there are; of a device, or with a turn about a topic."""
        query = select(func.count()).select_from(TalkRow).where(*_conditions(device, topic))
        with reading(self._engine) as session:
            return session.scalar(query) or 0

    def _update(self, session: Session, row: TalkRow, given: LoggedConversation) -> None:
        if row.callback_id is None and given.callback is not None:
            row.callback_id = given.callback
        if len(given.turns) <= row.turns:
            return
        row.began_at, row.ended_at, row.turns = given.began_at, given.ended_at, len(given.turns)
        session.execute(delete(TalkTurnRow).where(TalkTurnRow.talk_id == row.id))
        session.execute(core(TalkTurnRow).insert(), list(self._turn_values(given)))

    def _turn_values(self, given: LoggedConversation) -> Iterator[dict[str, Any]]:
        for number, turn in enumerate(given.turns):
            words = json.dumps([mask_numbers(turn.heard), mask_numbers(turn.said)], ensure_ascii=False)
            yield {
                **turn.model_dump(include={"at", "outcome", "topic", "score", "stage", "understood"}),
                "talk_id": given.id,
                "number": number,
                "words_locked": self._vault.lock(words, _place(given.id, number)),
            }

    def _talk(self, row: TalkRow, turns: Sequence[TalkTurnRow]) -> KeptTalk:
        try:
            said, is_readable = tuple(self._turn(turn) for turn in turns), True
        except KeyInvalid:  # one that cannot be read must not hold up the others
            said, is_readable = (), False
        conversation = LoggedConversation.model_construct(
            id=row.id,
            device=row.device,
            began_at=row.began_at,
            ended_at=row.ended_at,
            callback=row.callback_id,
            turns=said,
        )
        return KeptTalk(conversation=conversation, received_at=row.received_at, is_readable=is_readable)

    def _turn(self, row: TalkTurnRow) -> LoggedTurn:
        heard, said = json.loads(self._vault.open(row.words_locked, _place(row.talk_id, row.number)))
        return LoggedTurn.model_construct(
            at=row.at,
            heard=heard,
            said=said,
            outcome=row.outcome,
            topic=row.topic,
            score=row.score,
            stage=row.stage,
            understood=row.understood,
        )


def _erased(session: Session, requests: Sequence[UUID]) -> frozenset[UUID]:
    """Return which of the requests were erased; the cases of the others cannot be before this transaction ends."""
    if not requests:
        return frozenset()
    cases = select(RequestRow.case_id).where(RequestRow.id.in_(requests))
    locked = select(CaseRow.id).where(CaseRow.id.in_(cases)).order_by(CaseRow.id)
    session.scalars(locked.with_for_update(read=True, key_share=True)).all()
    return frozenset(session.scalars(select(ErasedRequestRow.id).where(ErasedRequestRow.id.in_(requests))))


def _forget(session: Session, talks: Sequence[UUID], device: str) -> None:
    """Delete what came before anybody knew of which request it was: that one is erased now."""
    if talks:
        session.execute(delete(TalkRow).where(TalkRow.id.in_(talks), TalkRow.device == device))


def _rows(session: Session, wanted: Iterable[LoggedConversation], device: str, now: datetime) -> Sequence[TalkRow]:
    """Return the rows of the conversations, locked; those that were not there have no turns yet."""
    values = [
        {
            "id": one.id,
            "device": device,
            "began_at": one.began_at,
            "ended_at": one.ended_at,
            "received_at": now,
            "callback_id": one.callback,
            "turns": 0,
        }
        for one in wanted
    ]
    if not values:
        return ()
    session.execute(insert_if_new(session, TalkRow), values)
    ids = [one["id"] for one in values]
    return session.scalars(select(TalkRow).where(TalkRow.id.in_(ids)).order_by(TalkRow.id).with_for_update()).all()


def _conditions(device: str | None, topic: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if device is not None:
        found.append(TalkRow.device == device)
    if topic is not None:
        found.append(TalkRow.id.in_(select(TalkTurnRow.talk_id).where(TalkTurnRow.topic == topic)))
    return found


def _turns_of(session: Session, talks: Sequence[UUID]) -> dict[UUID, list[TalkTurnRow]]:
    found: dict[UUID, list[TalkTurnRow]] = {talk: [] for talk in talks}
    query = select(TalkTurnRow).where(TalkTurnRow.talk_id.in_(talks))
    for row in session.scalars(query.order_by(TalkTurnRow.talk_id, TalkTurnRow.number)):
        found[row.talk_id].append(row)
    return found


def _place(talk: UUID, number: int) -> str:
    return f"talk_turns.words.{talk}.{number}"
