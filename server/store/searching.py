"""Finding cases by the keys of names and numbers: open ones first, then the latest, quick for rare and common names.

A rare name has few cases: they are all looked at and sorted.  A common one has a share of all cases: walking back in
time finds a page of them soon, while sorting them all would take seconds.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from server.store.desk_models import SearchKeyRow
from server.store.models import CaseRow

FEW: Final = 4_000  # cases that are sorted in some milliseconds


def found(
    session: Session, keys: Sequence[bytes], conditions: Sequence[ColumnElement[bool]], *, first: int, most: int
) -> list[CaseRow]:
    """Return `most` of the cases that have one of the keys, from the `first` on."""
    having = SearchKeyRow.digest.in_(keys)
    limited = select(SearchKeyRow.case_id).where(having).limit(FEW + 1).subquery()
    if (session.scalar(select(func.count()).select_from(limited)) or 0) <= FEW:
        chosen = select(CaseRow).where(CaseRow.id.in_(select(SearchKeyRow.case_id).where(having)), *conditions)
        ordered = chosen.order_by(CaseRow.closed_at.is_not(None), CaseRow.opened_at.desc())
        return list(session.scalars(ordered.offset(first).limit(most)))
    return _walked(session, and_(having, *conditions), first, most)


def _walked(session: Session, condition: ColumnElement[bool], first: int, most: int) -> list[CaseRow]:
    """The open ones are few; of the closed ones only the latest are looked at."""
    opened = list(session.scalars(_having(condition, closed=False).offset(first).limit(most)))
    if len(opened) == most:
        return opened
    before = first + len(opened)
    if first and not opened:
        before = session.scalar(select(func.count()).select_from(_having(condition, closed=False).subquery())) or 0
    closed = _having(condition, closed=True).offset(max(0, first - before)).limit(most - len(opened))
    return [*opened, *session.scalars(closed)]


def _having(condition: ColumnElement[bool], *, closed: bool) -> Select[Any]:
    has_key = exists().where(SearchKeyRow.case_id == CaseRow.id, condition)
    state = CaseRow.closed_at.is_not(None) if closed else CaseRow.closed_at.is_(None)
    return select(CaseRow).where(has_key, state).order_by(CaseRow.opened_at.desc())
