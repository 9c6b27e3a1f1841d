"""Who may talk now: at most so many at once, the others wait in a line and know their place; who was cut off comes back.

Pure bookkeeping under one lock; time is passed in as seconds of a clock that only goes forward.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from server.gateway.ports import Talk, TalkRoom

KEPT_S: Final = 60.0  # a talk whose connection broke
MOST_WAITING: Final = 100
TICKET_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Seat:
    """A talk one may take part in, now."""

    ticket: str = field(repr=False)  # whoever holds it may come back to the talk
    talk: Talk = field(repr=False)
    lock: Lock = field(repr=False)  # to be held by whoever uses the talk
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """All seats are taken; `place` counts from 1."""

    place: int


@dataclass(frozen=True, slots=True)
class Full:
    """Even the line is full."""


@dataclass(slots=True)
class _Taken:
    talk: Talk
    connection: object | None  # None: broken off
    lock: Lock = field(default_factory=Lock)
    until_s: float = 0.0  # when broken off

    def close(self) -> None:
        """End the talk, waiting for a step that another thread is doing; not to be called under the lobby's lock."""
        self.talk.hush()
        with self.lock:
            self.talk.close()


class Lobby:
    """Keeps the seats; safe from several threads.  A connection is any object that stands for one."""

    def __init__(self, room: TalkRoom, seats: int, *, kept_s: float = KEPT_S, most_waiting: int = MOST_WAITING) -> None:
        self._room = room
        self._seats = seats
        self._kept_s = kept_s
        self._most_waiting = most_waiting
        self._taken: dict[str, _Taken] = {}
        self._line: OrderedDict[object, None] = OrderedDict()
        self._lock = Lock()

    @property
    def kept_s(self) -> float:
        """How long a talk is kept whose connection broke."""
        return self._kept_s

    @property
    def sound_rate_hz(self) -> int:
        """Of all talks' sound."""
        return self._room.sound_rate_hz

    def enter(self, connection: object, ticket: str, now_s: float) -> Seat | Waiting | Full:
        """Ask for a seat, again and again while waiting; `ticket` is that of an earlier connection's talk, or "".

        A talk with two connections belongs to the later one: a phone that changed its network does not say goodbye.
        """
        self.clear(now_s)
        with self._lock:
            known = self._taken.get(ticket)
            if known is not None:
                known.connection = connection
                self._line.pop(connection, None)
                return Seat(ticket, known.talk, known.lock, resumed=True)
            return self._queued(connection)

    def holds(self, connection: object, ticket: str) -> bool:
        """Whether the talk still belongs to this connection."""
        with self._lock:
            taken = self._taken.get(ticket)
            return taken is not None and taken.connection is connection

    def broken(self, connection: object, ticket: str, now_s: float) -> None:
        """The connection is gone, perhaps for a moment: its talk is kept for a while."""
        with self._lock:
            self._line.pop(connection, None)
            taken = self._taken.get(ticket)
            if taken is not None and taken.connection is connection:
                taken.connection, taken.until_s = None, now_s + self._kept_s

    def leave(self, connection: object, ticket: str) -> None:
        """The customer is done: the seat is free and the talk forgotten, once its step has ended."""
        with self._lock:
            self._line.pop(connection, None)
            taken = self._taken.get(ticket)
            if taken is None or taken.connection is not connection:
                return
            del self._taken[ticket]
        taken.close()

    def counts(self) -> tuple[int, int]:
        """Return how many talk, and how many wait."""
        with self._lock:
            return len(self._taken), len(self._line)

    def clear(self, now_s: float) -> None:
        """Forget talks nobody came back to."""
        with self._lock:
            old = [
                ticket for ticket, taken in self._taken.items() if taken.connection is None and now_s >= taken.until_s
            ]
            forgotten = [self._taken.pop(ticket) for ticket in old]
        for taken in forgotten:
            taken.close()

    def close(self) -> None:
        """Forget all talks."""
        with self._lock:
            forgotten = tuple(self._taken.values())
            self._taken.clear()
            self._line.clear()
        for taken in forgotten:
            taken.close()

    def _queued(self, connection: object) -> Seat | Waiting | Full:
        free = max(0, self._seats - len(self._taken))
        if connection not in self._line:
            if len(self._line) >= self._most_waiting + free:
                return Full()
            self._line[connection] = None
        place = list(self._line).index(connection) + 1
        if place > free:
            return Waiting(place - free)
        del self._line[connection]
        ticket, talk = secrets.token_urlsafe(TICKET_BYTES), self._room.open()
        self._taken[ticket] = taken = _Taken(talk, connection)
        return Seat(ticket, talk, taken.lock)
