"""What became of this device's requests: what the desk said last, what the customer was told, how they rated it.

Three tables in the outbox's file; nothing in them says who asked for what.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from intents.news import CallNews, Rating
from intents.when_types import Window
from server.client import DeskClient
from server.deliveries import Answer
from server.errors import OutboxUnavailable
from voice.desk_calls import Change, window_of

BUSY_S: Final = 5.0
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS news (id TEXT PRIMARY KEY, latest TEXT, told TEXT);
CREATE TABLE IF NOT EXISTS ratings (id TEXT PRIMARY KEY, rating TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS news_place (one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER NOT NULL);
"""


class NewsBook:
    """Remembers it; safe from several threads.  All methods raise OutboxUnavailable."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connected() as connection:
            connection.executescript(_TABLES)

    def look(self, client: DeskClient) -> None:
        """Ask the desk what changed since last.  Raises DeskUnavailable."""
        with self._connected() as connection:
            row = connection.execute("SELECT next FROM news_place").fetchone()
        news = client.news(row[0] if row else 0)
        for request_id in news.ids:
            self._keep(request_id, latest=_of_answer(client.status(request_id)))
        with self._connected() as connection:
            connection.execute("INSERT OR REPLACE INTO news_place VALUES (1, ?)", (news.next,))

    def changes(self) -> tuple[Change, ...]:
        """Return what was not told yet."""
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT id, told, latest FROM news WHERE latest IS NOT NULL ORDER BY id"
            ).fetchall()
        found = [Change(id=UUID(row[0]), before=_read(row[1]), after=_read(row[2]) or _NOTHING) for row in rows]
        return tuple(change for change in found if change.before != change.after)

    def note_told(self, request_id: UUID, news: CallNews) -> None:
        """Remember that the customer knows it."""
        self._keep(request_id, told=news)

    def rate(self, request_id: UUID, rating: Rating, now: datetime) -> None:
        """Keep how a customer rated a case.  The desk has no place for it yet: it stays on this device."""
        with self._connected() as connection:
            values = (str(request_id), rating.value, now.isoformat())
            connection.execute("INSERT OR REPLACE INTO ratings VALUES (?, ?, ?)", values)

    def ratings(self) -> dict[UUID, Rating]:
        """Return all ratings."""
        with self._connected() as connection:
            return {UUID(one): Rating(rating) for one, rating in connection.execute("SELECT id, rating FROM ratings")}

    def _keep(self, request_id: UUID, **news: CallNews) -> None:
        ((column, value),) = news.items()
        with self._connected() as connection:
            connection.execute(
                f"INSERT INTO news (id, {column}) VALUES (?, ?) "  # noqa: S608  # a name of ours
                f"ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}",
                (str(request_id), _written(value)),
            )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise OutboxUnavailable(os.fspath(self._path), error) from error


_NOTHING: Final = CallNews(state="")


def _of_answer(answer: Answer) -> CallNews:
    return CallNews(
        state=answer.state,
        promise=window_of(answer.promise),
        agent=answer.agent,
        calls=answer.calls,
        close_reason=answer.close_reason,
    )


def _written(news: CallNews) -> str:
    promise = news.promise and [news.promise.begins.isoformat(), news.promise.ends.isoformat()]
    return json.dumps([news.state, promise, news.agent, news.calls, news.close_reason])


def _read(text: str | None) -> CallNews | None:
    if text is None:
        return None
    state, promise, agent, calls, reason = json.loads(text)
    return CallNews(state=state, promise=_window(promise), agent=agent, calls=calls, close_reason=reason)


def _window(pair: Any) -> Window | None:
    return pair and Window(begins=datetime.fromisoformat(pair[0]), ends=datetime.fromisoformat(pair[1]))
