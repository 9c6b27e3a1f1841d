"""The base of the desk's bundles as the device answers from it: always the one in use, else another base."""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Final

from kb.articles import Article
from kb.bundle import Bundle, opened
from kb.errors import ArticleUnknown, BundleRefused
from kb.ports import KnowledgeBase
from voice.bundle_shelf import BundleGone, BundleShelf, Held, State
from voice.models.errors import StoreBusy

_SWITCH: Final = 2**32  # more than the revisions of any base of one's own

log = logging.getLogger(__name__)


class BundleBase:
    """A KnowledgeBase that follows the shelf while the program runs.

    A bundle that cannot be read (any more) is given up for the one before, and where there is none, for `otherwise`.
    """

    def __init__(self, shelf: BundleShelf, otherwise: Callable[[], KnowledgeBase], *, program: str) -> None:
        self._shelf = shelf
        self._otherwise = otherwise
        self._program = program
        self._loading = Lock()
        self._loaded: tuple[State, Bundle | None, Held | None] | None = None

    @property
    def path(self) -> Path:
        """See `KnowledgeBase`."""
        held = self.held()
        return self._shelf.folder / held.file_name if held else self._other.path

    def articles(self) -> tuple[Article, ...]:
        """See `KnowledgeBase`."""
        bundle = self._in_use()[1]
        return bundle.articles if bundle else self._other.articles()

    def article(self, article_id: str) -> Article:
        """See `KnowledgeBase`."""
        found = next((a for a in self.articles() if a.id == article_id), None)
        if found is None:
            raise ArticleUnknown(article_id)
        return found

    def revision(self) -> int:
        """See `KnowledgeBase`; grows with every switch, going back included."""
        state, bundle, _ = self._in_use()
        return state.switches * _SWITCH + (0 if bundle else self._other.revision())

    def held(self) -> Held | None:
        """Return the bundle in use; None where another base is."""
        return self._in_use()[2]

    @cached_property
    def _other(self) -> KnowledgeBase:
        return self._otherwise()

    def _in_use(self) -> tuple[State, Bundle | None, Held | None]:
        with self._loading:
            state = self._shelf.state()
            if self._loaded is None or self._loaded[0] != state:
                self._loaded = state, *self._load(state)
            return self._loaded

    def _load(self, state: State) -> tuple[Bundle | None, Held | None]:
        for held in (state.current, state.previous):
            if held is None:
                continue
            if self._loaded and self._loaded[2] and self._loaded[2].sha256 == held.sha256:
                return self._loaded[1], held
            try:
                return opened(self._shelf.read(held)), held
            except (BundleGone, BundleRefused) as error:
                self._give_up(held, error)
        return None, None

    def _give_up(self, held: Held, error: BundleGone | BundleRefused) -> None:
        log.warning("the desk's bundle %s cannot be used, going back to the one before: %s", held.version, error)
        with suppress(StoreBusy, OSError):  # then it is tried, and given up, again at the next start
            self._shelf.give_up(held, str(error), self._program, ask_again=isinstance(error, BundleGone))
