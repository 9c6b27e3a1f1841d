"""Requests on the device, kept until the desk has them: written down before anything is said to the customer.

One SQLite file.  What the desk has is erased from it except the id and what was promised, so that the customer can be
told.  Safe from many threads and processes: a request is sent by one of them at a time, and sending it twice is harmless,
for the desk knows its id.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from server.clock import Clock
from server.deliveries import Arrived, Delivery, Refused, TokenRefused, TryLater, is_due, next_try, told
from server.errors import OutboxUnavailable
from server.spans import Span, in_utc
from server.wire import CallbackRequest

BUSY_S: Final = 10.0
NEVER_LEFT: Final = ("ConnectError", "ConnectTimeout")  # reasons after which the desk cannot have it
SENDING: Final = "sending"  # the reason while the desk may be getting it
SENDING_FOR: Final = timedelta(minutes=2)  # who took a request to send it and died holds it no longer
OWNER_ONLY: Final = 0o600
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS requests (
    id TEXT PRIMARY KEY, payload BLOB, made_at TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    next_at TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', promise TEXT, offers TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE IF NOT EXISTS device (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class State(StrEnum):
    """Where a request is."""

    WAITING = "waiting"
    ARRIVED = "arrived"  # the desk has it; only the id is left here
    REJECTED = "rejected"  # the desk refuses it; kept for a person to look at
    DROPPED = "dropped"  # taken away by hand; only the id is left here


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A request of the outbox, without what it says."""

    id: UUID
    state: State
    made_at: datetime
    attempts: int
    next_at: datetime
    reason: str  # of the last failure
    promise: Span | None
    offers: tuple[Span, ...]
    tier: str = ""  # of the customer, as they are told it, where the promise is earlier because of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Flushed:
    """What one round of sending did.  `stopped`: the desk does not know the device; nothing is sent until it is enrolled."""

    arrived: tuple[UUID, ...] = ()
    rejected: tuple[UUID, ...] = ()
    waiting: int = 0
    stopped: bool = False
    unreachable: bool = False  # the round ended there: what comes after keeps its turn


Send = Callable[[UUID, bytes], Delivery]


