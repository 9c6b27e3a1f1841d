"""What a device may tell a customer about a case, as codes; the words are the device's.  Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.attempts import Attempt, SmsSent, asked_anew, moment_of
from server.records import Case


class Progress(StrEnum):
    """How far a request has come."""

    WAITING = "waiting"  # kept; no time is promised yet
    PROMISED = "promised"
    BEING_CALLED = "being_called"  # somebody has it in hand at this moment
    TRIED = "tried"  # called in vain; no other time is promised yet
    ASKED_BY_SMS = "asked_by_sms"  # the customer should get in touch
    CLOSED = "closed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls that rang; `last_outcome` is a code of `attempts.CallOutcome`, None when none rang."""

    count: int = 0
    last_outcome: str | None = None
    last_at: datetime | None = None


def progress_of(case: Case, now: datetime) -> Progress:
    """Return the state of a case as its customer sees it."""
    if case.closed_at is not None:
        return Progress.CLOSED
    if case.lease is not None and case.lease.expires_at > now:
        return Progress.BEING_CALLED
    if case.promise is not None:
        return Progress.PROMISED
    anew_at = asked_anew(case.events, [stored.received_at for stored in case.requests])
    events = [event for event in case.events if anew_at is None or moment_of(event) >= anew_at]
    rung = [event for event in events if isinstance(event, SmsSent) or _rang(event)]
    if not rung:
        return Progress.WAITING
    return Progress.ASKED_BY_SMS if isinstance(rung[-1], SmsSent) else Progress.TRIED


def calls_of(case: Case) -> Calls:
    """Return how often it rang and how the last call went."""
    rung = [event for event in case.events if isinstance(event, Attempt) and _rang(event)]
    if not rung:
        return Calls()
    return Calls(count=len(rung), last_outcome=rung[-1].outcome, last_at=rung[-1].rang_at)


def _rang(event: object) -> bool:
    return isinstance(event, Attempt) and event.outcome is not None and not event.incoming
