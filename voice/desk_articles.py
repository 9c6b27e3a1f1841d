"""The articles of the knowledge base as the callback desk shows them to staff, always as the base stands now."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType

from kb.articles import Article
from kb.errors import KnowledgeBaseError
from kb.ports import KnowledgeBase
from server.articles import ArticleCard

log = logging.getLogger(__name__)

RETRY_S = 10.0  # a base that cannot be read is not asked again at every page

YOUNG_NS = 100_000_000  # two changes as close as that may leave the same time on the file

Mark = tuple[int, int, int]  # inode, time and size of the base's file


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read, and from which state of the file; None: there was no file."""

    mark: Mark | None = None
    settled: bool = True  # False: the file was so young that it may have changed since without a trace
    cards: Mapping[str, ArticleCard] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


class KnowledgeBaseArticles:
    """An `ArticleDirectory` over a base in a file; reads it when first asked, and anew once the file has changed.

    Safe from many threads: while one reads anew, the others get what was known.  A base that is gone or cannot be read
    leaves the last known cards in place, with a warning in the log.  `otherwise` opens what is in force as long as
    there never was a file.  Expired articles are shown too: cases outlive them.
    """

    def __init__(
        self,
        base: KnowledgeBase,
        otherwise: Callable[[], KnowledgeBase] | None = None,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        wall_clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._base = base
        self._otherwise = otherwise
        self._clock_s = clock_s
        self._wall_clock_ns = wall_clock_ns
        self._reading = Lock()
        self._known: _Known | None = None  # None: nothing was read yet
        self._failed: tuple[Mark | None, float, str] | None = None  # the file then, when to try again, why

    def card(self, article_id: str) -> ArticleCard | None:
        """See `ArticleDirectory`."""
        return self._current().cards.get(article_id)

    def titles(self) -> Mapping[str, str]:
        """See `ArticleDirectory`."""
        return self._current().titles

    def _current(self) -> _Known:
        known, mark = self._known, self._mark()
        if known and known.settled and known.mark == mark:
            self._failed = None
            return known
        if self._reading.acquire(blocking=known is None):
            try:
                self._read_if_due(self._mark())
            finally:
                self._reading.release()
        return self._known or _Known()

    def _mark(self) -> Mark | None:
        try:
            found = self._base.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _read_if_due(self, mark: Mark | None) -> None:
        if self._known and self._known.settled and self._known.mark == mark:
            return  # another thread did
        failed = self._failed  # another thread may forget it meanwhile
        if failed and failed[0] == mark and self._clock_s() < failed[1]:
            return
        try:
            settled = mark is None or abs(self._wall_clock_ns() - mark[1]) > YOUNG_NS
            self._known = _known(mark, settled, self._in_force(mark).articles())
            self._failed = None
        except (KnowledgeBaseError, OSError, ValueError) as error:
            self._note_failure(mark, error)

    def _in_force(self, mark: Mark | None) -> KnowledgeBase:
        never_a_file = mark is None and (self._known is None or self._known.mark is None)
        return self._otherwise() if self._otherwise and never_a_file else self._base

    def _note_failure(self, mark: Mark | None, error: Exception) -> None:
        reason, failed = str(error), self._failed
        if failed is None or failed[2] != reason:
            log.warning("staff see the articles as they were last read: %s", reason)
        self._failed = mark, self._clock_s() + RETRY_S, reason


def _known(mark: Mark | None, settled: bool, articles: Iterable[Article]) -> _Known:
    cards = {article.id: _card(article) for article in articles}
    titles = {card.id: card.title for card in cards.values()}
    return _Known(mark, settled, MappingProxyType(cards), MappingProxyType(titles))


def _card(article: Article) -> ArticleCard:
    return ArticleCard(
        id=article.id,
        title=article.title,
        answer=article.answer,
        staff_note=article.staff_note,
        authority=article.authority,
        authority_up_to_yen=article.authority_up_to_yen,
        steps=tuple(step.text for step in article.steps),
        readings=article.readings,
        safety=article.safety,
        variants=article.variants,
    )
