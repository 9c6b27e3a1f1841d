"""The thread that waits at the desk for news of this device's requests.

One of its own: the desk answers only when there is news, or after `WAIT_S`, and a request must not wait for that.
"""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from server.client import DeskClient
from server.errors import AnswerUnusable, DeskError, DeskUnavailable
from voice.desk_courier import DeskLine

WAIT_S: Final = 25  # the desk holds the question no longer; proxies often give up after 30
SOON_S: Final = 0.5  # between two questions
HASTY_S: Final = 30.0  # after an answer that came at once and said nothing: this desk does not wait
NOT_ENROLLED_S: Final = 60.0
FIRST_BACK_OFF_S: Final = 5.0
LONGEST_BACK_OFF_S: Final = 300.0
MOST_DOUBLINGS: Final = 10
CLOSE_WITHIN_S: Final = 0.2

Look = Callable[[DeskClient, str, int], bool]
"""Asks a client for news, given the enrolment's name and how long to wait; whether there was any.  Raises DeskError."""

log = logging.getLogger(__name__)


def pause_s(*, failures: int, found: bool, took_s: float, jitter: float) -> float:
    """Return how long to wait before asking again.

    `failures` in a row double it, and `jitter` from 0 to 1 takes up to half of it away, so that a house full of devices
    does not ask in step when the desk is back.
    """
    if failures:
        doubled: float = FIRST_BACK_OFF_S * 2 ** min(failures - 1, MOST_DOUBLINGS)
        return min(doubled, LONGEST_BACK_OFF_S) * (1 - jitter / 2)
    return SOON_S if found or took_s >= WAIT_S / 2 else HASTY_S


class NewsWatch:
    """Asks again and again, from `start` to `close`; whatever the desk answers, it goes on."""

    def __init__(
        self,
        line: DeskLine,
        look: Look,
        *,
        jitter: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._look = look
        self._jitter = jitter
        self._monotonic = monotonic
        self._failures = 0
        self._closing = Event()
        self._thread = Thread(target=self._run, name="news", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; a question that hangs is not waited for."""
        self._closing.set()
        self._thread.join(CLOSE_WITHIN_S)

    def ask(self) -> float:
        """Ask once; returns how many seconds to wait until the next time."""
        began = self._monotonic()
        found = False
        try:
            enrolment = self._line.name()
            client = self._line.client()
            if client is None:
                return NOT_ENROLLED_S
            found = self._look(client, enrolment, WAIT_S)
            self._failures, self._line.is_away = 0, False
        except Exception as error:  # the thread must live on
            self._failures += 1
            self._line.is_away = self._line.is_away or _is_silence(error)
            self._tell(error)
        return pause_s(failures=self._failures, found=found, took_s=self._monotonic() - began, jitter=self._jitter())

    def _run(self) -> None:
        while not self._closing.is_set():
            self._closing.wait(self.ask())

    def _tell(self, error: Exception) -> None:
        if not self._closing.is_set():
            if isinstance(error, DeskError):
                log.info("no news: %s", error)
            else:
                log.warning("asking for news failed (%s)", type(error).__name__)


def _is_silence(error: Exception) -> bool:
    """Whether no desk answered."""
    return isinstance(error, DeskUnavailable) and not isinstance(error, AnswerUnusable)
