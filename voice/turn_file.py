"""Conversations in an SQLite file on the device: masked text, for insight; expendable at any time."""

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Final
from uuid import UUID

from voice.errors import TurnLogUnavailable
from voice.turn_notes import Entry

BUSY_S: Final = 0.5  # a customer waits meanwhile
OWNER_ONLY: Final = 0o600
OVER_AFTER: Final = timedelta(minutes=10)  # of silence
BESIDE: Final = ("", "-wal", "-shm", "-journal")
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SET_UP: Final = """
PRAGMA secure_delete = ON;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA foreign_keys = ON;
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, began_at TEXT NOT NULL, ended_at TEXT NOT NULL, over INTEGER NOT NULL DEFAULT 0,
    request TEXT, state TEXT NOT NULL DEFAULT 'kept'
);
CREATE TABLE IF NOT EXISTS turns (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    at TEXT NOT NULL, heard TEXT NOT NULL, said TEXT NOT NULL, outcome TEXT NOT NULL, topic TEXT, score REAL,
    stage TEXT, understood INTEGER NOT NULL, PRIMARY KEY (conversation, number)
);
"""


class Sending(StrEnum):
    """Where a conversation is on its way to the desk."""

    KEPT = "kept"
    SENT = "sent"
    REFUSED = "refused"  # the desk does not take it


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation that was written down."""

    id: UUID
    began_at: datetime
    ended_at: datetime  # so far
    over: bool
    request: UUID | None  # for a call, that came of it
    state: Sending
    turns: int


class TurnFile:
    """The file, made when something is written.  Safe from several threads and processes.

    All methods raise TurnLogUnavailable.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._lock = Lock()

    def add(self, conversation: UUID, number: int, entry: Entry, request: UUID | None = None) -> None:
        """Write a turn down.  It survives the end of the program, and a power cut mostly."""
        at = _moment(entry.at)
        values = (str(conversation), number, at, *astuple(entry)[1:])
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO conversations (id, began_at, ended_at, request) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
                "SET ended_at = max(ended_at, excluded.ended_at), request = coalesce(excluded.request, request)",
                (str(conversation), at, at, request and str(request)),
            )
            connection.execute("INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def change_texts(self, conversation: UUID, changed: Callable[[str], str]) -> None:
        """Put each text of a conversation through a function; what was there before is overwritten on the disk."""
        with self._writing() as connection:
            rows = connection.execute(
                "SELECT rowid, heard, said FROM turns WHERE conversation = ?", (str(conversation),)
            ).fetchall()
            new = [(changed(heard), changed(said), row) for row, heard, said in rows]
            new = [one for one, old in zip(new, rows, strict=True) if one[:2] != old[1:]]
            connection.executemany("UPDATE turns SET heard = ?, said = ? WHERE rowid = ?", new)
        if new:
            self.settle()

    def end(self, conversation: UUID) -> None:
        """Say that nothing more will be added."""
        with self._writing() as connection:
            connection.execute("UPDATE conversations SET over = 1 WHERE id = ?", (str(conversation),))
        self.settle()

    def settle(self) -> None:
        """Bring everything into the file itself and empty what is beside it: takes a moment."""
        with self._connected() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def conversations(self) -> tuple[Conversation, ...]:
        """Return all, in the order they began."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id, began_at, ended_at, over, request, state, (SELECT count(*) FROM turns WHERE conversation = id) "
                "FROM conversations ORDER BY rowid"
            ).fetchall()
        return tuple(_conversation(row) for row in rows)

    def turns(self, conversation: UUID) -> tuple[Entry, ...]:
        """Return what was said, in order; nothing for one that is not there."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT at, heard, said, outcome, topic, score, stage, understood FROM turns WHERE conversation = ? "
                "ORDER BY number",
                (str(conversation),),
            ).fetchall()
        return tuple(_entry(row) for row in rows)

    def unsent(self, now: datetime) -> tuple[Conversation, ...]:
        """Return what has ended and was not handed to the desk yet, oldest first."""
        return tuple(one for one in self.conversations() if one.state is Sending.KEPT and _is_over(one, now))

    def mark(self, conversations: Collection[UUID], state: Sending) -> None:
        """Note what became of some."""
        if conversations:
            with self._writing() as connection:
                values = [(state.value, str(one)) for one in conversations]
                connection.executemany("UPDATE conversations SET state = ? WHERE id = ?", values)

    def forget(self, conversation: UUID | None = None, *, before: datetime | None = None) -> int:
        """Take one, or all (that ended before a moment), away for good; returns how many there were."""
        if not self._path.exists():
            return 0
        with self._writing() as connection:
            done = connection.execute(
                "DELETE FROM conversations WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR ended_at < ?2)",
                (conversation and str(conversation), before and _moment(before)),
            )
        if done.rowcount:
            self.settle()
        return done.rowcount

    def erase(self) -> None:
        """Take the file away with all that is beside it."""
        if self._path.exists():
            with suppress(TurnLogUnavailable):  # damaged
                self.forget()
        self.close()
        try:
            for end in BESIDE:
                self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        except OSError as error:
            raise TurnLogUnavailable(os.fspath(self._path), error) from error

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Read without making a file where there is none."""
        if self._connection is None and not self._path.exists():
            with closing(sqlite3.connect(":memory:")) as connection:
                connection.executescript(_SET_UP)
                yield connection
            return
        with self._connected() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._connection = self._connection or self._opened()
                yield self._connection
            except (sqlite3.Error, OSError) as error:
                code = getattr(error, "sqlite_errorcode", None)
                damaged = code is not None and code & 0xFF in _DAMAGED
                raise TurnLogUnavailable(os.fspath(self._path), error, damaged=damaged) from error

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, OWNER_ONLY))
        self._path.chmod(OWNER_ONLY)
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            connection.executescript(_SET_UP)
        except BaseException:
            connection.close()
            raise
        return connection


def _is_over(one: Conversation, now: datetime) -> bool:
    """Whether nothing more comes; a clock that was put back makes it so as well."""
    return one.over or abs(now - one.ended_at) > OVER_AFTER


def _conversation(row: Sequence[object]) -> Conversation:
    id_, began, ended, over, request, state, turns = row
    return Conversation(
        id=UUID(str(id_)),
        began_at=datetime.fromisoformat(str(began)),
        ended_at=datetime.fromisoformat(str(ended)),
        over=bool(over),
        request=UUID(str(request)) if request else None,
        state=Sending(str(state)),
        turns=int(str(turns)),
    )


def _entry(row: Sequence[object]) -> Entry:
    at, heard, said, outcome, topic, score, stage, understood = row
    return Entry(
        at=datetime.fromisoformat(str(at)),
        heard=str(heard),
        said=str(said),
        outcome=str(outcome),
        topic=None if topic is None else str(topic),
        score=None if score is None else float(str(score)),
        stage=None if stage is None else str(stage),
        understood=bool(understood),
    )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
