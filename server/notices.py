"""Notices: what devices tell of their own accord, which devices, how long, and in what order.  Pure."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from server.spans import TOKYO, in_utc

LONGEST_TEXT: Final = 200  # signs; half a minute of speech
MOST_READINGS: Final = 50
LONGEST_READING: Final = 100
LONGEST_SPAN: Final = timedelta(days=366)
MOST_TOLD: Final = 1_000_000
PAGE: Final = "browser"  # the page /talk, where devices are named
_KANA: Final = re.compile(r"[ぁ-ゖァ-ヺー・、。\s]+")
_DIGEST: Final = re.compile(r"([0-9a-f]{64})?")


class KindUnknown(ValueError):
    """Of a notice whose kind this program does not know."""


class Kind(StrEnum):
    """What a notice is about."""

    RECALL = "recall"
    OUTAGE = "outage"
    DELAY = "delay"
    OTHER = "other"
    STORY = "story"  # a question: how things are some days after a case was solved; its answer is the desk's
    FOLLOW_UP = "follow_up"  # after a purchase or a repair: the desk writes it, no person


WRITTEN: Final = (Kind.OUTAGE, Kind.RECALL, Kind.DELAY, Kind.OTHER)  # by staff


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTell:
    """A notice as a device gets it.  `customer` is whom it is for, see `customer_digest`; "" for whoever speaks."""

    id: UUID
    text: str
    kind: Kind
    begins: datetime
    ends: datetime
    readings: Mapping[str, str] = field(default_factory=dict)  # word -> kana
    at_once: bool = False
    danger: bool = False
    customer: str = ""
    topic: str = ""  # of a story: what a call about it is about

    @property
    def is_recall_with_danger(self) -> bool:
        """Whether it comes before all else, on any day and at any hour."""
        return self.kind is Kind.RECALL and self.danger

    def is_in_force(self, now: datetime) -> bool:
        """Whether it may be told now."""
        return self.begins <= now < self.ends

    def as_wire(self) -> dict[str, Any]:
        """Return it as JSON has it, times by Tokyo's clock."""
        return {
            "id": str(self.id),
            "text": self.text,
            "readings": dict(self.readings),
            "kind": self.kind.value,
            "at_once": self.at_once,
            "danger": self.danger,
            "begins": self.begins.astimezone(TOKYO).isoformat(),
            "ends": self.ends.astimezone(TOKYO).isoformat(),
            "customer": self.customer,
            **({"topic": self.topic} if self.topic else {}),
        }

    @classmethod
    def from_wire(cls, found: object) -> "ToTell":
        """Read what `as_wire` wrote.  Raises ValueError for anything else, KindUnknown for what a later desk tells."""
        if not isinstance(found, dict):
            raise ValueError("no notice")  # noqa: TRY004  # of what came, not of our own mistake
        try:
            read = cls(
                id=UUID(str(found["id"])),
                text=str(found["text"]),
                kind=_kind(found["kind"]),
                begins=in_utc(datetime.fromisoformat(str(found["begins"]))),
                ends=in_utc(datetime.fromisoformat(str(found["ends"]))),
                readings={str(word): str(kana) for word, kana in dict(found["readings"]).items()},
                at_once=found["at_once"] is True,
                danger=found["danger"] is True,
                customer=str(found["customer"]),
                topic=str(found.get("topic", "")),
            )
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError("no notice") from error
        longest = 4 * LONGEST_TEXT if read.kind is Kind.FOLLOW_UP else LONGEST_TEXT
        if not read.text.strip() or len(read.text) > longest or problem_of_readings(read.readings):
            raise ValueError("no notice")
        if not _DIGEST.fullmatch(read.customer):
            raise ValueError("no notice")
        return read


def readable(found: Sequence[object]) -> tuple[ToTell, ...]:
    """Read a list; a kind of a later desk is left out.  Raises ValueError for what is no notice."""
    read: list[ToTell] = []
    for one in found:
        with suppress(KindUnknown):
            read.append(ToTell.from_wire(one))
    return tuple(read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as the desk keeps it.  `devices` None: all."""

    told: ToTell
    devices: tuple[str, ...] | None
    made_by: str
    made_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""

    def is_in_force(self, now: datetime) -> bool:
        """Whether devices have it now."""
        return self.withdrawn_at is None and self.told.is_in_force(now)

    def is_for(self, device_id: str) -> bool:
        """Whether it is meant for this device."""
        return self.devices is None or device_id in self.devices


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a device said of a notice: it has it, and told it so often."""

    device: str
    told: int
    at: datetime


def in_order(notices: Sequence[ToTell]) -> tuple[ToTell, ...]:
    """Recalls with danger before all, then other recalls, then what is told at once, then the earliest."""

    def place(one: ToTell) -> tuple[bool, bool, bool, bool, datetime, str]:
        late = one.kind in (Kind.FOLLOW_UP, Kind.STORY)
        return (
            not one.is_recall_with_danger,
            one.kind is not Kind.RECALL,
            not one.at_once,
            late,
            one.begins,
            str(one.id),
        )

    return tuple(sorted(notices, key=place))


def listed(notices: Sequence[ToTell]) -> tuple[bytes, str]:
    """Return the body a device gets, and the tag it is known by."""
    body = json.dumps({"notices": [one.as_wire() for one in in_order(notices)]}, ensure_ascii=False, sort_keys=True)
    return body.encode(), f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'


def problem_of(told: ToTell, now: datetime) -> str | None:
    """Return which field of a notice to be made is wrong, or None."""
    if not told.text.strip() or len(told.text) > LONGEST_TEXT or not told.text.replace("\n", "").isprintable():
        return "text"
    if problem_of_readings(told.readings):
        return "readings"
    if told.kind not in WRITTEN:
        return "kind"
    if told.ends <= told.begins or told.ends <= now or told.ends - told.begins > LONGEST_SPAN:
        return "ends"
    return None


def problem_of_readings(readings: Mapping[str, str]) -> bool:
    """Whether a word has no reading in kana, or there are too many."""
    fits = all(
        word.strip() and len(word) <= LONGEST_READING and len(kana) <= LONGEST_READING and _KANA.fullmatch(kana)
        for word, kana in readings.items()
    )
    return len(readings) > MOST_READINGS or not fits


def customer_digest(token_digest: bytes, phone: str) -> str:
    """Return what a device knows a customer by: their E.164 number, keyed with the SHA-256 of the device's token."""
    return hmac.new(token_digest, phone.encode(), hashlib.sha256).hexdigest()


def _kind(found: object) -> Kind:
    """Raises KindUnknown: what a later desk tells may want more than being told."""
    if found not in list(Kind):
        raise KindUnknown("a kind of a later desk")
    return Kind(str(found))
