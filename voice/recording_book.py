"""Recordings that customers agreed to, until the desk has them: a file each, readable by the owner alone, and a list.

The folder is made with the first yes.  What has arrived, was taken back or is too old is written over and removed.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any, Final
from uuid import UUID

from server.client import DeskClient
from server.clock import Clock
from server.deliveries import is_due, next_try
from server.errors import DeskUnavailable, RecordingRefused
from voice.files import write_atomically
from voice.notice_rules import had_today
from voice.recording_talk import Erased
from voice.recordings import Recording

FILE: Final = "recordings.json"
FOLDER: Final = "recordings"
OWNER_ONLY: Final = 0o600
UNDELIVERED: Final = timedelta(days=7)  # then a recording is erased though nobody heard it
KNOWN_FOR: Final = timedelta(days=400)  # so long it can be taken back by voice

log = logging.getLogger(__name__)


class _State(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    WITHDRAWN = "withdrawn"  # the desk is to be told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    at: datetime  # of the yes
    state: _State = _State.WAITING
    attempts: int = 0
    next_at: datetime | None = None
    desk: str = ""  # names the enrolment it is for; "": not known yet


@dataclass(frozen=True, slots=True)
class _Book:
    asked_at: datetime | None = None
    entries: Mapping[UUID, _Entry] | None = None

    @property
    def all(self) -> dict[UUID, _Entry]:
        return dict(self.entries or {})


class RecordingBook:
    """A `RecordingBoard` on the disk.  For any number of threads."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._path, self._folder = data_dir / FILE, data_dir / FOLDER
        self._clock = clock
        self._lock = Lock()
        self._book = _read(self._path)
        self._tidy()

    def may_ask(self, now: datetime) -> bool:
        """See `RecordingBoard`."""
        return not had_today(self._book.asked_at, now)

    def note_asked(self, now: datetime) -> None:
        """See `RecordingBoard`."""
        with self._lock:
            self._write(replace(self._book, asked_at=now))

    def keep(self, recording: Recording) -> bool:
        """See `RecordingBoard`."""
        with self._lock:
            try:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                write_atomically(self._file(recording.conversation), recording.body(), mode=OWNER_ONLY)
            except OSError as error:
                log.warning("a recording could not be kept: %s", error)
                return False
            if self._put(recording.conversation, _Entry(at=recording.agreed_at)):
                return True
            self._put(recording.conversation, None)
            self._erase_file(recording.conversation)
            return False

    def erase(self, *, last: bool) -> Erased:
        """See `RecordingBoard`.  The desk is told even of what may not have reached it."""
        with self._lock:
            entries = self._book.all
            there = sorted(
                (one for one in entries if entries[one].state is not _State.WITHDRAWN), key=lambda one: entries[one].at
            )
            wanted = there[-1:] if last else there
            reached = [one for one in wanted if entries[one].state is _State.SENT or entries[one].attempts]
            changed = {one: replace(entries[one], state=_State.WITHDRAWN, attempts=0, next_at=None) for one in reached}
            rest = {one: entry for one, entry in entries.items() if one not in wanted}
            if wanted and not self._write(replace(self._book, entries=rest | changed)):
                return Erased.FAILED
            for one in wanted:
                self._erase_file(one)
        if not wanted:
            return Erased.NOTHING
        return Erased.THERE if reached else Erased.HERE

    def send(self, client: DeskClient, *, desk: str, jitter: Callable[[], float]) -> None:
        """Bring what is due to the desk; `desk` names the enrolment.  Raises nothing for what the desk does."""
        self._tidy(desk)
        for one, entry in self._book.all.items():
            if entry.state is _State.SENT or (entry.next_at and not is_due(entry.next_at, now=self._clock())):
                continue
            begun = replace(entry, attempts=entry.attempts + 1)  # noted first: taken back from now on, the desk is told
            if self._settle(one, entry, begun):
                self._settle(one, begun, self._delivered(client, one, begun, jitter))

    def _delivered(self, client: DeskClient, one: UUID, begun: _Entry, jitter: Callable[[], float]) -> _Entry | None:
        """Hand a recording in, or have it erased; what is to be known of it now, None: nothing."""
        try:
            if begun.state is _State.WITHDRAWN:
                client.withdraw_recording(one)
                return None
            client.send_recording(one, self._file(one).read_bytes())
        except (RecordingRefused, OSError) as error:
            log.info("a recording is given up (%s)", type(error).__name__)
            return None
        except DeskUnavailable:
            return replace(begun, next_at=next_try(begun.attempts, now=self._clock(), jitter=jitter()))
        return replace(begun, state=_State.SENT, next_at=None)

    def _settle(self, one: UUID, before: _Entry, after: _Entry | None) -> bool:
        """Note what came of sending, unless something else became of it meanwhile; None: nothing of it is known any more."""
        with self._lock:
            if self._book.all.get(one) != before:
                return False
            if after is None or after.state is not _State.WAITING:
                self._erase_file(one)
            return self._put(one, after)

    def _put(self, one: UUID, entry: _Entry | None) -> bool:
        rest = {other: kept for other, kept in self._book.all.items() if other != one}
        return self._write(replace(self._book, entries=rest if entry is None else rest | {one: entry}))

    def _tidy(self, desk: str = "") -> None:
        """Erase what waited too long or is another desk's, and files that belong to nothing."""
        with self._lock:
            now, entries = self._clock(), self._book.all
            kept = {
                one: replace(entry, desk=entry.desk or desk)
                for one, entry in entries.items()
                if _lasts(entry, now, desk)
            }
            if kept != entries:
                self._write(replace(self._book, entries=kept))
            wanted = {self._file(one).name for one, entry in kept.items() if entry.state is _State.WAITING}
            found = list(self._folder.iterdir()) if self._folder.is_dir() else []
            for path in found:
                if path.name not in wanted:
                    _erase(path)

    def _file(self, conversation: UUID) -> Path:
        return self._folder / f"{conversation}.json"

    def _erase_file(self, conversation: UUID) -> None:
        _erase(self._file(conversation))

    def _write(self, book: _Book) -> bool:
        self._book = book
        try:
            write_atomically(self._path, json.dumps(_written(book)).encode(), mode=OWNER_ONLY)
        except OSError as error:
            log.warning("what became of recordings cannot be kept: %s", error)
            return False
        return True


