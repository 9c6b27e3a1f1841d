"""Knowledge bundles on the device: the one in use, the one before, what was refused; one small file says which is which.

Replacing that file is the switch.  Bundles are written beside it before, and read only with the digest it holds, so that a
power cut at any moment leaves either the old base or the new one.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from voice.errors import VoiceError
from voice.files import write_atomically
from voice.models.disk import exclusive, sync_folder

FOLDER: Final = "desk-knowledge"  # in data_dir
_STATE: Final = "state.json"
_LOCK: Final = ".lock"
_PART: Final = ".part"

log = logging.getLogger(__name__)


class BundleGone(VoiceError):
    """A bundle on the shelf is missing or damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A bundle that lies here."""

    serial: int
    version: str
    sha256: str  # of its bytes
    articles: int
    since: str  # ISO 8601: when it came into use here

    @property
    def file_name(self) -> str:
        """The name of its file."""
        return f"{self.serial}-{self.sha256[:8]}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A bundle that is not used, and why; it is not tried again before it or the program changes."""

    serial: int
    version: str
    reason: str
    at: str  # ISO 8601
    program: str  # version of the program that refused it


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that is known, as it stands in the file."""

    key: str = ""  # id of the key the serials belong to
    highest: int = 0  # serial; a lower one is old, whoever offers it
    settled: int = 0  # serial of the release that was dealt with last; 0: ask for it again
    switches: int = 0  # how often the base in use has changed
    tried: tuple[int, int] = (0, 0)  # serial whose check began, and how often; it has not come to its end
    current: Held | None = None
    previous: Held | None = None
    refused: Refusal | None = None


class BundleShelf:
    """The folder; safe from many threads and processes, of which one at a time changes anything."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = folder
        self._now = now
        self._read: tuple[tuple[int, int, int], State] | None = None  # mark of the file, and what it said

    def state(self) -> State:
        """Return what is known; nothing where there is no such file or it cannot be read."""
        try:
            return self._known()
        except OSError as error:
            log.warning("what is known of the desk's bundles cannot be read: %s", error)
            return self._read[1] if self._read else State()

    def _known(self) -> State:
        """The same, for whoever changes it: what cannot be read just now must not be written over.  Raises OSError."""
        path = self.folder / _STATE
        try:
            found = path.stat()
            mark = found.st_ino, found.st_mtime_ns, found.st_size
            if self._read is None or self._read[0] != mark:
                self._read = mark, _state(json.loads(path.read_text(encoding="utf-8")))
            return self._read[1]
        except FileNotFoundError:
            return State()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("what was known of the desk's bundles is damaged (%s): %s", type(error).__name__, path)
            return State()

    def looked_at(self) -> datetime | None:
        """Return when the desk was asked last; None: never."""
        try:
            return datetime.fromtimestamp((self.folder / _LOCK).stat().st_mtime, UTC)
        except OSError:
            return None

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the shelf against other processes.  Raises StoreBusy at once when one holds it, OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with exclusive(self.folder):
            yield

    def note_looked(self) -> None:
        """Remember that the desk was asked."""
        with suppress(OSError):
            moment = self._now().timestamp()
            os.utime(self.folder / _LOCK, (moment, moment))

    def begin(self, key: str, program: str) -> State:
        """Return what is known under this key: with another one serials begin anew, and another program tries again."""
        state = self._known()
        if state.key != key:
            state = replace(state, key=key, highest=0, settled=0, tried=(0, 0), refused=None)
            self._write(state)
        elif state.refused and state.refused.program != program:
            state = replace(state, settled=0, tried=(0, 0), refused=None)
            self._write(state)
        return state

    def note_trying(self, serial: int) -> int:
        """Remember that a check begins; return how many of this release began before and came to no end."""
        state = self._known()
        before = state.tried[1] if state.tried[0] == serial else 0
        self._write(replace(state, tried=(serial, before + 1)))
        return before

    def take(self, serial: int, version: str, data: bytes, articles: int) -> None:
        """Put a checked bundle into use; the one before stays for going back.  Raises OSError, and nothing has changed."""
        state = self._known()
        held = Held(
            serial=serial, version=version, sha256=sha256(data).hexdigest(), articles=articles, since=self._moment()
        )
        write_atomically(self.folder / held.file_name, data)
        sync_folder(self.folder)  # its name must be there before the state speaks of it
        before = state.previous if state.current and state.current.sha256 == held.sha256 else state.current
        self._write(
            replace(
                state,
                highest=max(state.highest, serial),
                settled=serial,
                switches=state.switches + 1,
                tried=(0, 0),
                current=held,
                previous=before,
                refused=None,
            )
        )
        self._tidy()

    def refuse(self, serial: int, version: str, reason: str, program: str) -> None:
        """Remember that a release of the desk is of no use; what is in use stays."""
        state = self._known()
        refusal = Refusal(serial=serial, version=version, reason=reason, at=self._moment(), program=program)
        highest = max(state.highest, serial)
        self._write(replace(state, highest=highest, settled=serial, tried=(0, 0), refused=refusal))

    def give_up(self, held: Held, reason: str, program: str, *, ask_again: bool) -> None:
        """Go back from the bundle in use to the one before.  `ask_again`: it was damaged here, the desk's is good.

        Raises StoreBusy, OSError.
        """
        with self.changing():
            state = self._known()
            if state.current != held:
                return
            refusal = Refusal(
                serial=held.serial, version=held.version, reason=reason, at=self._moment(), program=program
            )
            self._write(
                replace(
                    state,
                    settled=0 if ask_again else state.settled,
                    switches=state.switches + 1,
                    current=state.previous,
                    previous=None,
                    refused=refusal,
                )
            )

    def read(self, held: Held) -> bytes:
        """Return a bundle's bytes, which are those that were verified.  Raises BundleGone."""
        path = self.folder / held.file_name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BundleGone(f"{path} cannot be read: {error.strerror}") from error
        if sha256(data).hexdigest() != held.sha256:
            raise BundleGone(f"{path} is damaged")
        return data

    def _write(self, state: State) -> None:
        write_atomically(self.folder / _STATE, json.dumps(asdict(state), ensure_ascii=False).encode())
        sync_folder(self.folder)

    def _tidy(self) -> None:
        """Take away what nothing refers to, such as files whose writing was cut short."""
        state = self._known()
        kept = {_STATE, _LOCK, *(held.file_name for held in (state.current, state.previous) if held)}
        for path in self.folder.iterdir():
            if path.name not in kept and path.suffix != _PART:
                with suppress(OSError):
                    path.unlink()

    def _moment(self) -> str:
        return self._now().isoformat(timespec="seconds")


def _state(found: Any) -> State:
    serial, times = found["tried"]
    made: dict[str, Any] = {name: Held(**found[name]) if found[name] else None for name in ("current", "previous")}
    made["refused"] = Refusal(**found["refused"]) if found["refused"] else None
    return State(**found | made | {"tried": (int(serial), int(times))})