class Outbox:
    """The outbox in a file, made when it is not there.  `jitter` returns numbers from 0 to 1."""

    def __init__(self, path: Path, *, clock: Clock, jitter: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._jitter = jitter
        with self._connected() as connection:
            connection.executescript(_TABLES)
        path.chmod(OWNER_ONLY)

    def put(self, request: CallbackRequest) -> None:
        """Keep a request; once this returns it survives a power cut.  The same id again changes nothing.

        Raises OutboxUnavailable (disk full, file damaged): then nothing was kept and nothing may be promised.
        """
        now = in_utc(self._clock()).isoformat()
        values = (str(request.id), request.model_dump_json().encode(), now, State.WAITING, now)
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO requests (id, payload, made_at, state, next_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                values,
            )

    def kept(self) -> tuple[Kept, ...]:
        """Return what there is, oldest first.  Raises OutboxUnavailable."""
        with self._connected() as connection:
            rows = connection.execute("SELECT * FROM requests ORDER BY made_at, id").fetchall()
        return tuple(_kept(row) for row in rows)

    def get(self, request_id: UUID) -> Kept | None:
        """Return one, or None.  Raises OutboxUnavailable."""
        with self._connected() as connection:
            row = connection.execute("SELECT * FROM requests WHERE id = ?", (str(request_id),)).fetchone()
        return None if row is None else _kept(row)

    def flush(self, send: Send, *, at_once: bool = False) -> Flushed:
        """Send what is due, or with `at_once` all that waits.  Raises OutboxUnavailable.

        What was never tried goes first, the newest of it before all: its customer still waits to hear the promise.  Then
        what has waited longest for its turn.  A desk that does not answer ends the round: each further try would only
        take its time-out, while a new request waits.  So does the desk's refusal of the device: `resume` after it was
        enrolled.
        """
        arrived: list[UUID] = []
        rejected: list[UUID] = []
        delivery: Delivery | None = None
        for kept in self._in_turn(at_once=at_once):
            if self.is_stopped() or _is_unreachable(delivery):
                break
            delivery = self._send(kept, send)
            if isinstance(delivery, Arrived):
                arrived.append(kept.id)
            elif isinstance(delivery, Refused):
                rejected.append(kept.id)
        waiting = sum(one.state is State.WAITING for one in self.kept())
        return Flushed(
            arrived=tuple(arrived), rejected=tuple(rejected), waiting=waiting, stopped=self.is_stopped(),
            unreachable=_is_unreachable(delivery),
        )  # fmt: skip

    def _in_turn(self, *, at_once: bool) -> list[Kept]:
        """What is to be sent now, in its order."""
        now = self._clock()
        waiting = [one for one in self.kept() if one.state is State.WAITING]
        due = [one for one in waiting if at_once or is_due(one.next_at, now=now)]
        new = [one for one in due if not one.attempts]
        return new[::-1] + sorted((one for one in due if one.attempts), key=lambda one: one.next_at)

    def drop(self, request_id: UUID) -> bool:
        """Take a request away that a person decided not to send; False when it is not there or has arrived."""
        with self._writing() as connection:
            done = connection.execute(
                "UPDATE requests SET state = ?, payload = NULL, offers = '[]' WHERE id = ? AND state IN (?, ?)",
                (State.DROPPED, str(request_id), State.WAITING, State.REJECTED),
            )
            return done.rowcount == 1

    def take_back(self, request_id: UUID) -> bool:
        """Take a request away that has never left the device; False when it has, or may have."""
        with self._writing() as connection:
            done = connection.execute(
                "UPDATE requests SET state = ?, payload = NULL, offers = '[]' WHERE id = ? AND state = ? AND "
                "((attempts = 0 AND next_at = made_at) OR reason IN (?, ?))",
                (State.DROPPED, str(request_id), State.WAITING, *NEVER_LEFT),
            )
            return done.rowcount == 1

    def retry(self, request_id: UUID) -> bool:
        """Let a rejected request wait again, after what was wrong is mended; False when it was not rejected."""
        now = in_utc(self._clock()).isoformat()
        with self._writing() as connection:
            done = connection.execute(
                "UPDATE requests SET state = ?, attempts = 0, next_at = ? WHERE id = ? AND state = ?",
                (State.WAITING, now, str(request_id), State.REJECTED),
            )
            return done.rowcount == 1

    def is_stopped(self) -> bool:
        """Whether the desk refused this device."""
        with self._connected() as connection:
            return connection.execute("SELECT 1 FROM device WHERE key = 'stopped'").fetchone() is not None

    def resume(self) -> None:
        """Send again: the device was enrolled."""
        with self._writing() as connection:
            connection.execute("DELETE FROM device WHERE key = 'stopped'")

    def forget_arrived(self, *, before: datetime) -> int:
        """Take away what has arrived or was dropped before a moment; returns how many."""
        with self._writing() as connection:
            done = connection.execute(
                "DELETE FROM requests WHERE state IN (?, ?) AND made_at < ?",
                (State.ARRIVED, State.DROPPED, in_utc(before).isoformat()),
            )
            return done.rowcount

    def _send(self, kept: Kept, send: Send) -> Delivery | None:
        payload = self._take(kept)
        if payload is None:
            return None  # somebody else is sending it
        delivery = send(kept.id, payload)
        self._settle(kept, delivery)
        return delivery

    def _take(self, kept: Kept) -> bytes | None:
        """Take a request to send it: others leave it alone for a while.  None when it was taken or is gone."""
        held = in_utc(self._clock() + SENDING_FOR).isoformat()
        with self._writing() as connection:
            taken = connection.execute(
                "UPDATE requests SET next_at = ?, reason = ? WHERE id = ? AND state = ? AND next_at = ? RETURNING payload",
                (held, SENDING, str(kept.id), State.WAITING, kept.next_at.isoformat()),
            ).fetchone()
        return None if taken is None else bytes(taken["payload"])

    def _settle(self, kept: Kept, delivery: Delivery) -> None:
        now = in_utc(self._clock())
        match delivery:
            case Arrived():
                self._change(
                    kept,
                    state=State.ARRIVED,
                    payload=None,
                    reason="",
                    promise=_written(delivery.promise, delivery.tier),
                    offers=json.dumps([_pair(span) for span in delivery.offers]),
                )
            case Refused():
                reason = f"HTTP {delivery.status} {told(delivery.problems)}".strip()
                self._change(kept, state=State.REJECTED, attempts=kept.attempts + 1, reason=reason)
            case TryLater():
                attempts = kept.attempts + 1
                again = next_try(attempts, now=now, jitter=self._jitter(), wait=delivery.wait)
                self._change(kept, attempts=attempts, next_at=again.isoformat(), reason=delivery.reason)
            case TokenRefused():
                self._change(kept, next_at=now.isoformat(), reason="the desk does not know this device")
                with self._writing() as connection:
                    connection.execute("INSERT OR REPLACE INTO device VALUES ('stopped', ?)", (now.isoformat(),))

    def _change(self, kept: Kept, **values: Any) -> None:
        """Change a request that still waits: a late answer does not undo what a person or another sender did."""
        columns = ", ".join(f"{name} = ?" for name in values)
        with self._writing() as connection:
            connection.execute(
                f"UPDATE requests SET {columns} WHERE id = ? AND state = ?",  # noqa: S608  # names of ours
                (*values.values(), str(kept.id), State.WAITING),
            )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)) as connection:
                connection.row_factory = sqlite3.Row
                for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                    connection.execute(f"PRAGMA {pragma}")
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise OutboxUnavailable(os.fspath(self._path), error) from error


def _is_unreachable(delivery: Delivery | None) -> bool:
    return isinstance(delivery, TryLater) and delivery.unreachable


def _kept(row: sqlite3.Row) -> Kept:
    promise: list[str] = json.loads(row["promise"]) if row["promise"] else []
    return Kept(
        id=UUID(row["id"]),
        state=State(row["state"]),
        made_at=datetime.fromisoformat(row["made_at"]),
        attempts=row["attempts"],
        next_at=datetime.fromisoformat(row["next_at"]),
        reason=row["reason"],
        promise=_read(promise) if promise else None,
        offers=tuple(_read(pair) for pair in json.loads(row["offers"])),
        tier=promise[2] if len(promise) > 2 else "",  # noqa: PLR2004  # what an earlier program wrote has two
    )


def _pair(span: Span) -> list[str]:
    return [span.begins.isoformat(), span.ends.isoformat()]


def _written(span: Span | None, tier: str) -> str | None:
    return None if span is None else json.dumps([*_pair(span), *([tier] if tier else [])], ensure_ascii=False)


def _read(pair: Sequence[str]) -> Span:
    return Span(datetime.fromisoformat(pair[0]), datetime.fromisoformat(pair[1]))
