"""Reading single turns of conversations: what was heard and said there."""

import json
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.errors import KeyInvalid
from server.store.desk_models import TalkRow, TalkTurnRow
from server.store.models import CaseRow
from server.store.vault import Vault

AT_ONCE: Final = 400  # conversations named in one query
Place = tuple[UUID, int]  # conversation and turn


@dataclass(frozen=True, slots=True)
class Words:
    """Both masked; "" for silence."""

    heard: str
    said: str


def words_at(session: Session, vault: Vault, places: Collection[Place]) -> dict[Place, Words]:
    """Return the words of turns; those that were forgotten, or do not open, are missing."""
    talks = iter(sorted({talk for talk, _ in places}, key=str))
    found: dict[Place, Words] = {}
    while some := list(islice(talks, AT_ONCE)):
        query = select(TalkTurnRow.talk_id, TalkTurnRow.number, TalkTurnRow.words_locked)
        for talk, number, locked in session.execute(query.where(TalkTurnRow.talk_id.in_(some))):
            if (talk, number) in places:
                with suppress(KeyInvalid):
                    found[talk, number] = opened(vault, talk, number, locked)
    return found


def opened(vault: Vault, talk: UUID, number: int, locked: bytes) -> Words:
    """Decrypt one turn's words, locked as `talks` does.  Raises KeyInvalid."""
    return Words(*json.loads(vault.open(locked, f"talk_turns.words.{talk}.{number}")))


def portions(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    """Yield ids in portions that a query takes."""
    rest = iter(sorted(ids, key=str))
    while some := list(islice(rest, AT_ONCE)):
        yield some


def still_there(session: Session, talks: Collection[UUID], cases: Collection[UUID] = ()) -> set[UUID]:
    """Return which conversations and cases are still there, locked: an erasure waits, or is over.  Cases come first."""
    found: set[UUID] = set()
    for table, ids in ((CaseRow, cases), (TalkRow, talks)):
        for some in portions(ids):
            query = select(table.id).where(table.id.in_(some)).order_by(table.id)
            found |= set(session.scalars(query.with_for_update(read=True, key_share=True)))
    return found
