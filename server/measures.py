"""How well the desk keeps its word, computed from what happened.  Pure; `data/measures.toml` tells readers the same."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from server.attempts import CallOutcome, Resolution
from server.measure_groups import CALMED, HEARD_AGAIN_WITHIN, LATE, REACHED, SATISFIED, WITHIN, Cases, Groups, groups
from server.measure_rows import Call, Closed, Lasting, NetPromoters, Opened, Ratio, Rows
from server.promoters import Distribution, Group
from server.ratings import Rating
from server.spans import TOKYO
from server.verdicts import Verdict

RESOLVED: Final = frozenset({"satisfied", "calmed", "solved"})  # close reasons after which nothing is owed
ANSWERED_WITHIN: Final = timedelta(minutes=15)  # of the service level, unless the desk's settings say otherwise
SOLVED, LOST, HUMAN = "voice", "lost", "human"  # endings of `insight.material`; "again" is counted once, at its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All figures of a period."""

    kept: Ratio
    moved: int
    reach: Ratio
    reach_by_hour: Mapping[int, Ratio]  # hour of Tokyo's clock; only hours with a call
    service_level: Ratio  # first calls that rang soon after they were owed
    first_response: Lasting
    safety_response: Lasting
    resolution: Lasting
    resolution_by_reason: Mapping[str, Lasting]
    first_contact: Ratio  # solved and satisfied
    first_contact_calmed: Ratio  # those who were merely calmed counted, too
    satisfied: Ratio  # of calls that reached somebody and came to something
    calmed: Ratio  # of the same
    csat: Ratio  # customers who said they are satisfied, of those who answered
    nps: NetPromoters
    recommended: Distribution  # the answers `nps` is of
    self_solved: Ratio  # matters told to a device that needed no person
    provisional: int  # cases of `first_contact` whose customer may still be heard of again
    asked: Mapping[str, int] = field(default_factory=dict)  # matters told to devices, by how they ended
    outcomes: Mapping[str, int] = field(default_factory=dict)
    resolutions: Mapping[str, int] = field(default_factory=dict)


def figures(rows: Rows, *, now: datetime, answered_within: timedelta = ANSWERED_WITHIN) -> Figures:
    """Compute everything; whatever is a share counts the cases of `measure_groups.groups`."""
    return figures_of(rows, groups(rows, now=now, answered_within=answered_within), now=now)


def figures_of(rows: Rows, found: Groups, *, now: datetime) -> Figures:
    """Compute everything from rows that were grouped already."""
    counts = {name: {group: len(cases) for group, cases in of.items()} for name, of in found.items()}
    contacts, resolved = counts["first_contact"], counts["resolutions"]
    return Figures(
        kept=_share(counts["kept"], Verdict.KEPT, of=(Verdict.KEPT, Verdict.MISSED)),
        moved=counts["kept"].get(Verdict.MOVED, 0),
        reach=_share(counts["reach"], REACHED),
        reach_by_hour=_reach_by_hour(rows.calls),
        service_level=_share(counts["service_level"], WITHIN, of=(WITHIN, LATE)),
        first_response=_response(rows.opened),
        safety_response=_response([case for case in rows.opened if case.safety]),
        resolution=_lasting(case.closed_at - case.opened_at for case in rows.closed if case.reason in RESOLVED),
        resolution_by_reason=_by_reason(rows.closed),
        first_contact=_share(contacts, SATISFIED),
        first_contact_calmed=Ratio(contacts.get(SATISFIED, 0) + contacts.get(CALMED, 0), sum(contacts.values())),
        satisfied=_share(resolved, Resolution.SATISFIED),
        calmed=_share(resolved, Resolution.CALMED),
        csat=_share(counts["csat"], Rating.YES),
        nps=_nps(Distribution(rows.nps)),
        recommended=Distribution(rows.nps),
        self_solved=_share(rows.asked, SOLVED, of=(SOLVED, LOST, HUMAN)),
        provisional=_provisional(rows, found["first_contact"].get(SATISFIED, ()), now),
        asked=rows.asked,
        outcomes=counts["outcomes"],
        resolutions=resolved,
    )


def _share(counts: Mapping[str, int], part: str, *, of: Sequence[str] | None = None) -> Ratio:
    whole = sum(counts.values()) if of is None else sum(counts.get(group, 0) for group in of)
    return Ratio(counts.get(part, 0), whole)


def _nps(answers: Distribution) -> NetPromoters:
    return NetPromoters(answers.groups[Group.PROMOTER], answers.groups[Group.DETRACTOR], answers.total)


def _provisional(rows: Rows, satisfied: Cases, now: datetime) -> int:
    young = {case.case_id for case in rows.closed if case.closed_at + HEARD_AGAIN_WITHIN > now}
    return sum(case_id in young for case_id in satisfied)


def _reach(calls: Iterable[Call]) -> Ratio:
    rung = [call for call in calls if call.rang_at is not None]
    return Ratio(sum(call.outcome is CallOutcome.REACHED for call in rung), len(rung))


def _reach_by_hour(calls: Iterable[Call]) -> dict[int, Ratio]:
    hours: defaultdict[int, list[Call]] = defaultdict(list)
    for call in calls:
        if call.rang_at is not None and not call.incoming:
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


def _lasting(times: Iterable[timedelta], *, waiting: int = 0) -> Lasting:
    """A clock set back must not make a time negative."""
    took = sorted(max(time, timedelta()) for time in times)
    if not took:
        return Lasting(count=0, median=None, p90=None, waiting=waiting)
    seconds = [time.total_seconds() for time in took]
    nine_in_ten = took[math.ceil(0.9 * len(took)) - 1]
    return Lasting(count=len(took), median=timedelta(seconds=median(seconds)), p90=nine_in_ten, waiting=waiting)
