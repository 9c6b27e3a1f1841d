"""What became of this device's requests: what the desk said last, what the customer was told, how they rated it.

Some tables in the outbox's file; nothing in them says who asked for what.
"""

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from intents.news import CallNews, Rating
from intents.when_types import Window
from server.client import DeskClient
from server.deliveries import Answer, News, is_due, next_try
from server.errors import AnswerUnusable, DeskUnavailable, OutboxUnavailable, RatingRefused
from voice.desk_calls import Change, window_of

BUSY_S: Final = 5.0
MOST_IDS: Final = 1_000  # in one answer
MOST_REFUSED: Final = 10  # answers that are none to what became of a request: then something is wrong with it
MOST_SENDINGS: Final = 3_000  # of a rating: a month of trying every quarter of an hour
LAST_PLACE: Final = 2**63 - 1
HELD_EVERY_S: Final = 300.0  # an agent's hold lasts 15 minutes
LONGEST_NAME: Final = 40  # of an agent
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS news (id TEXT PRIMARY KEY, latest TEXT, told TEXT);
CREATE TABLE IF NOT EXISTS news_wanted (id TEXT PRIMARY KEY, tries INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS ratings (id TEXT PRIMARY KEY, rating TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS news_place (one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER NOT NULL);
"""
_LATER_COLUMNS: Final = (
    ("news", "came", "INTEGER NOT NULL DEFAULT 0"),  # a number that grows with each piece of news
    ("news_wanted", "refused", "INTEGER NOT NULL DEFAULT 0"),  # of its `tries`, those the desk said nothing good to
    ("news_place", "desk", "TEXT NOT NULL DEFAULT ''"),  # whose place it is
    ("news", "recommend_until", "TEXT"),  # until when the desk lets this be asked
    ("ratings", "state", "TEXT NOT NULL DEFAULT 'waiting'"),  # waiting, sent or refused
    ("ratings", "attempts", "INTEGER NOT NULL DEFAULT 0"),
    ("ratings", "next_at", "TEXT"),  # None: at once
)


class NewsBook:
    """Remembers it; safe from several threads.  All methods raise OutboxUnavailable."""

    def __init__(
        self,
        path: Path,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        heard: Callable[[Answer], object] = lambda _: None,
    ) -> None:
        """`heard` is told each answer that is a desk's."""
        self._path = path
        self._heard = heard
        self._monotonic = monotonic
        self._held_asked_s = monotonic() - HELD_EVERY_S
        with self._connected() as connection:
            connection.executescript(_TABLES)
            for table, name, kind in _LATER_COLUMNS:
                _add_column(connection, table, name, kind)

    def look(self, client: DeskClient, *, desk: str = "", wait_s: int = 0) -> bool:
        """Ask the desk what changed since last, waiting for it up to `wait_s`; whether anything did.

        `desk` names the enrolment: another one begins anew.  What was not learned is asked for the next time.  Raises
        DeskUnavailable, also for answers that no desk would give.
        """
        self._want_held()
        wanted = self._wanted()
        news = client.news(self._place(desk), wait_s=0 if wanted else wait_s)
        self._want(news, desk)
        for request_id in self._wanted():
            self._learn(client, request_id)
        return bool(news.ids)

    def changes(self) -> tuple[Change, ...]:
        """Return what was not told yet, as it came."""
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT id, told, latest FROM news WHERE latest IS NOT NULL ORDER BY came, id"
            ).fetchall()
        found = [Change(id=UUID(row[0]), before=_read(row[1]), after=_read(row[2]) or _NOTHING) for row in rows]
        return tuple(change for change in found if change.before != change.after)

    def recommend_until(self, request_id: UUID) -> datetime | None:
        """Return until when this customer may be asked whether they would recommend us; None: not."""
        with self._connected() as connection:
            row = connection.execute("SELECT recommend_until FROM news WHERE id = ?", (str(request_id),)).fetchone()
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def note_told(self, request_id: UUID, news: CallNews) -> None:
        """Remember that the customer knows it."""
        with self._connected() as connection:
            connection.execute(
                "INSERT INTO news (id, told) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET told = excluded.told",
                (str(request_id), _written(news)),
            )

    def note_done(self, request_id: UUID, news: CallNews) -> None:
        """Remember what the customer just did themselves: that is no news to them."""
        with self._connected() as connection:
            connection.execute(
                "INSERT INTO news (id, latest, told) VALUES (?1, ?2, ?2) "
                "ON CONFLICT (id) DO UPDATE SET latest = excluded.latest, told = excluded.told",
                (str(request_id), _written(news)),
            )

    def told(self, request_id: UUID) -> CallNews | None:
        """Return what the customer was told last."""
        with self._connected() as connection:
            row = connection.execute("SELECT told FROM news WHERE id = ?", (str(request_id),)).fetchone()
        return _read(row[0]) if row else None

    def rate(self, request_id: UUID, rating: Rating, now: datetime) -> None:
        """Keep how a customer rated a case, until `send_ratings` brought it to the desk; a later one counts."""
        with self._connected() as connection:
            values = (str(request_id), rating.value, now.isoformat())
            connection.execute("INSERT OR REPLACE INTO ratings (id, rating, at) VALUES (?, ?, ?)", values)

    def ratings(self) -> dict[UUID, Rating]:
        """Return all ratings."""
        with self._connected() as connection:
            return {UUID(one): Rating(rating) for one, rating in connection.execute("SELECT id, rating FROM ratings")}

    def send_ratings(self, client: DeskClient, *, now: datetime, jitter: Callable[[], float]) -> None:
        """Bring the ratings that are due to the desk; what it refuses is not sent again.  Raises no DeskUnavailable."""
        with self._connected() as connection:
            rows = connection.execute(_WAITING).fetchall()
        for one, rating, at, attempts, next_at in rows:
            if next_at and not is_due(datetime.fromisoformat(next_at), now=now):
                continue
            try:
                client.rate(UUID(one), rating, datetime.fromisoformat(at))
                self._mark(one, at, state="sent")
            except RatingRefused:
                self._mark(one, at, state="refused")
            except DeskUnavailable:
                again = next_try(attempts + 1, now=now, jitter=jitter())
                state = "waiting" if attempts + 1 < MOST_SENDINGS else "refused"
                self._mark(one, at, state=state, attempts=attempts + 1, next_at=again.isoformat())

    def _mark(self, one: str, at: str, **values: object) -> None:
        """Change a rating, unless another one took its place meanwhile."""
        columns = ", ".join(f"{name} = ?" for name in values)
        with self._connected() as connection:
            connection.execute(
                f"UPDATE ratings SET {columns} WHERE id = ? AND at = ?",  # noqa: S608  # names of ours
                (*values.values(), one, at),
            )

    def _place(self, desk: str) -> int:
        with self._connected() as connection:
            row = connection.execute("SELECT next FROM news_place WHERE desk = ?", (desk,)).fetchone()
        return int(row[0]) if row else 0

    def _want_held(self) -> None:
        """Ask again, now and then, for what somebody had in hand: who just leaves gives it back without a word."""
        if self._monotonic() - self._held_asked_s < HELD_EVERY_S:
            return
        self._held_asked_s = self._monotonic()
        with self._connected() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO news_wanted (id) SELECT id FROM news WHERE latest LIKE '[\"being_called\"%'"
            )

    def _want(self, news: News, desk: str) -> None:
        """Remember whose news there is, and where to ask on, in one step."""
        if not 0 <= news.next <= LAST_PLACE or len(news.ids) > MOST_IDS:
            raise DeskUnavailable("the answer is none of a desk")
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            wanted = [(str(one),) for one in news.ids]
            connection.executemany("INSERT OR IGNORE INTO news_wanted (id) VALUES (?)", wanted)
            connection.execute(
                "INSERT OR REPLACE INTO news_place (one, next, desk) VALUES (1, ?, ?)", (news.next, desk)
            )
            connection.execute("COMMIT")

    def _wanted(self) -> list[UUID]:
        """Requests of which the latest is not known, those that made trouble last."""
        with self._connected() as connection:
            return [UUID(one) for (one,) in connection.execute("SELECT id FROM news_wanted ORDER BY tries, rowid")]

    def _learn(self, client: DeskClient, request_id: UUID) -> None:
        try:
            answer = client.status(request_id)
            news, until = news_of(answer, request_id), answer.recommend_until
        except DeskUnavailable as error:
            refused = isinstance(error, AnswerUnusable)  # not: the desk is away, which says nothing of the request
            with self._connected() as connection:
                connection.execute(
                    "UPDATE news_wanted SET tries = tries + 1, refused = refused + ? WHERE id = ?",
                    (refused, str(request_id)),
                )
                connection.execute("DELETE FROM news_wanted WHERE refused >= ?", (MOST_REFUSED,))
            raise
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "INSERT INTO news (id, latest, recommend_until, came) "
                "VALUES (?, ?, ?, (SELECT coalesce(max(came), 0) + 1 FROM news)) ON CONFLICT (id) DO UPDATE SET "
                "latest = excluded.latest, came = excluded.came, recommend_until = excluded.recommend_until",
                (str(request_id), _written(news), until and until.isoformat()),
            )
            connection.execute("DELETE FROM news_wanted WHERE id = ?", (str(request_id),))
            connection.execute("COMMIT")
        self._heard(answer)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise OutboxUnavailable(os.fspath(self._path), error) from error


