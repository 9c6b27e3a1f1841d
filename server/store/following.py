"""Reading the journal once, line by line, for those who are told of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, and_, func, or_, select, update
from sqlalchemy.orm import Session

from server.store import journal
from server.store.desk_models import FollowerRow, JournalRow, MessageRow
from server.store.engine import reading, writing
from server.store.inserting import insert_if_new
from server.store.journal import SYSTEM, Entry
from server.store.messages import Message, queue
from server.store.vault import Vault

LOOK_BACK: Final = 300  # lines; on PostgreSQL a transaction may commit after one that got a later number
LATE: Final = timedelta(hours=1)  # no transaction takes longer
TOO_OLD: Final = timedelta(days=7)  # what nobody was told of for so long is no news
BATCH: Final = 2 * LOOK_BACK  # more than what is looked back at, so that every reading goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What to send about a line.  `passed_on`: the channel by which the customer is now reached; the journal says so."""

    message: Message
    passed_on: str | None = None


Tell = Callable[[Entry], Told | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Somebody who reads along; `actions` are the lines that matter, `key` names the message about one."""

    name: str
    actions: tuple[str, ...]
    key: Callable[[Entry], str]


def follow(engine: Engine, vault: Vault, follower: Follower, *, tell: Tell, now: datetime) -> int:
    """Queue a message for each line nobody was told of; return how many.

    A first reading begins an hour ago.  Two at once queue each message once.
    """
    with reading(engine) as session:
        known = session.scalar(select(FollowerRow.line).where(FollowerRow.name == follower.name))
        line = _first_line(session, now) if known is None else known
        entries, read_up_to = _unread(session, follower, line, now)
    told = [(entry, found) for entry in entries if (found := tell(entry)) is not None]
    if not told and read_up_to == known:
        return 0
    count = 0
    with writing(engine) as session:
        first = now - timedelta(microseconds=len(told))  # sent in the order of the journal, as long as nothing fails
        for n, (entry, found) in enumerate(told):
            count += _queue(session, vault, entry, found, first + timedelta(microseconds=n))
        _remember(session, follower, read_up_to)
        return count


def _first_line(session: Session, now: datetime) -> int:
    return session.scalar(select(func.max(JournalRow.id)).where(JournalRow.at < now - LATE)) or 0


def _unread(session: Session, follower: Follower, line: int, now: datetime) -> tuple[list[Entry], int]:
    """Return the lines without a message, and up to which line that is all."""
    new = and_(JournalRow.id > line, JournalRow.at >= now - TOO_OLD)
    late = and_(JournalRow.id > line - LOOK_BACK, JournalRow.id <= line, JournalRow.at >= now - LATE)
    query = select(JournalRow).where(or_(late, new), JournalRow.action.in_(follower.actions))
    rows = session.scalars(query.order_by(JournalRow.id).limit(BATCH)).all()
    last = rows[-1].id if len(rows) == BATCH else session.scalar(select(func.max(JournalRow.id))) or line
    entries = [_entry(row) for row in rows]
    keys = [follower.key(entry) for entry in entries]
    known = set(session.scalars(select(MessageRow.key).where(MessageRow.key.in_(keys))))
    return [entry for entry, key in zip(entries, keys, strict=True) if key not in known], last


def _queue(session: Session, vault: Vault, entry: Entry, told: Told, now: datetime) -> bool:
    if not queue(session, vault, told.message, now):
        return False
    if told.passed_on:
        detail = {"channel": told.passed_on}
        journal.add(session, at=now, actor=SYSTEM, action="passed_on", case_id=entry.case_id, detail=detail)
    return True


def _remember(session: Session, follower: Follower, line: int) -> None:
    session.execute(insert_if_new(session, FollowerRow).values(name=follower.name, line=line))
    mine = and_(FollowerRow.name == follower.name, FollowerRow.line < line)
    session.execute(update(FollowerRow).where(mine).values(line=line))


def _entry(row: JournalRow) -> Entry:
    return Entry(id=row.id, at=row.at, actor=row.actor, action=row.action, case_id=row.case_id, detail=row.detail)
