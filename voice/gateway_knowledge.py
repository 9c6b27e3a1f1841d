"""What all talks of a gateway know: what is newer is made ready beside them, and nobody waits for it."""

import logging
import time
from collections.abc import Callable
from datetime import date
from typing import Final

from kb.errors import KnowledgeBaseError
from voice.background_work import BackgroundWork
from voice.mind import Knowledge, Mind

RETRY_S: Final = 60.0  # behind a base that could not be made ready

log = logging.getLogger(__name__)


class SharedKnowledge:
    """For several threads: goes on with what it knows while a changed base is read, indexed and compiled.

    `ahead` does first what can be done elsewhere; `prepare` makes ready what belongs to a Mind, the recogniser above all;
    after it the Mind is given out.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        prepare: Callable[[Mind], object],
        *,
        ahead: Callable[[], object] = lambda: None,
        work: BackgroundWork | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Makes the first Mind, which takes its time.  Raises KnowledgeBaseError, and what `prepare` raises."""
        self._knowledge = knowledge
        self._prepare = prepare
        self._ahead = ahead
        self._work = work or BackgroundWork()
        self._monotonic = monotonic
        self._failed: tuple[tuple[int, date], float] | None = None  # which one, and until when it is left alone
        self._ready = knowledge.current()
        prepare(self._ready)

    def current(self) -> Mind:
        """The latest Mind that is ready; at once."""
        if not self._work.is_busy and self._is_behind():
            self._work.do(self._make_ready)
        return self._ready

    def _is_behind(self) -> bool:
        try:
            newest = self._knowledge.now()
        except KnowledgeBaseError:  # locked for a moment: what is known goes on
            return False
        if self._failed and self._failed[0] == newest and self._monotonic() < self._failed[1]:
            return False
        return newest != (self._ready.revision, self._ready.day)

    def _make_ready(self) -> None:
        newest = self._knowledge.now()
        try:
            self._ahead()
            mind = self._knowledge.current()
            self._prepare(mind)
        except Exception as error:  # the talks go on with what they know
            log.warning("a changed base could not be made ready: %s", type(error).__name__)
        else:
            self._ready = mind
        if newest != (self._ready.revision, self._ready.day):
            self._failed = newest, self._monotonic() + RETRY_S
