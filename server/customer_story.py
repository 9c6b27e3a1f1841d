"""Everything that happened with one customer, as one story: over all devices, the telephone and the desk.  Pure."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from server.attempts import Attempt, CallEvent, Declined, SmsSent, moment_of
from server.follow_ups import FollowUp
from server.measure_rows import Call
from server.measure_rows import Promised as Slot
from server.records import Case, Earlier, StoredRequest
from server.spans import Span
from server.store.notes import Note
from server.verdicts import Verdict, as_one, judged

DESK: Final = "desk"  # stands in requests for the device where a customer called the desk itself


class Kind(StrEnum):
    """What happened; `Entry.what` is of the type named."""

    REQUEST = "request"  # StoredRequest, from a device or a browser
    INCOMING = "incoming"  # StoredRequest, of a customer who called the desk
    CALL = "call"  # Attempt
    SMS = "sms"  # SmsSent
    PROMISE = "promise"  # Promised
    NOTE = "note"  # Note
    RATING = "rating"  # Rating
    RECOMMENDATION = "recommendation"  # int
    FOLLOW_UP = "follow_up"  # FollowUp
    STORY = "story"  # Asked: how things are since
    CLOSED = "closed"  # str, the reason


_ORDER: Final = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A time that was promised, and what became of it."""

    case_id: UUID
    span: Span
    made_at: datetime
    verdict: Verdict
    earlier: Earlier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer about a case: a rating, a recommendation, or how things are since."""

    case_id: UUID
    at: datetime
    what: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened, or is to come."""

    at: datetime
    kind: Kind
    case_id: UUID
    what: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a customer's cases."""

    cases: Sequence[Case]
    promises: Sequence[Promised] = ()
    notes: Sequence[tuple[UUID, Note]] = ()
    ratings: Sequence[Said] = ()
    recommendations: Sequence[Said] = ()
    follow_ups: Sequence[tuple[UUID, FollowUp]] = ()
    stories: Sequence[Said] = ()


def story_of(facts: Facts) -> tuple[Entry, ...]:
    """Return it all, the newest first; what happened at the same moment stands the other way round, too."""
    entries = [entry for case in facts.cases for entry in _of_case(case)]
    entries += [_entry(one.made_at, Kind.PROMISE, one.case_id, one) for one in facts.promises]
    entries += [_entry(note.at, Kind.NOTE, case_id, note) for case_id, note in facts.notes]
    entries += _said(Kind.RATING, facts.ratings)
    entries += _said(Kind.RECOMMENDATION, facts.recommendations)
    entries += _said(Kind.STORY, facts.stories)
    entries += [_entry(one.told_at or one.due_at, Kind.FOLLOW_UP, case_id, one) for case_id, one in facts.follow_ups]
    return tuple(sorted(entries, key=lambda entry: (entry.at, _ORDER[entry.kind]), reverse=True))


def promises_of(
    cases: Sequence[Case], slots: Iterable[tuple[Slot, Earlier | None]], *, now: datetime
) -> tuple[Promised, ...]:
    """Return what became of the promises of some cases; what was undone and given again is one."""
    found = list(slots)
    earlier = {(slot.case_id, slot.span): because for slot, because in found}
    own: dict[Hashable, UUID] = {case.id: case.id for case in cases}
    calls = [call for case in cases for call in _calls(case)]
    return tuple(
        Promised(
            case_id=own[slot.case_id],
            span=slot.span,
            made_at=slot.made_at,
            verdict=verdict,
            earlier=earlier[slot.case_id, slot.span],
        )
        for slot, verdict in judged(as_one(slot for slot, _ in found), calls, now=now)
    )


def _calls(case: Case) -> Iterator[Call]:
    for event in case.events:
        if isinstance(event, Attempt):
            yield Call(
                case_id=case.id, at=event.rang_at or event.dialled_at, rang_at=event.rang_at, outcome=event.outcome,
                resolution=event.resolution, incoming=event.incoming,
            )  # fmt: skip


def _of_case(case: Case) -> Iterator[Entry]:
    for stored in case.requests:
        yield _entry(stored.received_at, kind_of(stored), case.id, stored)
    for event in case.events:
        if (kind := _kind_of(event)) is not None:
            yield _entry(moment_of(event), kind, case.id, event)
    if case.closed_at is not None:
        yield _entry(case.closed_at, Kind.CLOSED, case.id, case.close_reason or "")


def kind_of(stored: StoredRequest) -> Kind:
    """Say whether a customer called the desk itself."""
    return Kind.INCOMING if stored.request.device == DESK else Kind.REQUEST


def _kind_of(event: CallEvent) -> Kind | None:
    match event:
        case Attempt():
            return Kind.CALL
        case SmsSent():
            return Kind.SMS
        case Declined():  # the desk's own affair
            return None


def _said(kind: Kind, answers: Iterable[Said]) -> list[Entry]:
    return [_entry(one.at, kind, one.case_id, one.what) for one in answers]


def _entry(at: datetime, kind: Kind, case_id: UUID, what: Any) -> Entry:
    return Entry(at=at, kind=kind, case_id=case_id, what=what)
