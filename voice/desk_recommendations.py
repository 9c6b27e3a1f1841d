"""What customers said to whether they would recommend us, until it reached the desk; a table in the outbox's file."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from server.client import DeskClient
from server.deliveries import is_due, next_try
from server.errors import DeskUnavailable, OutboxUnavailable, RatingRefused

BUSY_S: Final = 5.0
MOST_SENDINGS: Final = 3_000  # a month of trying every quarter of an hour
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS recommendations (
    id TEXT PRIMARY KEY, score INTEGER, at TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0, next_at TEXT
)
"""


class RecommendationBook:
    """Safe from several threads.  All methods raise OutboxUnavailable."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connected() as connection:
            connection.execute(_TABLE)

    def put(self, request_id: UUID, score: int | None, now: datetime) -> None:
        """Keep an answer, None: asked and not answered; a later one counts."""
        with self._connected() as connection:
            values = (str(request_id), score, now.isoformat())
            connection.execute("INSERT OR REPLACE INTO recommendations (id, score, at) VALUES (?, ?, ?)", values)

    def was_asked(self, request_id: UUID) -> bool:
        """Whether this customer was asked already."""
        with self._connected() as connection:
            row = connection.execute("SELECT 1 FROM recommendations WHERE id = ?", (str(request_id),)).fetchone()
        return row is not None

    def send(self, client: DeskClient, *, now: datetime, jitter: Callable[[], float]) -> None:
        """Bring what is due to the desk; what it refuses is not sent again.  Raises no DeskUnavailable."""
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT id, score, at, attempts, next_at FROM recommendations WHERE state = 'waiting'"
            ).fetchall()
        for one, score, at, attempts, next_at in rows:
            if next_at and not is_due(datetime.fromisoformat(next_at), now=now):
                continue
            try:
                client.recommend(UUID(one), score, datetime.fromisoformat(at))
                self._mark(one, score, "sent")
            except RatingRefused:
                self._mark(one, score, "refused")
            except DeskUnavailable:
                again = next_try(attempts + 1, now=now, jitter=jitter())
                state = "waiting" if attempts + 1 < MOST_SENDINGS else "refused"
                self._mark(one, score, state, attempts + 1, again.isoformat())

    def _mark(self, one: str, score: int | None, state: str, attempts: int = 0, next_at: str | None = None) -> None:
        """Note what came of sending it, unless another answer took its place meanwhile."""
        with self._connected() as connection:
            connection.execute(
                "UPDATE recommendations SET state = ?, attempts = ?, next_at = ? WHERE id = ? AND score IS ?",
                (state, attempts, next_at, one, score),
            )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise OutboxUnavailable(os.fspath(self._path), error) from error
