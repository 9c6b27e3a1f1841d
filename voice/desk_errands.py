"""The thread for what may wait: heartbeats, conversations, ratings, the desk's hours.  A request waits for none of it."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from importlib.metadata import version
from threading import Event, Thread
from typing import Final

from server.client import DeskClient
from server.clock import Clock
from server.errors import DeskError, DeskUnavailable
from server.outbox import Outbox, State
from voice.desk_courier import DeskLine

HEARTBEAT_EVERY_S: Final = 1800.0  # the desk wants one an hour
FORGOTTEN_AFTER: Final = timedelta(days=180)
CLOSE_WITHIN_S: Final = 0.2

Errand = Callable[[DeskClient], None]
"""Does what there is to do, and knows itself when it is time to; raises DeskError."""
Told = Callable[[], Mapping[str, str | int]]
"""Returns what the desk is told of the device, see `server.web.api_models.Heartbeat`; codes and counts, never a text."""

log = logging.getLogger(__name__)


class Errands:
    """Runs errands, one after the other, each time it is told to `go`, between `start` and `close`.

    One that fails or takes long holds up the errands after it, nothing else.
    """

    def __init__(self, line: DeskLine, errands: Sequence[Errand]) -> None:
        self._line = line
        self._errands = tuple(errands)
        self._told, self._closing = Event(), Event()
        self._thread = Thread(target=self._run, name="errands", daemon=True)

    def add(self, errand: Errand) -> None:
        """Run one more, after the others; to be told before they begin."""
        self._errands += (errand,)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; an errand that hangs is not waited for."""
        self._closing.set()
        self._told.set()
        self._thread.join(CLOSE_WITHIN_S)

    def go(self) -> None:
        """Run them once more: the desk was reached just now."""
        self._told.set()

    def _run(self) -> None:
        while True:
            self._told.wait()
            self._told.clear()
            for errand in self._errands:
                if self._closing.is_set():
                    return
                self._do(errand)

    def _do(self, errand: Errand) -> None:
        try:
            client = self._line.client()
            if client is not None:
                errand(client)
        except DeskError as error:
            log.info("the desk was not told something: %s", error)
        except Exception as error:  # the thread must live on
            log.warning("telling the desk something failed (%s)", type(error).__name__)


class Heartbeat:
    """The errand that says that this device lives."""

    def __init__(self, outbox: Callable[[], Outbox], clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._beat_at = -HEARTBEAT_EVERY_S
        self._told_signs: tuple[object, object] = (None, None)  # of trouble: staff shall see it soon
        self.condition: Told | None = None  # what else is told

    def beat(self, client: DeskClient) -> None:
        """Say so, from time to time.  Raises OutboxUnavailable."""
        now_s = time.monotonic()
        try:
            condition = dict(self.condition()) if self.condition else {}
            signs = condition.get("audio"), condition.get("error")
            if now_s - self._beat_at >= HEARTBEAT_EVERY_S or signs != self._told_signs:
                self._beat_at, self._told_signs = now_s, signs
                outbox = self._outbox()
                outbox.forget_arrived(before=self._clock() - FORGOTTEN_AFTER)
                waiting = sum(kept.state is State.WAITING for kept in outbox.kept())
                told = condition | {"waiting": waiting} if condition else {}
                client.heartbeat(version("koemado"), condition=told)
        except DeskUnavailable as error:
            self._beat_at = float("-inf")  # with the next errands: staff shall not wait half an hour for what is wrong
            log.info("the desk does not hear that this device lives: %s", error)
