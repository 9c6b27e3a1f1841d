"""What came of sending a request to the desk, and when to try again: values and one pure rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from server.errors import FieldProblem
from server.spans import Span

FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=15)  # a customer waits: rather ask too often than an hour late


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The desk has it.  `new` is False when it had it already."""

    new: bool
    promise: Span | None = None
    offers: tuple[Span, ...] = ()  # free times, where nothing could be promised
    tier: str = ""  # of the customer, as they are told it; "": the promise is no earlier for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The request itself is wrong; sending it again cannot help."""

    status: int
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TryLater:
    """No answer, or none to be believed.  `reason` holds nothing personal."""

    reason: str
    wait: timedelta | None = None  # as the desk asked for
    unreachable: bool = False  # no answer at all: another request would fare no better now


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """The desk does not know this device (any more): enrol it; until then nothing is sent."""


Delivery = Arrived | Refused | TryLater | TokenRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a request, as the desk tells it; codes are those of docs/desk-api.md."""

    id: UUID
    state: str
    promise: Span | None
    agent: str | None
    calls: int  # that rang
    last_outcome: str | None
    close_reason: str | None
    offers: tuple[Span, ...] = ()
    recommend_until: datetime | None = None  # until when the customer may be asked whether they would recommend us
    address: str = ""  # how the customer is called, see `server.customers.AddressForm`; "": nobody chose
    tier: str = ""  # of the customer, as they are told it; "": the promise is no earlier for it


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Requests whose case changed; ask on with `next`."""

    ids: tuple[UUID, ...]
    next: int


def next_try(attempts: int, *, now: datetime, jitter: float, wait: timedelta | None = None) -> datetime:
    """Return when to try again after so many failed attempts (1 and more).

    The wait doubles up to LONGEST_WAIT; `jitter` from 0 to 1 takes up to half of it away, so that a house full of
    devices does not ask in step ("full jitter" halved, AWS Architecture Blog 2015).  A wait the desk asked for counts
    where it is longer, up to LONGEST_WAIT.
    """
    doubled: timedelta = min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
    own = doubled * (1 - jitter / 2)
    return now + max(own, min(wait or timedelta(), LONGEST_WAIT))


def is_due(next_at: datetime, *, now: datetime) -> bool:
    """Whether to try now.  A time farther off than any wait comes from a clock that was set back: then now."""
    return next_at <= now or next_at - now > LONGEST_WAIT


def told(problems: Sequence[FieldProblem]) -> str:
    """Return the problems in a line, for `koemado outbox list`."""
    return "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
