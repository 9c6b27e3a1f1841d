"""The journal: who did or saw what.  Written in the transaction of the deed, so that neither is kept without the other."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from server.records import Earlier
from server.store.desk_models import JournalRow
from server.store.engine import reading, writing
from server.store.inserting import core
from server.store.prepared import Prepared

SYSTEM = "system"  # the actor when nobody in particular acted
VIEWED = "viewed"
SEARCHED = "searched"
LISTENED = "listened"  # to a recording
CHANGE_NOTHING = (VIEWED, SEARCHED, LISTENED)  # pages that ask again because of them would never come to rest
_LINE = Prepared(lambda _: insert(core(JournalRow)).inline())


def device_actor(device_id: str) -> str:
    """Return how the journal names a device."""
    return f"device:{device_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line.  `detail` holds no personal data."""

    id: int
    at: datetime
    actor: str
    action: str
    case_id: UUID | None
    detail: dict[str, Any] = field(default_factory=dict)


def add(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    case_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write a line within the caller's transaction."""
    values = {"at": at, "actor": actor, "action": action, "case_id": case_id, "detail": detail or {}}
    _LINE.run(session, values)


def because_of(earlier: Earlier | None) -> dict[str, Any]:
    """Return what a line about a promise says of the customer's tier: so much earlier, where others would have got one."""
    if earlier is None:
        return {}
    return {"tier": earlier.tier} | ({} if earlier.minutes is None else {"earlier_minutes": earlier.minutes})


class Journal:
    """The journal of a database; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(
        self,
        *,
        at: datetime,
        actor: str,
        action: str,
        case_id: UUID | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Write a line in a transaction of its own."""
        with writing(self._engine) as session:
            add(session, at=at, actor=actor, action=action, case_id=case_id, detail=detail)

    def of_case(self, case_id: UUID, *, limit: int = 200) -> tuple[Entry, ...]:
        """Return what happened to a case, the latest first."""
        query = select(JournalRow).where(JournalRow.case_id == case_id).order_by(JournalRow.id.desc()).limit(limit)
        with reading(self._engine) as session:
            return tuple(_entry(row) for row in session.scalars(query))

    def latest(
        self,
        *,
        before: int | None = None,
        actor: str | None = None,
        action: str | None = None,
        case_id: UUID | None = None,
        limit: int = 100,
    ) -> tuple[Entry, ...]:
        """Return the latest lines, or those before a line, the latest first; None: whichever."""
        query = select(JournalRow).order_by(JournalRow.id.desc()).limit(limit)
        wanted = ((JournalRow.actor, actor), (JournalRow.action, action), (JournalRow.case_id, case_id))
        query = query.where(*(column == value for column, value in wanted if value is not None))
        if before is not None:
            query = query.where(JournalRow.id < before)
        with reading(self._engine) as session:
            return tuple(_entry(row) for row in session.scalars(query))

    def latest_of(self, actor: str, action: str, *, since: datetime) -> Entry | None:
        """Return somebody's latest deed of a kind since a moment, or None."""
        # `+ 0`: the lines since then are few, while walking back by id through all lines to find none is not.
        query = select(JournalRow).where(JournalRow.at >= since, JournalRow.actor == actor, JournalRow.action == action)
        with reading(self._engine) as session:
            row = session.scalars(query.order_by((JournalRow.id + 0).desc()).limit(1)).first()
            return None if row is None else _entry(row)

    def line(self, line: int) -> Entry | None:
        """Return one line, or None."""
        with reading(self._engine) as session:
            row = session.get(JournalRow, line)
            return None if row is None else _entry(row)

    def changes_after(self, line: int, *, limit: int = 1000) -> tuple[Entry, ...]:
        """Return the lines after one that changed something, oldest first."""
        changed = JournalRow.action.not_in(CHANGE_NOTHING)
        query = select(JournalRow).where(JournalRow.id > line, changed).order_by(JournalRow.id).limit(limit)
        with reading(self._engine) as session:
            return tuple(_entry(row) for row in session.scalars(query))

    def last_line(self) -> int:
        """Return the id of the latest line; 0 when there is none."""
        with reading(self._engine) as session:
            return session.scalar(select(JournalRow.id).order_by(JournalRow.id.desc()).limit(1)) or 0


def _entry(row: JournalRow) -> Entry:
    return Entry(id=row.id, at=row.at, actor=row.actor, action=row.action, case_id=row.case_id, detail=row.detail)
