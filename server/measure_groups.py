"""Which cases a measure is made of: every figure that is a share counts what is listed here, so that each can be looked at.

Pure.  A group lists a case as often as it counts: two kept promises of one case are two.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from server.attempts import CallOutcome, Resolution
from server.measure_rows import Call, Closed, Opened, Promised, Rows
from server.verdicts import Verdict, as_one, by_case, judged

HEARD_AGAIN_WITHIN: Final = timedelta(days=7)
NOT_RUNG: Final = "not_rung"  # stands for the outcome of a call that never rang
SATISFIED, CALMED, AGAIN, OTHER = "satisfied", "calmed", "again", "other"  # of `first_contact`
REACHED, UNREACHED = "reached", "unreached"  # of `reach`
WITHIN, LATE, WAITING = "within", "late", "waiting"  # of `service_level`

Cases = Sequence[Hashable]
Groups = Mapping[str, Mapping[str, Cases]]  # by measure, then by group


def groups(rows: Rows, *, now: datetime, answered_within: timedelta) -> Groups:
    """Return the cases of every measure, each under what it counted as."""
    return {
        "kept": _sorted((verdict, promise.case_id) for promise, verdict in _judged(rows, now)),
        "service_level": _sorted((answered(case, answered_within, now), case.case_id) for case in rows.opened),
        "first_contact": _sorted(_first_contacts(rows)),
        "csat": rows.ratings,
        "reach": _sorted((_reached(call), call.case_id) for call in _ours(rows) if call.rang_at is not None),
        "outcomes": _sorted((call.outcome or NOT_RUNG, call.case_id) for call in _ours(rows)),
        "resolutions": _sorted((call.resolution, call.case_id) for call in rows.calls if call.resolution),
        "reasons": _sorted((case.reason, case.case_id) for case in rows.closed),
    }


def answered(case: Opened, within: timedelta, now: datetime) -> str | None:
    """Say whether the first call rang soon after it was owed; None: it was not owed long enough to say.

    Owed from the beginning of the first promise that stood, without one from the request on.  A case that was closed
    before its time was up, without a call, counts nowhere.
    """
    limit = case.owed_at + within
    if case.first_rang_at is not None:
        return WITHIN if case.first_rang_at <= limit else LATE
    ended = now if case.closed_at is None else case.closed_at
    return LATE if limit < ended else WAITING if case.closed_at is None else None


def _ours(rows: Rows) -> Iterator[Call]:
    """Yield the calls we made."""
    return (call for call in rows.calls if not call.incoming)


def _reached(call: Call) -> str:
    return REACHED if call.outcome is CallOutcome.REACHED else UNREACHED


def ended_well(case: Closed) -> bool:
    """Whether the customer was not heard of again soon after."""
    return case.again_at is None or case.again_at > case.closed_at + HEARD_AGAIN_WITHIN


def _judged(rows: Rows, now: datetime) -> Iterator[tuple[Promised, Verdict]]:
    return judged(as_one(rows.promises), rows.promise_calls, now=now)


def _first_contacts(rows: Rows) -> list[tuple[str, Hashable]]:
    """Of cases with a reached call: what the first one came to."""
    reached = by_case(call for call in rows.closed_calls if call.outcome is CallOutcome.REACHED)
    return [
        (_first_contact(case, reached[case.case_id]), case.case_id) for case in rows.closed if case.case_id in reached
    ]


def _first_contact(case: Closed, reached: Sequence[Call]) -> str:
    if len(reached) > 1:
        return OTHER
    if not ended_well(case):
        return AGAIN
    resolution = reached[0].resolution
    return resolution.value if resolution in (Resolution.SATISFIED, Resolution.CALMED) else OTHER


def _sorted(pairs: Iterable[tuple[str | None, Hashable]]) -> dict[str, list[Hashable]]:
    found: defaultdict[str, list[Hashable]] = defaultdict(list)
    for group, case_id in pairs:
        if group is not None:
            found[str(group)].append(case_id)
    return dict(found)
