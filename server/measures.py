"""How well the desk keeps its word, computed from what happened.  Pure; `data/measures.toml` tells readers the same."""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from server.attempts import CallOutcome, Resolution
from server.ratings import Rating
from server.spans import TOKYO, Span

HEARD_AGAIN_WITHIN: Final = timedelta(days=7)
RESOLVED: Final = frozenset({"satisfied", "calmed", "solved"})  # close reasons after which nothing is owed
NOT_RUNG: Final = "not_rung"  # stands for the outcome of a call that never rang
MOST_DAYS: Final = 366
YEARS: Final = range(2000, 2100)  # what a calendar is asked for


class Verdict(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    MISSED = "missed"
    MOVED = "moved"  # changed or taken back before its time came: neither kept nor missed
    OPEN = "open"  # its time is not over


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a case; `rang_at` and `outcome` are None together: it never got through."""

    case_id: Hashable
    at: datetime
    rang_at: datetime | None
    outcome: CallOutcome | None
    resolution: Resolution | None = None


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

    safety: bool
    opened_at: datetime
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
    ratings: Mapping[str, int] = field(default_factory=dict)  # answers that came in within it, by kind
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All figures of a period."""

    kept: Ratio
    moved: int
    reach: Ratio
    reach_by_hour: Mapping[int, Ratio]  # hour of Tokyo's clock; only hours with a call
    first_response: Lasting
    safety_response: Lasting
    resolution: Lasting
    resolution_by_reason: Mapping[str, Lasting]
    first_contact: Ratio  # solved and satisfied
    first_contact_calmed: Ratio  # those who were merely calmed counted, too
    csat: Ratio  # customers who said they are satisfied, of those who answered
    provisional: int  # cases of `first_contact` whose customer may still be heard of again
    outcomes: Mapping[str, int] = field(default_factory=dict)
    resolutions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of Tokyo, both ends included.  Raises ValueError when backwards, longer than a year, or of another century."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not 0 <= (self.last - self.first).days < MOST_DAYS:
            raise ValueError("a period has 1 to 366 days")
        if self.first.year not in YEARS or self.last.year not in YEARS:
            raise ValueError("a period lies in this century")

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def span(self) -> Span:
        """From the first midnight to the last."""
        end = datetime.combine(self.last, time(), TOKYO) + timedelta(days=1)
        return Span(datetime.combine(self.first, time(), TOKYO), end)

    @classmethod
    def until(cls, now: datetime, days: int) -> "Period":
        """Return the days up to today."""
        today = now.astimezone(TOKYO).date()
        return cls(today - timedelta(days=days - 1), today)


def figures(rows: Rows, *, now: datetime) -> Figures:
    """Compute everything."""
    verdicts = Counter(verdict for _, verdict in judged(as_one(rows.promises), rows.promise_calls, now=now))
    first_contact, calmed, provisional = _first_contact(rows, now)
    return Figures(
        kept=Ratio(verdicts[Verdict.KEPT], verdicts[Verdict.KEPT] + verdicts[Verdict.MISSED]),
        moved=verdicts[Verdict.MOVED],
        reach=_reach(rows.calls),
        reach_by_hour=_reach_by_hour(rows.calls),
        first_response=_response(rows.opened),
        safety_response=_response([case for case in rows.opened if case.safety]),
        resolution=_lasting(case.closed_at - case.opened_at for case in rows.closed if case.reason in RESOLVED),
        resolution_by_reason=_by_reason(rows.closed),
        first_contact=first_contact,
        first_contact_calmed=calmed,
        csat=Ratio(rows.ratings.get(Rating.YES, 0), sum(rows.ratings.values())),
        provisional=provisional,
        outcomes=Counter(call.outcome.value if call.outcome else NOT_RUNG for call in rows.calls),
        resolutions=Counter(call.resolution.value for call in rows.calls if call.resolution),
    )


def as_one(promises: Iterable[Promised]) -> list[Promised]:
    """Return each time a case was promised once: taken back and given again (undo) it is one promise."""
    found: dict[tuple[Hashable, Span], Promised] = {}
    for promise in promises:
        key = (promise.case_id, promise.span)
        before = found.get(key, promise)
        ends = (before.ended_at, promise.ended_at)
        found[key] = Promised(
            case_id=promise.case_id,
            span=promise.span,
            made_at=min(before.made_at, promise.made_at),
            ended_at=None if None in ends else max(end for end in ends if end),
        )
    return list(found.values())


def judged(promises: Iterable[Promised], calls: Iterable[Call], *, now: datetime) -> Iterator[tuple[Promised, Verdict]]:
    """Yield every promise with what became of it; `calls` are those of their cases, in any order."""
    by_case = _by_case(calls)
    for promise in promises:
        yield promise, verdict(promise, by_case.get(promise.case_id, ()), now=now)


def verdict(promise: Promised, calls: Iterable[Call], *, now: datetime) -> Verdict:
    """Say what became of a promise.

    Kept: a call rang within the slot, or reached the customer before it, both after it was made.  An early call that
    nobody answered keeps nothing: the customer was waiting for the time named.
    """
    if any(_keeps(call, promise) for call in calls):
        return Verdict.KEPT
    if promise.ended_at is not None and promise.ended_at < promise.span.begins:
        return Verdict.MOVED
    return Verdict.MISSED if promise.span.ends <= now else Verdict.OPEN


def _keeps(call: Call, promise: Promised) -> bool:
    if call.rang_at is None or not promise.made_at <= call.rang_at < promise.span.ends:
        return False
    return call.rang_at >= promise.span.begins or call.outcome is CallOutcome.REACHED


def _reach(calls: Iterable[Call]) -> Ratio:
    rung = [call for call in calls if call.rang_at is not None]
    return Ratio(sum(call.outcome is CallOutcome.REACHED for call in rung), len(rung))


def _reach_by_hour(calls: Iterable[Call]) -> dict[int, Ratio]:
    hours: defaultdict[int, list[Call]] = defaultdict(list)
    for call in calls:
        if call.rang_at is not None:
            hours[call.rang_at.astimezone(TOKYO).hour].append(call)
    return {hour: _reach(hours[hour]) for hour in sorted(hours)}


def _response(cases: Sequence[Opened]) -> Lasting:
    """From the first request to the first call that rang; who waits no more without one counts nowhere."""
    answered = (case.first_rang_at - case.opened_at for case in cases if case.first_rang_at)
    waiting = sum(case.first_rang_at is None and case.closed_at is None for case in cases)
    return _lasting(answered, waiting=waiting)


def _by_reason(cases: Iterable[Closed]) -> dict[str, Lasting]:
    reasons: defaultdict[str, list[timedelta]] = defaultdict(list)
    for case in cases:
        reasons[case.reason].append(case.closed_at - case.opened_at)
    return {reason: _lasting(took) for reason, took in sorted(reasons.items(), key=lambda item: -len(item[1]))}


def _first_contact(rows: Rows, now: datetime) -> tuple[Ratio, Ratio, int]:
    """Among cases with a reached call: those that the first one ended for good."""
    by_case = _by_case(call for call in rows.closed_calls if call.outcome is CallOutcome.REACHED)
    cases = [(case, by_case[case.case_id]) for case in rows.closed if case.case_id in by_case]
    ended = [(case, reached[0].resolution) for case, reached in cases if len(reached) == 1 and _quiet(case)]
    satisfied = [case for case, resolution in ended if resolution is Resolution.SATISFIED]
    calmed = sum(resolution is Resolution.CALMED for _, resolution in ended)
    provisional = sum(case.closed_at + HEARD_AGAIN_WITHIN > now for case in satisfied)
    whole = len(cases)
    return Ratio(len(satisfied), whole), Ratio(len(satisfied) + calmed, whole), provisional


def _quiet(case: Closed) -> bool:
    return case.again_at is None or case.again_at > case.closed_at + HEARD_AGAIN_WITHIN


def _by_case(calls: Iterable[Call]) -> dict[Hashable, list[Call]]:
    found: dict[Hashable, list[Call]] = {}
    for call in sorted(calls, key=lambda call: call.at):
        found.setdefault(call.case_id, []).append(call)
    return found


def _lasting(times: Iterable[timedelta], *, waiting: int = 0) -> Lasting:
    """A clock set back must not make a time negative."""
    took = sorted(max(time, timedelta()) for time in times)
    if not took:
        return Lasting(count=0, median=None, p90=None, waiting=waiting)
    seconds = [time.total_seconds() for time in took]
    nine_in_ten = took[math.ceil(0.9 * len(took)) - 1]
    return Lasting(count=len(took), median=timedelta(seconds=median(seconds)), p90=nine_in_ten, waiting=waiting)
