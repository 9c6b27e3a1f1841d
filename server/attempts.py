"""Calls made for a case and what comes next, as a pure function of its history.

A call that nobody answered tells something only if it rang: `rang_at` is the moment the customer's line
answered with ringing, busy or a voice.  What waited in a queue, never got through, or was declined by the agent
is no attempt (compare instedd/surveda #1619).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from server.opening_hours import Block
from server.spans import TOKYO, Span, in_utc

LONGEST_GAP: Final = 366 * 24 * 60  # minutes


class CallOutcome(StrEnum):
    """How a call went."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"  # a message was left
    WRONG_NUMBER = "wrong_number"
    CALL_LATER = "call_later"
    REACHED = "reached"


class Resolution(StrEnum):
    """What a reached call came to; calmed and satisfied differ in who stays a customer."""

    SATISFIED = "satisfied"  # solved and satisfied
    CALMED = "calmed"  # not satisfied
    UNSOLVED = "unsolved"
    PASSED_ON = "passed_on"


class CloseReason(StrEnum):
    """Why no further call is made."""

    WRONG_NUMBER = "wrong_number"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call; moments become UTC.

    Raises ValueError for naive moments, and when resolution and outcome, or outcome and ringing, contradict.
    """

    id: UUID  # made by the page, so that a double click is one attempt
    agent: str
    dialled_at: datetime
    rang_at: datetime | None  # None: the call never got through to the customer's line
    outcome: CallOutcome | None  # None exactly when it never rang
    resolution: Resolution | None = None  # set exactly when reached
    later_at: datetime | None = None  # when the customer asked to be called (again)
    note: str = ""
    how_solved: str = ""  # feeds the knowledge base
    incoming: bool = False  # the customer called us: taken for a call that reached them, but no attempt of ours

    def __post_init__(self) -> None:
        _turn_into_utc(self, "dialled_at", "rang_at", "later_at")
        if (self.rang_at is None) != (self.outcome is None):
            raise ValueError("a call has an outcome exactly when it rang")
        if (self.outcome is CallOutcome.REACHED) != (self.resolution is not None):
            raise ValueError("a call has a resolution exactly when somebody was reached")

    @property
    def failed(self) -> bool:
        """Whether it rang and nobody was spoken to."""
        return self.outcome in (CallOutcome.NO_ANSWER, CallOutcome.BUSY, CallOutcome.VOICEMAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """An agent passed the call by; not the customer's doing, so it counts for nothing."""

    id: UUID
    agent: str
    at: datetime

    def __post_init__(self) -> None:
        _turn_into_utc(self, "at")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSent:
    """A message asked the customer to get in touch."""

    id: UUID
    at: datetime

    def __post_init__(self) -> None:
        _turn_into_utc(self, "at")


CallEvent = Attempt | Declined | SmsSent


def moment_of(event: CallEvent) -> datetime:
    """When it happened, in UTC; what a history is ordered by."""
    return event.dialled_at if isinstance(event, Attempt) else event.at


def _turn_into_utc(event: CallEvent, *names: str) -> None:
    for name in names:
        moment = getattr(event, name)
        object.__setattr__(event, name, None if moment is None else in_utc(moment))


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptPolicy:
    """How often and when to try again.  Raises ValueError for what cannot be followed."""

    most: int = 4  # failed attempts until something else happens
    gap_minutes: tuple[int, ...] = (120, 1440, 2880)  # after each failed attempt; the last one repeats
    busy_gap_minutes: int = 15
    window_minutes: int = 120  # how long the next attempt's window is, inside a part of the day
    day_parts: tuple[Block, ...] = (Block(540, 720), Block(780, 960), Block(960, 1080))
    sms_afterwards: bool = True  # False: close at once
    sms_wait_minutes: int = 4320

    def __post_init__(self) -> None:
        if self.most < 1 or not self.gap_minutes or self.window_minutes < 1:
            raise ValueError("at least one attempt, one gap and a window of a minute are needed")
        if min(*self.gap_minutes, self.busy_gap_minutes, self.sms_wait_minutes, 0) < 0:
            raise ValueError("gaps must not be negative")
        if max(*self.gap_minutes, self.busy_gap_minutes, self.sms_wait_minutes, self.window_minutes) > LONGEST_GAP:
            raise ValueError("gaps and windows last a year at most")


