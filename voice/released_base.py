"""The base of the customers' page: what the desk released for it, read from the desk's own database."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Final

from kb.articles import Article
from kb.bundle import Bundle, opened
from kb.errors import ArticleUnknown, BaseUnreadable, BundleRefused
from kb.ports import KnowledgeBase
from server.bundles import BundleUnknown, Release
from server.errors import DeskError
from server.store.bundles import BundleStore

_SWITCH: Final = 2**32  # more than the revisions of any base of one's own
EVERY_S: Final = 2.0  # how often the desk is asked: a talk asks for every piece of sound
_MANY: Final = 30  # releases tried, the latest first, before the other base stands in

log = logging.getLogger(__name__)


class ReleasedBase:
    """A KnowledgeBase of the release meant for one device; of `otherwise` while nothing was ever released.

    While there are only trials on other devices it is what the desk kept to send those back to.  Every change of what is
    released has a higher serial, going back included.  A bundle that is damaged is passed over for the one before.
    """

    def __init__(
        self,
        bundles: Callable[[], BundleStore],
        device: str,
        otherwise: Callable[[], KnowledgeBase],
        *,
        folder: Path,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`folder`: the desk's, for people to read."""
        self._bundles = bundles
        self._device = device
        self._otherwise = otherwise
        self._folder = folder
        self._monotonic = monotonic
        self._asking, self._reading = Lock(), Lock()
        self._due = 0.0  # when the desk is asked again
        self._known: tuple[Release, ...] | str | None = None  # what it said last; str: why it could not
        self._read: tuple[int, bytes, Bundle] | None = None  # for which serial, what was read

    @property
    def path(self) -> Path:
        """See `KnowledgeBase`."""
        return self._folder if self.is_released() else self._other.path

    def articles(self) -> tuple[Article, ...]:
        """See `KnowledgeBase`."""
        found = self._in_use()
        return found[1].articles if found else self._other.articles()

    def article(self, article_id: str) -> Article:
        """See `KnowledgeBase`."""
        found = next((one for one in self.articles() if one.id == article_id), None)
        if found is None:
            raise ArticleUnknown(article_id)
        return found

    def revision(self) -> int:
        """See `KnowledgeBase`."""
        release = self._meant()
        return release.serial * _SWITCH if release else self._other.revision()

    def is_released(self) -> bool:
        """Whether the desk says what is told.  Raises KnowledgeBaseError."""
        return self._meant() is not None

    def data(self) -> bytes | None:
        """Return the bytes of the bundle in use; None where another base is.  Raises KnowledgeBaseError."""
        found = self._in_use()
        return found[0] if found else None

    @cached_property
    def _other(self) -> KnowledgeBase:
        return self._otherwise()

    def _meant(self) -> Release | None:
        return next(iter(self._candidates()), None)

    def _in_use(self) -> tuple[bytes, Bundle] | None:
        with self._reading:
            candidates = self._candidates()
            if not candidates:
                return None
            if self._read is None or self._read[0] != candidates[0].serial:
                found = next(self._readable(candidates[:_MANY]), None)
                if found is None:
                    return None
                self._read = candidates[0].serial, *found
            return self._read[1:]

    def _candidates(self) -> tuple[Release, ...]:
        """What the desk said last; who is due asks it, and nobody waits for that one but the very first."""
        with self._asking:
            is_due = self._known is None or self._monotonic() >= self._due
            self._due = self._monotonic() + EVERY_S if is_due else self._due
        if is_due:
            self._known = self._asked()
        known = self._known
        if known is None or isinstance(known, str):
            raise BaseUnreadable(self._folder, known or "it was not asked")
        return known

    def _asked(self) -> tuple[Release, ...] | str:
        try:
            return candidates(self._bundles().releases(limit=None), self._device)
        except DeskError as error:
            return str(error)

    def _readable(self, releases: Sequence[Release]) -> Iterator[tuple[bytes, Bundle]]:
        """Yield what those hold that are whole, each read when it is asked for."""
        for release in releases:
            try:
                data = self._data(release)
                yield data, _verified(data, release)
            except BundleRefused as error:
                log.warning("release %s is passed over for the one before: %s", release.version, error.reason)

    def _data(self, release: Release) -> bytes:
        try:
            return self._bundles().data(release.version)
        except BundleUnknown as error:  # forgotten meanwhile: nothing to wait for
            raise BundleRefused(str(error)) from error
        except DeskError as error:
            raise BaseUnreadable(self._folder, str(error)) from error


def candidates(releases: Sequence[Release], device: str) -> tuple[Release, ...]:
    """Return what a device may use, what it is to use (`server.bundles.meant_for`) first; () while that is nothing.

    Behind what was meant for it stands what was kept for nobody: what all told before the first trial.
    """
    kept = [one for one in releases if one.audience is not None and not one.audience]
    first = (one for one in releases if one.is_for(device))
    return tuple(one for some in (first, kept) for one in sorted(some, key=lambda one: one.serial, reverse=True))


def _verified(data: bytes, release: Release) -> Bundle:
    """Return what the bytes hold, every article checked.  Raises BundleRefused unless it is what was released."""
    bundle = opened(data)
    if bundle.content != release.content:
        raise BundleRefused("its articles are not those that were released")
    return bundle
