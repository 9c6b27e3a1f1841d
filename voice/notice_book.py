"""Notices as a device keeps them: those in force, how often each was told, and whether the customer wants any.

One file, written whole or not at all: power cuts and an absent desk take nothing away.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final
from uuid import UUID

from server.client import DeskClient
from server.clock import Clock
from server.notice_fetching import Listed
from server.notices import ToTell, readable
from voice.files import write_atomically
from voice.notice_rules import Standing, had_today

FILE: Final = "notices.json"
TIPS_KEPT: Final = timedelta(days=2)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    notices: tuple[ToTell, ...] = ()
    desk: str = ""  # names the enrolment they came by
    tag: str = ""
    told: Mapping[UUID, int] = field(default_factory=dict)
    reported: Mapping[UUID, int] | None = None  # None: nothing yet
    unasked_at: datetime | None = None
    is_off: bool = False
    was_hinted: bool = False
    tips: Mapping[str, datetime] = field(default_factory=dict)  # article -> when its tip was told


class NoticeBook:
    """For any number of threads.  Nothing here raises for what a disk does: what was told is remembered till the end."""

    def __init__(self, path: Path, clock: Clock, *, customers: Callable[[], frozenset[str]] = frozenset) -> None:
        """`customers` are the digests of those who are remembered here, see `ToTell.customer`."""
        self._path = path
        self._clock = clock
        self._customers = customers
        self._lock = Lock()
        self._kept = _read(path)

    def standing(self) -> Standing:
        """Return what there is to tell here."""
        kept = self._kept
        return Standing(
            notices=tuple(one for one in kept.notices if not one.customer or one.customer in self._customers()),
            times=kept.told,
            unasked_at=kept.unasked_at,
            is_off=kept.is_off,
            was_hinted=kept.was_hinted,
        )

    def note_told(self, notice: ToTell, now: datetime, *, unasked: bool, hinted: bool = False) -> None:
        """Remember that a notice was told."""
        with self._lock:
            told = {**self._kept.told, notice.id: self._kept.told.get(notice.id, 0) + 1}
            counts = unasked and not notice.is_recall_with_danger
            at = now if counts else self._kept.unasked_at
            self._keep(replace(self._kept, told=told, unasked_at=at, was_hinted=self._kept.was_hinted or hinted))

    def switch(self, *, off: bool) -> bool:
        """Tell no notices any more, or again; False when that could not be kept over a restart."""
        with self._lock:
            return self._keep(replace(self._kept, is_off=off))

    def may_tip(self, article_id: str, now: datetime) -> bool:
        """Whether the tip of this article may be told."""
        return not self._kept.is_off and not had_today(self._kept.tips.get(article_id), now)

    def note_tip(self, article_id: str, now: datetime) -> None:
        """Remember that it was."""
        with self._lock:
            recent = {name: at for name, at in self._kept.tips.items() if abs(now - at) < TIPS_KEPT}
            self._keep(replace(self._kept, tips=recent | {article_id: now}))

    def look(self, client: DeskClient, *, desk: str) -> None:
        """Bring the list up to date, and tell the desk what was told.  Raises DeskUnavailable.

        `desk` names the enrolment: the notices of another desk are none of ours.
        """
        self._begin_with(desk)
        listed = client.notices(self._kept.tag)
        if listed is not None:
            self._take(listed)
        told = {one.id: self._kept.told.get(one.id, 0) for one in self._kept.notices}
        if told != self._kept.reported:
            client.report_notices(told)
            with self._lock:
                self._keep(replace(self._kept, reported=told))

    def _begin_with(self, desk: str) -> None:
        with self._lock:
            if desk != self._kept.desk:
                self._keep(replace(self._kept, desk=desk, tag="", notices=(), told={}, reported=None))

    def _take(self, listed: Listed) -> None:
        """Take a list; what is no longer in it is withdrawn or over, and forgotten."""
        with self._lock:
            ids = {one.id for one in listed.notices}
            told = {one: times for one, times in self._kept.told.items() if one in ids}
            self._keep(replace(self._kept, notices=listed.notices, tag=listed.tag, told=told))

    def _keep(self, kept: _Kept) -> bool:
        self._kept = kept
        try:
            write_atomically(self._path, json.dumps(_written(kept), ensure_ascii=False).encode())
        except OSError as error:
            log.warning("notices cannot be kept: %s", error)
            return False
        return True


def _written(kept: _Kept) -> dict[str, Any]:
    return {
        "told": _named(kept.told),
        "reported": None if kept.reported is None else _named(kept.reported),
        "notices": [one.as_wire() for one in kept.notices],
        "desk": kept.desk,
        "tag": kept.tag,
        "unasked_at": kept.unasked_at and kept.unasked_at.isoformat(),
        "is_off": kept.is_off,
        "was_hinted": kept.was_hinted,
        "tips": {name: at.isoformat() for name, at in kept.tips.items()},
    }


def _named(counts: Mapping[UUID, int]) -> dict[str, int]:
    return {str(one): times for one, times in counts.items()}


def _read(path: Path) -> _Kept:
    """Read the file; one that is damaged holds nothing, and the desk says it all again."""
    try:
        found = json.loads(path.read_bytes())
        return _Kept(
            notices=readable(found["notices"]),
            desk=str(found["desk"]),
            tag=str(found["tag"]),
            told=_counts(found["told"]) or {},
            reported=_counts(found["reported"]),
            unasked_at=_moment(found["unasked_at"]),
            is_off=found["is_off"] is True,
            was_hinted=found["was_hinted"] is True,
            tips={str(name): _aware(at) for name, at in found["tips"].items()},
        )
    except FileNotFoundError:
        return _Kept()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        log.warning("%s holds no notices (%s)", path, type(error).__name__)
        return _Kept()


def _counts(found: Any) -> dict[UUID, int] | None:
    return None if found is None else {UUID(one): int(times) for one, times in found.items()}


def _moment(text: Any) -> datetime | None:
    return None if text is None else _aware(text)


def _aware(text: Any) -> datetime:
    found = datetime.fromisoformat(str(text))
    if found.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    return found