def _lasts(entry: _Entry, now: datetime, desk: str) -> bool:
    if entry.state is not _State.WAITING:
        return abs(now - entry.at) < KNOWN_FOR
    is_ours = not (entry.desk and desk) or entry.desk == desk
    return is_ours and abs(now - entry.at) < UNDELIVERED


def _erase(path: Path) -> None:
    """Write over a file and remove it."""
    with suppress(FileNotFoundError):
        try:
            with path.open("r+b") as file:
                file.write(bytes(os.fstat(file.fileno()).st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            raise
        except OSError as error:
            log.warning("a recording could not be erased: %s", error)


def _written(book: _Book) -> dict[str, Any]:
    return {
        "asked_at": book.asked_at and book.asked_at.isoformat(),
        "recordings": {
            str(one): {
                "at": entry.at.isoformat(),
                "state": entry.state.value,
                "attempts": entry.attempts,
                "next_at": entry.next_at and entry.next_at.isoformat(),
                "desk": entry.desk,
            }
            for one, entry in book.all.items()
        },
    }


def _read(path: Path) -> _Book:
    """Read the list; a damaged one knows of nothing, and what it kept is erased."""
    try:
        found = json.loads(path.read_bytes())
        return _Book(
            asked_at=_moment(found["asked_at"]),
            entries={UUID(one): _entry(told) for one, told in found["recordings"].items()},
        )
    except FileNotFoundError:
        return _Book()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        log.warning("%s tells of no recordings (%s)", path, type(error).__name__)
        return _Book()


def _entry(told: Mapping[str, Any]) -> _Entry:
    at = _moment(told["at"])
    if at is None:
        raise ValueError("a recording needs its moment")
    return _Entry(
        at=at,
        state=_State(told["state"]),
        attempts=int(told["attempts"]),
        next_at=_moment(told["next_at"]),
        desk=str(told["desk"]),
    )


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(str(text))
    if found.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    return found