def _add_column(connection: sqlite3.Connection, table: str, name: str, kind: str) -> None:
    """Add a column where it is missing; another process may do so at this moment."""
    if any(row[1] == name for row in connection.execute(f"PRAGMA table_info({table})")):
        return
    try:
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
    except sqlite3.OperationalError as error:
        if "duplicate column" not in str(error):
            raise


_NOTHING: Final = CallNews(state="")
_WAITING: Final = "SELECT id, rating, at, attempts, next_at FROM ratings WHERE state = 'waiting' ORDER BY at"


def news_of(answer: Answer, request_id: UUID) -> CallNews:
    """Return what an answer says, without what no desk would say.  Raises AnswerUnusable when it is of another request."""
    if answer.id != request_id:
        raise AnswerUnusable("the answer is none of a desk")
    agent = _text(answer.agent)
    return CallNews(
        state=answer.state,
        promise=window_of(answer.promise),
        agent=agent if agent and len(agent) <= LONGEST_NAME and agent.isprintable() else None,
        calls=answer.calls,
        close_reason=_text(answer.close_reason),
        last_outcome=_text(answer.last_outcome),
        tier=answer.tier,
    )


def _text(found: object) -> str | None:
    return found if isinstance(found, str) else None


def _written(news: CallNews) -> str:
    promise = news.promise and [news.promise.begins.isoformat(), news.promise.ends.isoformat()]
    written = [news.state, promise, news.agent, news.calls, news.close_reason, news.last_outcome, news.tier]
    return json.dumps(written, ensure_ascii=False)


def _read(text: str | None) -> CallNews | None:
    if text is None:
        return None
    state, promise, agent, calls, reason, *later = json.loads(text)
    return CallNews(
        state=state,
        promise=_window(promise),
        agent=agent,
        calls=calls,
        close_reason=reason,
        last_outcome=later[0] if later else None,  # written before it was kept, and so was the next
        tier=later[1] if len(later) > 1 else "",
    )


def _window(pair: Any) -> Window | None:
    return pair and Window(begins=datetime.fromisoformat(pair[0]), ends=datetime.fromisoformat(pair[1]))
