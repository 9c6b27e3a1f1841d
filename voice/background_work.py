"""Work that takes its time, beside the loop that hears: one job after the other, in one thread."""

import logging
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

log = logging.getLogger(__name__)


class BackgroundWork:
    """Does jobs in order.  A job that fails is logged by the kind of its error, for the text may quote a customer."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._left = 0
        self._lock = Lock()
        self._thread = Thread(target=self._run, name="work", daemon=True)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """Whether a job is running or waits."""
        return self._left > 0

    def do(self, job: Callable[[], None]) -> None:
        """Do it when those before it are done."""
        with self._lock:
            self._left += 1
        self._jobs.put(job)

    def close(self, timeout_s: float = 1.0) -> None:
        """Do nothing more; a job that runs is waited for so long."""
        self._jobs.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception as error:  # the jobs behind it must be done all the same
                log.warning(
                    "something went wrong while answering: %s", type(error).__name__, exc_info=log.isEnabledFor(10)
                )
            with self._lock:
                self._left -= 1
