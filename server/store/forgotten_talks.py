"""Forgetting what was said, while the case is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, and_, exists, func, select, update

from server.store.engine import reading, writing
from server.store.models import CaseRow, RequestRow
from server.store.rows import without_conversation
from server.store.vault import Vault

AT_ONCE: Final = 500  # in one transaction


def forget_conversations(engine: Engine, vault: Vault, *, before: datetime) -> int:
    """Replace the conversations of cases closed before a moment by empty ones; return how many."""
    nothing = len(vault.lock("[]", ""))  # as long as an empty one; all others are longer
    over = exists().where(CaseRow.id == RequestRow.case_id, CaseRow.closed_at < before)
    old = and_(func.length(RequestRow.conversation_locked) > nothing, over)
    last, total = UUID(int=0), 0
    while ids := _some(engine, and_(old, RequestRow.id > last)):
        with writing(engine) as session:
            still = select(RequestRow.id).where(old, RequestRow.id.in_(ids)).with_for_update(of=RequestRow)
            values = [without_conversation(id_, vault) for id_ in session.scalars(still)]
            if values:
                session.execute(update(RequestRow), values)
        last, total = ids[-1], total + len(values)
    return total


def _some(engine: Engine, condition: ColumnElement[bool]) -> Sequence[UUID]:
    """Look for the next ones without locking anybody out: it may mean to read all of the past."""
    query = select(RequestRow.id).where(condition).order_by(RequestRow.id).limit(AT_ONCE)
    with reading(engine) as session:
        return session.scalars(query).all()
