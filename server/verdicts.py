"""What became of promises.  Pure."""

from collections.abc import Hashable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from server.attempts import CallOutcome
from server.measure_rows import Call, Promised
from server.spans import Span


class Verdict(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    MISSED = "missed"
    MOVED = "moved"  # changed or taken back before its time came: neither kept nor missed
    OPEN = "open"  # its time is not over


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
    found = by_case(calls)
    for promise in promises:
        yield promise, verdict(promise, found.get(promise.case_id, ()), now=now)


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
    if call.incoming and call.rang_at == promise.made_at:  # the call in which it was promised
        return False
    return call.rang_at >= promise.span.begins or call.outcome is CallOutcome.REACHED


def by_case(calls: Iterable[Call]) -> dict[Hashable, list[Call]]:
    """Return the calls of each case, the first one first."""
    found: dict[Hashable, list[Call]] = {}
    for call in sorted(calls, key=lambda call: call.at):
        found.setdefault(call.case_id, []).append(call)
    return found
