"""What the month remembers of itself: what customers did, what they were promised, which calls were made.  The truth."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from benchmarks.month_plan import Matter
from server.attempts import Attempt, CallOutcome
from server.insight.material import Ending, Sign
from server.ratings import Rating
from server.spans import Span


@dataclass(slots=True, kw_only=True)
class Told:
    """A matter somebody brought up at a device, and what they did about it."""

    matter: Matter
    device: str
    talk: UUID
    turn: int
    at: datetime
    words: str  # the first ones
    article: str | None = None  # what was answered last
    sign: Sign = Sign.UNANSWERED
    request: UUID | None = None
    helped: bool = False  # whether it was truly solved at the device, whatever the customer said

    @property
    def ending(self) -> Ending:
        """How it ended, as docs/insight.md has it."""
        if self.sign in (Sign.YES, Sign.THANKS, Sign.QUIET):
            return Ending.VOICE
        return {Sign.REQUEST: Ending.HUMAN, Sign.REPEATED: Ending.AGAIN}.get(self.sign, Ending.LOST)


@dataclass(slots=True)
class Agreed:
    """A time that was promised; `ended_at`: when something else was."""

    span: Span
    made_at: datetime
    ended_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Followed:
    """A case as its customer and the agents saw it."""

    id: UUID
    phone: str
    matter: Matter
    device: str
    opened_at: datetime
    safety: bool = False
    requests: dict[UUID, datetime] = field(default_factory=dict)  # when each came in
    withdrawn: set[UUID] = field(default_factory=set)
    promises: list[Agreed] = field(default_factory=list)
    calls: dict[UUID, Attempt] = field(default_factory=dict)
    closed_at: datetime | None = None
    reason: str = ""

    @property
    def promised(self) -> Span | None:
        """What is promised now."""
        last = self.promises[-1] if self.promises else None
        return last.span if last and last.ended_at is None else None

    def agree(self, span: Span | None, at: datetime) -> None:
        """Something is promised, or nothing any more."""
        if span == self.promised:
            return
        if self.promised:
            self.promises[-1].ended_at = at
        if span:
            self.promises.append(Agreed(span, at))

    def close(self, reason: str, at: datetime) -> None:
        """It is over."""
        self.agree(None, at)
        self.closed_at, self.reason = at, reason

    @property
    def rung(self) -> list[Attempt]:
        """The calls that rang, the first one first."""
        return sorted(
            (one for one in self.calls.values() if one.rang_at), key=lambda one: one.rang_at or one.dialled_at
        )

    @property
    def reached(self) -> list[Attempt]:
        """Those somebody answered who was meant."""
        return [one for one in self.rung if one.outcome is CallOutcome.REACHED]


@dataclass(slots=True)
class Memory:
    """All of it."""

    told: list[Told] = field(default_factory=list)
    cases: dict[UUID, Followed] = field(default_factory=dict)
    ratings: dict[UUID, tuple[datetime, Rating]] = field(default_factory=dict)  # the last answer about each request
    scores: dict[UUID, tuple[datetime, int]] = field(default_factory=dict)

    def case_of(self, request: UUID) -> Followed:
        """Return the case of a request."""
        return next(case for case in self.cases.values() if request in case.requests)

    def open_cases(self) -> Iterator[Followed]:
        """Yield those that are not over."""
        return (case for case in self.cases.values() if case.closed_at is None)
