"""Requests that come in at the same moment are stored in one transaction: the disk is waited for once for all of them.

SQLite lets one writer in at a time, and whoever waits for it looks again after ever longer sleeps.  Here the first one
in takes along whoever waits behind; each hears the answer only when all of it is on the disk.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Generic, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from server.errors import StoreUnavailable
from server.store.engine import writing

MOST_AT_ONCE: Final = 32
Found = TypeVar("Found")


@dataclass(eq=False, slots=True)
class _Waiting(Generic[Found]):
    """One caller's deed and what became of it."""

    deed: Callable[[Session], Found]
    found: list[Found] = field(default_factory=list)  # one, once it is stored
    error: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether the caller can be answered."""
        return bool(self.found) or self.error is not None


class TogetherWriter(Generic[Found]):
    """Runs deeds one after the other, several in a transaction; each is kept wholly or not at all.

    Safe from many threads.  A deed may be run again after a roll-back.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: deque[_Waiting[Found]] = deque()
        self._turn = Lock()

    def run(self, deed: Callable[[Session], Found]) -> Found:
        """Return what the deed returns, once it is committed; raises what it raises."""
        mine = _Waiting(deed)
        self._queue.append(mine)
        with self._turn:
            while not mine.done:
                self._store([self._queue.popleft() for _ in range(min(MOST_AT_ONCE, len(self._queue)))])
        if mine.error is not None:
            raise mine.error
        return mine.found[0]

    def _store(self, batch: list[_Waiting[Found]]) -> None:
        try:
            with writing(self._engine) as session:
                found = [one.deed(session) for one in batch]
        except Exception as error:  # each caller is told by `run`
            self._one_by_one(batch, error)
            return
        except BaseException:  # the program is ending
            _all_told(batch, StoreUnavailable("the desk is ending"))
            raise
        for one, its in zip(batch, found, strict=True):
            one.found.append(its)

    def _one_by_one(self, batch: list[_Waiting[Found]], error: Exception) -> None:
        """One deed failed and took the others with it: they are tried alone, unless the database itself is away."""
        if len(batch) == 1 or isinstance(error, StoreUnavailable):
            _all_told(batch, error)
            return
        for one in batch:
            self._store([one])


def _all_told(batch: list[_Waiting[Found]], error: Exception) -> None:
    for one in batch:
        one.error = error
