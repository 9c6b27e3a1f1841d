"""What the queue keeps and says, as values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from server.attempts import CallEvent
from server.slots import OpenSeats, Slot
from server.spans import Span
from server.wire import CallbackRequest, Urgency

SAME_CASE_WITHIN = timedelta(days=1)  # from the case's latest request; another one on the same matter joins it


class Verdict(StrEnum):
    """What a submission did."""

    CREATED = "created"
    DUPLICATE = "duplicate"  # this id is known; nothing was changed, whatever else it said


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRequest:
    """A request and when the backend got it (UTC, by the backend's clock)."""

    request: CallbackRequest
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """Because of the customer's tier a promise is earlier than anybody else's would have been."""

    tier: str
    minutes: int | None  # None: anybody else would have had none


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A slot kept free for a case; `seat` counts the calls at that time from 0."""

    case_id: UUID
    slot: Slot
    seat: int
    earlier: Earlier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The request is stored.  `joined`: it became another voice of an open case instead of a case of its own."""

    verdict: Verdict
    case_id: UUID | None  # None: the request was erased since; it stays erased
    joined: bool = False
    promise: Promise | None = None  # what its case is promised now


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotWish:
    """How a new request gets its slot, in the transaction that stores it.

    `choose` is pure: from the slots taken within `span`, one for each seat of `open_seats`, to the slot wanted, or None.
    """

    skill: str
    seats: int
    span: Span
    choose: Callable[[Sequence[Slot]], Slot | None]
    open_seats: OpenSeats | None = None  # None: all seats
    among: Callable[[Slot], Sequence[int]] | None = None  # seats of a slot, in the order to be taken; None: all
    tier: str = ""  # of the customer
    others: "SlotWish | None" = None  # how it would be for anybody else, where there is a tier


def earlier_than(slot: Slot, others: Slot | None, tier: str) -> Earlier | None:
    """Say how much earlier it is than what anybody else would have got; None where it is not."""
    if others is None:
        return Earlier(tier, None)
    minutes = (others.span.begins - slot.span.begins) // timedelta(minutes=1)
    return Earlier(tier, minutes) if minutes > 0 else None


@dataclass(frozen=True, slots=True)
class SlotFull:
    """All seats of the slot are taken; the case's earlier promise, if any, still stands."""

    slot: Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One agent alone works on a case until `expires_at`.  `taken_from` names whom a take-over took it from."""

    case_id: UUID
    agent: str
    taken_at: datetime
    expires_at: datetime
    taken_from: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody else has the case."""

    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One matter of one customer: all requests about it, oldest first, and what was promised and done."""

    id: UUID
    topic: str
    urgency: Urgency  # the most urgent of its requests
    skill: str
    agent: str | None  # login of who follows it up
    due_at: datetime  # promised, or else the first time that was wished for; where there is danger when it came
    opened_at: datetime
    closed_at: datetime | None  # None: open
    close_reason: str | None
    requests: tuple[StoredRequest, ...]
    promise: Promise | None
    lease: Lease | None  # the latest not given back; may have expired
    events: tuple[CallEvent, ...]  # calls made, declined and messages, in the order of time
