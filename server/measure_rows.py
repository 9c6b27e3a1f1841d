"""What measures are computed from, and what they come to: calls, promises, cases; shares and times.  Pure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.attempts import CallOutcome, Resolution
from server.spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a case; `rang_at` and `outcome` are None together: it never got through."""

    case_id: Hashable
    at: datetime
    rang_at: datetime | None
    outcome: CallOutcome | None
    resolution: Resolution | None = None
    incoming: bool = False  # the customer's own call: somebody was spoken with, but nobody was called


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A slot a case was promised; `ended_at`: when it was moved, freed, or ended with the case."""

    case_id: Hashable
    span: Span
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A case and its first call that rang, if there was one."""

    case_id: Hashable
    safety: bool
    opened_at: datetime
    owed_at: datetime  # when the first promise that stood began, without one `opened_at`
    closed_at: datetime | None
    first_rang_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A case that ended.  `again_at`: when the same customer was next heard of, in another case."""

    case_id: Hashable
    opened_at: datetime
    closed_at: datetime
    reason: str
    again_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What one period's figures are made of."""

    promises: Sequence[Promised] = ()  # whose slots ended in it
    promise_calls: Sequence[Call] = ()  # the calls of their cases, at least those that rang
    calls: Sequence[Call] = ()  # made in it
    opened: Sequence[Opened] = ()
    closed: Sequence[Closed] = ()
    ratings: Mapping[str, Sequence[Hashable]] = field(
        default_factory=dict
    )  # cases by the answers that came in within it
    nps: Mapping[int, int] = field(default_factory=dict)  # how many gave which answer, 0 to 10, within it
    asked: Mapping[str, int] = field(default_factory=dict)  # matters told to devices within it, by how they ended
    closed_calls: Sequence[Call] = ()  # the calls of the closed cases, at least those that reached somebody


@dataclass(frozen=True, slots=True)
class Ratio:
    """`part` of `whole`."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None when there is nothing to take a part of."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """How long something took: the middle one, and what nine in ten did not exceed; None without data."""

    count: int
    median: timedelta | None
    p90: timedelta | None
    waiting: int = 0  # those it has not happened for yet; they are in none of the above


@dataclass(frozen=True, slots=True)
class NetPromoters:
    """Who would recommend us (9 and 10), who would not (0 to 6), and how many answered (Reichheld 2003)."""

    promoters: int
    detractors: int
    answers: int

    @property
    def score(self) -> float | None:
        """From -100 to 100; None without answers."""
        return 100 * (self.promoters - self.detractors) / self.answers if self.answers else None