@dataclass(frozen=True, slots=True)
class CallAgain:
    """Call in this window; it knows no business hours, `promising.slot_for` finds the slot.

    `part` is the time of day that was chosen because it was tried least; None where any hour will do.
    """

    window: Span
    part: Block | None = None


@dataclass(frozen=True, slots=True)
class SendSms:
    """The attempts are used up: ask by message."""


@dataclass(frozen=True, slots=True)
class Close:
    """Make no further call, from `at` on; the device says a word about it."""

    reason: CloseReason
    at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """The customer was reached and nothing more was agreed."""

    resolution: Resolution


NextStep = CallAgain | SendSms | Close | Done


def asked_anew(history: Sequence[CallEvent], requests_at: Sequence[datetime]) -> datetime | None:
    """Return when the customer asked again after the latest SMS, the last time they did; None when they did not."""
    sent = [event.at for event in history if isinstance(event, SmsSent)]
    return max((at for at in requests_at if sent and at > sent[-1]), default=None)


def next_step(
    history: Sequence[CallEvent], policy: AttemptPolicy, now: datetime, *, anew_at: datetime | None = None
) -> NextStep:
    """Decide what a case needs next.  `history` is in the order of time; no window begins before `now`.

    `anew_at`: when the customer last asked again, see `asked_anew`; the policy begins anew with it, for what failed
    and was sent before was answered.
    """
    now = in_utc(now)
    rung = [event for event in history if isinstance(event, Attempt) and event.outcome]
    if not rung:
        return CallAgain(_window(now, policy))
    last = rung[-1]
    if last.outcome is CallOutcome.WRONG_NUMBER:
        return Close(CloseReason.WRONG_NUMBER, now)
    if last.later_at is not None:
        return CallAgain(_window(max(last.later_at, now), policy))
    if last.resolution is not None:
        return Done(last.resolution)
    failed = sum(attempt.failed for attempt in rung if anew_at is None or attempt.dialled_at >= anew_at)
    if failed >= policy.most and last.failed:
        return _give_up([event for event in history if anew_at is None or moment_of(event) >= anew_at], policy, now)
    return _again(rung, failed, policy, now)


def _window(begins: datetime, policy: AttemptPolicy) -> Span:
    return Span(begins, begins + timedelta(minutes=policy.window_minutes))


def _give_up(history: Sequence[CallEvent], policy: AttemptPolicy, now: datetime) -> NextStep:
    if not policy.sms_afterwards:
        return Close(CloseReason.UNREACHABLE, now)
    sent = [event.at for event in history if isinstance(event, SmsSent)]
    if not sent:
        return SendSms()
    return Close(CloseReason.UNREACHABLE, max(now, sent[-1] + timedelta(minutes=policy.sms_wait_minutes)))


def _again(rung: Sequence[Attempt], failed: int, policy: AttemptPolicy, now: datetime) -> CallAgain:
    last = rung[-1]
    rang_at = last.rang_at or last.dialled_at
    if last.outcome is CallOutcome.BUSY:
        return CallAgain(_window(max(now, rang_at + timedelta(minutes=policy.busy_gap_minutes)), policy))
    gap = policy.gap_minutes[min(max(failed, 1), len(policy.gap_minutes)) - 1]
    earliest = max(now, rang_at + timedelta(minutes=gap))
    if not policy.day_parts:
        return CallAgain(_window(earliest, policy))
    return _in_other_part(rung, policy, earliest)


def _in_other_part(rung: Sequence[Attempt], policy: AttemptPolicy, earliest: datetime) -> CallAgain:
    """Choose, among the parts of the day tried least, the one that comes first."""
    tried = [sum(_falls_in(attempt, part) for attempt in rung) for part in policy.day_parts]
    least = [part for part, times in zip(policy.day_parts, tried, strict=True) if times == min(tried)]
    begins, end, part = min(((*_next_time(part, earliest), part) for part in least), key=lambda found: found[0])
    return CallAgain(Span(begins, min(end, _window(begins, policy).ends)), part)


def _falls_in(attempt: Attempt, part: Block) -> bool:
    local = (attempt.rang_at or attempt.dialled_at).astimezone(TOKYO)
    return part.opens_minute <= local.hour * 60 + local.minute < part.closes_minute


def _next_time(part: Block, earliest: datetime) -> tuple[datetime, datetime]:
    today = earliest.astimezone(TOKYO).date()
    span = part.on(today)
    if span.ends <= earliest:
        span = part.on(today + timedelta(days=1))
    return max(span.begins, earliest), span.ends
