"""What customers said of themselves, until it reached the desk; a table in the outbox's file."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from intents.address import Address
from intents.callback_form import Known
from server.client import DeskClient
from server.clock import Clock
from server.deliveries import Answer, is_due, next_try
from server.errors import DeskUnavailable, OutboxUnavailable, RatingRefused
from server.outbox import Outbox, State
from voice.known_customers import CustomerMemory

BUSY_S: Final = 5.0
MOST_SENDINGS: Final = 3_000  # a month of trying every quarter of an hour
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS sayings (
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, said INTEGER NOT NULL DEFAULT 1,
    state TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0, next_at TEXT, PRIMARY KEY (kind, id)
)
"""


class About(StrEnum):
    """What is told: where it goes at the desk."""

    CUSTOMER = "customer"  # by a request of theirs
    STORY = "story"


_PATHS: Final = {About.CUSTOMER: "/callbacks/{id}/customer", About.STORY: "/stories/{id}"}


class SayingsBook:
    """Safe from several threads.  All methods raise OutboxUnavailable."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connected() as connection:
            connection.execute(_TABLE)

    def put(self, about: About, one: UUID, said: Mapping[str, Any]) -> None:
        """Keep it; fields said before and not sent yet stay, unless they are said anew."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(
                "SELECT body FROM sayings WHERE kind = ? AND id = ? AND state = 'waiting'", (about, str(one))
            ).fetchone()
            body = json.dumps((json.loads(row[0]) if row else {}) | dict(said), ensure_ascii=False)
            connection.execute(
                "INSERT INTO sayings (kind, id, body) VALUES (?1, ?2, ?3) ON CONFLICT (kind, id) DO UPDATE SET "
                "body = ?3, said = said + 1, state = 'waiting', attempts = 0, next_at = NULL",
                (about, str(one), body),
            )
            connection.execute("COMMIT")

    def waits(self, about: About, one: UUID, field: str) -> bool:
        """Whether the desk does not know it yet."""
        with self._connected() as connection:
            row = connection.execute(
                "SELECT body FROM sayings WHERE kind = ? AND id = ? AND state = 'waiting'", (about, str(one))
            ).fetchone()
        return row is not None and field in json.loads(row[0])

    def send(
        self,
        client: DeskClient,
        *,
        now: datetime,
        jitter: Callable[[], float],
        is_on_its_way: Callable[[UUID], bool] = lambda _: False,
    ) -> None:
        """Bring what is due to the desk; what it refuses is not sent again.  Raises no DeskUnavailable.

        `is_on_its_way`: whether the request it is about has not reached the desk yet.
        """
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT kind, id, body, said, attempts, next_at FROM sayings WHERE state = 'waiting'"
            ).fetchall()
        for kind, one, body, said, attempts, next_at in rows:
            if (next_at and not is_due(datetime.fromisoformat(next_at), now=now)) or is_on_its_way(UUID(one)):
                continue
            try:
                client.tell(_PATHS[About(kind)].format(id=one), json.loads(body), UUID(one))
                self._mark(kind, one, said, "sent")
            except RatingRefused:
                self._mark(kind, one, said, "refused")
            except DeskUnavailable:
                again = next_try(attempts + 1, now=now, jitter=jitter())
                state = "waiting" if attempts + 1 < MOST_SENDINGS else "refused"
                self._mark(kind, one, said, state, attempts + 1, again.isoformat())

    def _mark(self, kind: str, one: str, said: int, state: str, attempts: int = 0, next_at: str | None = None) -> None:
        """Note what came of sending it, unless more was said meanwhile."""
        with self._connected() as connection:
            connection.execute(
                "UPDATE sayings SET state = ?, attempts = ?, next_at = ? WHERE kind = ? AND id = ? AND said = ?",
                (state, attempts, next_at, kind, one, said),
            )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise OutboxUnavailable(os.fspath(self._path), error) from error


