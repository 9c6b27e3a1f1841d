"""Keeping the device's articles those of its desk: fetch, verify, check, switch; or leave everything as it is.

Nothing is believed that the desk's key did not sign, and no release that is older than the newest seen: the serial, which
is signed too, tells.  Going back is the desk's to decide; it releases the earlier bundle anew.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kb.articles import Article
from kb.bundle import Bundle, opened
from kb.errors import BundleRefused
from server.bundle_fetching import Fetched, NothingPublished
from server.bundle_signature import BundleKey, SignatureWrong
from server.client import DeskClient
from server.errors import KeyInvalid
from voice.bundle_check import Verdict
from voice.bundle_shelf import BundleShelf, State
from voice.models.errors import StoreBusy

MOST_TRIES: Final = 5  # checks that began and came to no end: it is the bundle that ends the program

log = logging.getLogger(__name__)

Check = Callable[[Sequence[Article]], Verdict]


class Ended(StrEnum):
    """How a look for a newer bundle ended."""

    OFF = "off"  # a base of one's own is in use, or the setting says so
    NO_KEY = "no key"  # enrolled when desks published no bundles: enrol again
    NOTHING = "nothing published"
    UNCHANGED = "unchanged"
    SWITCHED = "switched"
    REFUSED = "refused"  # it was offered and is of no use; what was in use stays
    BUSY = "busy"  # another program of this device is looking


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of a look."""

    ended: Ended
    version: str = ""  # of the bundle it is about
    reason: str = ""  # why it was refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the desk is told: versions; "" for none."""

    knowledge: str = ""
    refused: str = ""


class KnowledgeUpdates:
    """Looks for a newer bundle at the desk when told to.  `wanted` says whether this device takes any."""

    def __init__(self, shelf: BundleShelf, check: Check, *, wanted: Callable[[], bool], program: str) -> None:
        self._shelf = shelf
        self._check = check
        self._wanted = wanted
        self._program = program

    def look(self, client: DeskClient, key: str) -> Looked:
        """Ask the desk once.  Raises DeskUnavailable, OSError (a full disk); then nothing has changed."""
        if not self._wanted():
            return Looked(ended=Ended.OFF)
        if not key:
            return Looked(ended=Ended.NO_KEY)
        try:
            with self._shelf.changing():
                looked = self._looked(client, BundleKey.of(key))
                self._shelf.note_looked()
                return looked
        except StoreBusy:
            return Looked(ended=Ended.BUSY)
        except KeyInvalid as error:
            return Looked(ended=Ended.NO_KEY, reason=str(error))

    def standing(self) -> Standing:
        """Return what the desk is to be told."""
        if not self._wanted():
            return Standing()
        state = self._shelf.state()
        return Standing(
            knowledge=state.current.version if state.current else "",
            refused=state.refused.version if state.refused else "",
        )

    def _looked(self, client: DeskClient, key: BundleKey) -> Looked:
        state = self._shelf.begin(key.id, self._program)
        try:
            fetched = client.knowledge(self._shelf.folder, known=state.settled)
        except NothingPublished:
            return Looked(ended=Ended.NOTHING)
        if fetched is None:
            return Looked(ended=Ended.UNCHANGED, version=state.current.version if state.current else "")
        try:
            return self._weighed(fetched, key, state)
        finally:
            fetched.path.unlink(missing_ok=True)

    def _weighed(self, fetched: Fetched, key: BundleKey, state: State) -> Looked:
        """Verify before anything is looked into; what is not the desk's is forgotten, not remembered as refused."""
        if fetched.key_id != key.id:
            return _refused(fetched, "it is signed with another key than this device believes: `koemado enrol` it anew")
        data = fetched.path.read_bytes()
        try:
            key.verify(fetched.serial, data, fetched.signature)
        except SignatureWrong as error:
            return _refused(fetched, str(error))
        if fetched.serial < state.highest:
            return _refused(fetched, "it is older than what the desk released before")
        if fetched.serial == state.settled:  # something on the way does not know entity tags
            return Looked(ended=Ended.UNCHANGED, version=fetched.version)
        if self._shelf.note_trying(fetched.serial) >= MOST_TRIES:
            return self._refuse(fetched, f"its check did not come to an end {MOST_TRIES} times")
        return self._judged(fetched, data)

    def _judged(self, fetched: Fetched, data: bytes) -> Looked:
        try:
            bundle = opened(data)
        except BundleRefused as error:
            return self._refuse(fetched, error.reason)
        verdict = self._checked(bundle)
        if not verdict.passes:
            return self._refuse(fetched, "; ".join(verdict.problems))
        self._shelf.take(fetched.serial, bundle.version, data, len(bundle.articles))
        log.info("articles of bundle %s are in use (%d)", bundle.version, len(bundle.articles))
        return Looked(ended=Ended.SWITCHED, version=bundle.version)

    def _checked(self, bundle: Bundle) -> Verdict:
        try:
            return self._check(bundle.articles)
        except OSError:  # the disk, not the bundle
            raise
        except Exception as error:  # whatever such articles do to the program, customers must not meet it
            return Verdict(problems=(f"the check failed ({type(error).__name__})",))

    def _refuse(self, fetched: Fetched, reason: str) -> Looked:
        self._shelf.refuse(fetched.serial, fetched.version, reason, self._program)
        return _refused(fetched, reason)


def _refused(fetched: Fetched, reason: str) -> Looked:
    log.warning("the desk's bundle %s is not used, what was in use stays: %s", fetched.version, reason)
    return Looked(ended=Ended.REFUSED, version=fetched.version, reason=reason)
