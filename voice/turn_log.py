"""Writes conversations down as they happen; whatever goes wrong with that, the customer notices nothing."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self
from uuid import UUID, uuid4

from intents.masking import masked
from server.wire import LONGEST_CONVERSATION, MOST_TURNS
from voice.errors import TurnLogUnavailable
from voice.turn_file import OVER_AFTER, TurnFile
from voice.turn_notes import LONGEST, Entry, Exchange, entry, names_in

TIDY_EVERY: Final = timedelta(hours=1)
_WARM_UP: Final = "山田と申します。〇九〇です"  # loads the tables of masking

log = logging.getLogger(__name__)


class _Running:
    """The conversation that goes on."""

    def __init__(self, at: datetime) -> None:
        self.id = uuid4()
        self.last_at = at
        self.turns = 0
        self.signs = 0
        self.told = False  # a request was taken down
        self.names: frozenset[str] = frozenset()

    def is_full(self) -> bool:
        """Whether the desk would take no more."""
        return self.turns >= MOST_TURNS or self.signs > LONGEST_CONVERSATION - 2 * LONGEST


class TurnLog:
    """The log of one device, kept for some days.  One customer, one thread.  A context: what is open ends with it."""

    def __init__(self, file: TurnFile, *, keep: timedelta, now: Callable[[], datetime]) -> None:
        self._file = file
        self._keep = keep
        self._now = now
        self._running: _Running | None = None
        self._tidied_at: datetime | None = None
        self._warned = False
        self.place: tuple[UUID, int] | None = (
            None  # conversation and number of the turn written down last; None: it was not
        )
        masked(_WARM_UP)
        self.rest()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the conversation and close the file."""
        self.end()
        self._file.close()

    def take(self, exchange: Exchange, at: datetime) -> None:
        """Write a turn down, some milliseconds' work; `at` is when it happened, aware."""
        self.place = None
        self._try(lambda: self._take(exchange, at))

    def end(self) -> None:
        """The conversation is over: what comes next belongs to another one."""
        running, self._running = self._running, None
        if running is not None:
            self._try(lambda: self._file.end(running.id))

    def rest(self) -> None:
        """Nobody speaks: forget what is too old, from time to time."""
        now = self._now()
        if self._tidied_at is None or abs(now - self._tidied_at) >= TIDY_EVERY:
            self._tidied_at = now
            self._try(lambda: self._file.forget(before=now - self._keep))

    def _take(self, exchange: Exchange, at: datetime) -> None:
        running = self._conversation(at)
        self._note_names(running, exchange)
        found = entry(exchange, at=at, names=running.names, told=running.told)
        running.told = running.told or exchange.after.form is not None
        self._file.add(running.id, running.turns, found, exchange.request)
        self.place = running.id, running.turns
        running.turns += 1
        running.signs += _size(found)

    def _conversation(self, at: datetime) -> _Running:
        """The one that goes on; another after a pause, and where it would become too long."""
        before = self._running
        if before is not None and (abs(at - before.last_at) > OVER_AFTER or before.is_full()):
            self.end()
            self.rest()
        if self._running is None:
            self._running = _Running(at)
            if before is not None:  # perhaps the same customer
                self._running.told, self._running.names = before.told, before.names
        self._running.last_at = at
        return self._running

    def _note_names(self, running: _Running, exchange: Exchange) -> None:
        """A name that is known now is taken out of what was said before, too."""
        names = running.names | names_in(exchange)
        if names != running.names:
            running.names = names
            if running.turns:
                self._file.change_texts(running.id, lambda text: masked(text, names) if text else "")

    def _try(self, work: Callable[[], object]) -> None:
        """Do something with the file; what fails is told once, until it works again."""
        try:
            work()
            self._warned = False
        except TurnLogUnavailable as error:
            self._warn(str(error))
            if error.damaged:
                self._begin_anew()
        except Exception as error:  # the conversation must go on; its text may quote the customer
            self._warn(f"a turn could not be written down ({type(error).__name__})")

    def _begin_anew(self) -> None:
        try:
            self._file.erase()
        except TurnLogUnavailable as error:
            log.debug("%s", error)

    def _warn(self, text: str) -> None:
        if not self._warned:
            self._warned = True
            log.warning("%s; the conversation goes on without it", text)


def _size(found: Entry) -> int:
    return len(found.heard) + len(found.said)
