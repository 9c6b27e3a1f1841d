"""What a check of this device found, and how checks are run so that none of them can break or hold up the others."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from errno import EACCES, ENOSPC, EROFS
from threading import Thread
from typing import Final

from hardware.errors import HardwareError
from kb.errors import KnowledgeBaseError
from server.errors import DeskError
from voice.errors import VoiceError

WAIT_S: Final = 3.0  # for what waits for a network or a sound card, from the start of the examination
REPORT: Final = "KOEMADO_DEBUG=1 shows more; please report it"
OF_DISKS: Final[Mapping[int | None, str]] = {
    EROFS: "the disk is read-only: mount it read-write (a worn-out SD card does this by itself: replace it)",
    ENOSPC: "the disk is full: free some space",
    EACCES: "not allowed: give the folder to whom the program runs as",
}


class State(StrEnum):
    """How well a thing is."""

    FINE = "ok"
    LIMITED = "limited"  # works, but not all of it
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing examined."""

    check: str
    state: State
    detail: str
    remedy: str = ""  # what to do; "" when nothing need be done


def found_by(name: str, check: Callable[[], Iterable[Finding]], *, remedy: str) -> Iterator[Finding]:
    """Yield what a check finds; what it raises is a finding too.  `remedy` is for errors that name none."""
    try:
        yield from check()
    except OSError as error:
        detail = f"{error.filename or ''} {error.strerror or type(error).__name__}".strip()
        yield Finding(check=name, state=State.BROKEN, detail=detail, remedy=OF_DISKS.get(error.errno, remedy))
    except DeskError as error:  # what they say behind the colon is a reason
        yield Finding(check=name, state=State.BROKEN, detail=str(error), remedy=remedy)
    except (VoiceError, KnowledgeBaseError, HardwareError) as error:
        what, told = parted(str(error))
        yield Finding(check=name, state=State.BROKEN, detail=what, remedy=told or remedy)
    except Exception as error:  # a check nobody foresaw must not keep the others from the user
        detail = f"the check failed ({type(error).__name__})"
        yield Finding(check=name, state=State.BROKEN, detail=detail, remedy=REPORT)


def parted(text: str) -> tuple[str, str]:
    """Return what is wrong and what to do, of "what: remedy" or "what: why; remedy"; "" where it names no remedy."""
    before, mark, remedy = text.partition("; ")
    if mark and ": " in before:
        return before, remedy
    what, _, remedy = text.partition(": ")
    return what, remedy


class Waiting:
    """A check in a thread of its own, begun at once: networks, disks and sound cards may never answer."""

    def __init__(
        self, name: str, check: Callable[[], Iterable[Finding]], *, remedy: str, wait_s: float | None = None
    ) -> None:
        """`wait_s` counts from now; None: as long as people like to wait."""
        self._name, self._remedy = name, remedy
        self._found: list[Finding] = []
        self._wait_s = WAIT_S if wait_s is None else wait_s
        self._until = time.monotonic() + self._wait_s
        self._thread = Thread(target=self._run, args=(check,), name=name, daemon=True)
        self._thread.start()

    def findings(self) -> list[Finding]:
        """Return what was found in time."""
        self._thread.join(max(0.0, self._until - time.monotonic()))
        found = list(self._found)
        if self._thread.is_alive():
            detail = f"no answer within {self._wait_s:g} s"
            found.append(Finding(check=self._name, state=State.LIMITED, detail=detail, remedy=self._remedy))
        return found

    def _run(self, check: Callable[[], Iterable[Finding]]) -> None:
        for one in found_by(self._name, check, remedy=self._remedy):
            self._found.append(one)