class LinkSayings:
    """`CustomerSayings` of a device with a desk, over what it remembers and what it still has to tell."""

    def __init__(
        self,
        memory: CustomerMemory | None,
        outbox: Callable[[], Outbox],
        path: Path,
        *,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        """`outbox`, which raises OutboxUnavailable, makes the file at `path`."""
        self._memory = memory
        self._outbox = outbox
        self._path = path
        self._clock = clock
        self._jitter = jitter
        self.wake: Callable[[], object] = lambda: None  # has the desk told soon

    def send(self, client: DeskClient) -> None:
        """Tell the desk what it does not know yet.  Raises OutboxUnavailable."""
        self._book().send(client, now=self._clock(), jitter=self._jitter, is_on_its_way=self._is_on_its_way)

    def waits(self, about: About, one: UUID, field: str) -> bool:
        """Whether the desk does not know it yet.  Raises OutboxUnavailable."""
        return self._book().waits(about, one, field)

    def ask_later(self, customer: Known, wording: str) -> bool:
        """See `CustomerSayings`."""
        if self._memory is None or not self._memory.change(customer, may_ask=True):
            return False
        if customer.request is None:
            return True
        agreed = {"at": self._clock().isoformat(), "wording": wording}
        return self._told(About.CUSTOMER, customer.request, {"ask_later": agreed})

    def ask_no_more(self) -> bool | None:
        """See `CustomerSayings`; a voice is nobody in particular, so it holds for all who are remembered here."""
        agreed = [one for one in self._known() if one.may_ask]
        if not agreed:
            return None
        changed = [self._memory is not None and self._memory.change(one, may_ask=False) for one in agreed]
        return self.withdraw(agreed) and all(changed)

    def withdraw(self, customers: tuple[Known, ...] | list[Known]) -> bool:
        """Tell the desk that these are not to be asked; False when that could not be kept."""
        said = [
            self._told(About.CUSTOMER, one.request, {"ask_later": None})
            for one in customers
            if one.request and one.may_ask
        ]
        return all(said)

    def call_by(self, address: Address, customer: Known | None, request: UUID | None) -> bool:
        """See `CustomerSayings`."""
        changed = customer is None or (self._memory is not None and self._memory.change(customer, address=address))
        known_by = request or (customer.request if customer else None)
        told = known_by is None or self._told(About.CUSTOMER, known_by, {"address": address.value})
        return changed and told

    def answer_story(self, story: UUID, answer: str) -> None:
        """See `CustomerSayings`."""
        self._told(About.STORY, story, {"answer": answer, "at": self._clock().isoformat()})

    def kept(self, request: UUID, known: Known | None, address: Address | None) -> None:
        """Know a request just kept: by the latest the desk knows a customer; what they are called goes with it."""
        if known is not None and self._memory is not None:
            self._memory.change(known, request=request)
        is_new = address is not None and (known is None or known.request is None or known.address != address)
        if address is not None and is_new:
            self.call_by(address, known, request)

    def forget_everybody(self) -> bool:
        """Erase all who are remembered, and take their consents back at the desk."""
        self.withdraw(self._known())
        return self._memory is None or self._memory.forget()

    def heard(self, answer: Answer) -> None:
        """Take how the desk calls a customer, unless something else was just said here that it does not know yet."""
        customer = next((one for one in self._known() if one.request == answer.id), None)
        if self._memory is None or customer is None or answer.address not in list(Address):
            return
        with suppress(OutboxUnavailable):
            if customer.address != answer.address and not self.waits(About.CUSTOMER, answer.id, "address"):
                self._memory.change(customer, address=Address(answer.address))

    def _book(self) -> SayingsBook:
        self._outbox()  # makes the file
        return SayingsBook(self._path)

    def _is_on_its_way(self, request: UUID) -> bool:
        kept = self._outbox().get(request)
        return kept is not None and kept.state is State.WAITING

    def _known(self) -> tuple[Known, ...]:
        return self._memory.known() if self._memory else ()

    def _told(self, about: About, one: UUID, said: Mapping[str, Any]) -> bool:
        try:
            self._book().put(about, one, said)
        except OutboxUnavailable:
            return False
        self.wake()
        return True
