"""The thread that looks for newer articles at the desk, and tells it which ones this device answers from."""

import logging
from collections.abc import Callable
from importlib.metadata import version
from threading import Event, Thread
from typing import Final

from server.client import DeskClient
from server.errors import DeskError
from voice.desk_courier import DeskLine
from voice.errors import VoiceError
from voice.knowledge_updates import Ended, KnowledgeUpdates, Standing

FIRST_S: Final = 20.0  # after the start: a command that asks one question does not look at all
EVERY_S: Final = 900.0
NOT_ENROLLED_S: Final = 60.0
_SPREAD: Final = 0.2  # of the time between two looks, either way
CLOSE_WITHIN_S: Final = 0.2

log = logging.getLogger(__name__)


def tell(client: DeskClient, standing: Standing) -> None:
    """Tell the desk which bundles this device uses and could not use.  Raises DeskUnavailable."""
    client.heartbeat(version("koemado"), knowledge=standing.knowledge, refused=standing.refused)


class KnowledgeWatch:
    """Looks again and again, from `start` to `close`; whatever happens, it goes on and answers are given as before."""

    def __init__(
        self,
        line: DeskLine,
        updates: KnowledgeUpdates,
        *,
        jitter: Callable[[], float],
        first_s: float = FIRST_S,
        every_s: float = EVERY_S,
    ) -> None:
        """`jitter` gives numbers from 0 to 1, so that a house full of devices does not fetch in step."""
        self._line = line
        self._updates = updates
        self._jitter = jitter
        self._first_s = first_s
        self._every_s = every_s
        self._told: tuple[str, Standing] | None = None  # which desk knows what
        self._was_without_key = False
        self._closing = Event()
        self._thread = Thread(target=self._run, name="knowledge", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; a check that runs is not waited for, and begins anew at the next start."""
        self._closing.set()
        self._thread.join(CLOSE_WITHIN_S)

    def look(self) -> float:
        """Look once; returns how many seconds to wait until the next time."""
        try:
            client = self._line.client()
            if client is None:
                return NOT_ENROLLED_S
            try:
                looked = self._updates.look(client, self._line.bundle_key())
                self._tell_key(is_missing=looked.ended is Ended.NO_KEY)
            finally:
                self._report(client)
        except Exception as error:  # the thread must live on
            if not self._closing.is_set():
                if isinstance(error, (DeskError, VoiceError, OSError)):
                    log.info("no news of articles: %s", error)
                else:
                    log.warning("asking for articles failed (%s)", type(error).__name__)
        return self._every_s * (1 + _SPREAD * (2 * self._jitter() - 1))

    def _run(self) -> None:
        self._closing.wait(self._first_s * (1 + self._jitter()))
        while not self._closing.is_set():
            self._closing.wait(self.look())

    def _report(self, client: DeskClient) -> None:
        """Tell the desk what has changed since it was told last."""
        told = self._line.name(), self._updates.standing()
        if told != self._told:
            tell(client, told[1])
            self._told = told

    def _tell_key(self, *, is_missing: bool) -> None:
        if is_missing and not self._was_without_key:
            log.warning(
                "articles of the desk cannot be verified: this device was enrolled without its key, enrol it anew"
            )
        self._was_without_key = is_missing
