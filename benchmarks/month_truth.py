"""The month's figures, counted from what it remembers and from nothing the desk has kept.

Definitions are those of docs/insight.md, written down a second time on purpose: nothing of `server.measures` is used.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final
from uuid import UUID

from benchmarks.month_memory import Agreed, Followed, Memory, Told
from intents.distance import sound_similarity
from intents.normalise import core_reading
from server.attempts import Attempt, CallOutcome, Resolution
from server.insight.listening import reading_heard
from server.insight.material import Ending, Sign
from server.ratings import Rating
from server.spans import Span

SOON: Final = timedelta(minutes=15)
WEEK, DAY = timedelta(days=7), timedelta(days=1)
ALIKE: Final = 0.8
MANY: Final = 3  # conversations about the same within a day: different people
SOLVED: Final = ("satisfied", "calmed", "solved")
SURE: Final = (Sign.YES, Sign.THANKS, Sign.REQUEST)
Numbers = Mapping[str, Mapping[str, float]]


class Truth:
    """What a month came to."""

    def __init__(self, memory: Memory, *, now: datetime) -> None:
        self._memory, self._now = memory, now
        self._cases = list(memory.cases.values())
        self.told = with_repeats(memory.told)
        self._heard: defaultdict[str, list[datetime]] = defaultdict(list)
        for case in self._cases:
            self._heard[case.phone] += case.requests.values()

    def numbers(self, span: Span) -> Numbers:
        """Return the figures of a day or a period, in the form they are kept in."""
        calls = [call for case in self._cases for call in case.calls.values() if _in(call.dialled_at, span)]
        rung = [call for call in calls if call.rang_at]
        results = Counter(call.resolution for call in calls if call.resolution)
        opened = [case for case in self._cases if _in(case.opened_at, span)]
        asked = Counter(one.ending for one in self.told if _in(one.at, span))
        ended = [asked[ending] for ending in (Ending.VOICE, Ending.LOST, Ending.HUMAN)]
        return {
            "self_solved": _share(asked[Ending.VOICE], sum(ended)),
            "first_contact": self._first_contact(span),
            "kept": self._kept(span),
            "service_level": self._service_level(opened),
            "reach": _share(sum(call.outcome is CallOutcome.REACHED for call in rung), len(rung)),
            "satisfied": _share(results[Resolution.SATISFIED], results.total()),
            "calmed": _share(results[Resolution.CALMED], results.total()),
            "csat": self._csat(span),
            "nps": self._nps(span),
            "first_response": _times(_waited(opened)),
            "safety_response": _times(_waited([case for case in opened if case.safety])),
            "resolution": _times(
                case.closed_at - case.opened_at
                for case in self._cases
                if case.closed_at and _in(case.closed_at, span) and case.reason in SOLVED
            ),
        }

    def worth(self) -> tuple[int, int, int]:
        """Return how many told us and were left satisfied, calmed, unsolved."""
        endings = Counter(one.ending for one in self.told)
        reasons = Counter(case.reason for case in self._cases if case.closed_at and case.reason != "withdrawn")
        rest = reasons.total() - reasons["satisfied"] - reasons["calmed"]
        return reasons["satisfied"] + endings[Ending.VOICE], reasons["calmed"], rest + endings[Ending.LOST]

    def voices(self, span: Span, topic_of: Mapping[tuple[UUID, int], str]) -> Counter[str]:
        """Return conversations by how they ended: of two matters of one topic the later one counts."""
        latest: dict[tuple[UUID, str], Told] = {}
        for one in sorted(self.told, key=lambda one: one.turn):
            if _in(one.at, span):
                latest[one.talk, topic_of.get((one.talk, one.turn), "")] = one
        return Counter(one.ending.value for one in latest.values())

    def _first_contact(self, span: Span) -> Mapping[str, float]:
        closed = [case for case in self._cases if case.closed_at and _in(case.closed_at, span) and case.reached]
        return _share(sum(self._is_at_once(case) for case in closed), len(closed))

    def _is_at_once(self, case: Followed) -> bool:
        ended = case.closed_at or self._now
        again = any(ended < at <= ended + WEEK for at in self._heard[case.phone])
        return len(case.reached) == 1 and case.reached[0].resolution is Resolution.SATISFIED and not again

    def _kept(self, span: Span) -> Mapping[str, float]:
        verdicts = Counter(
            _verdict(promise, case.rung)
            for case in self._cases
            for promise in _each_once(case.promises)
            if _in(promise.span.ends, span)
        )
        return _share(verdicts["kept"], verdicts["kept"] + verdicts["missed"])

    def _service_level(self, opened: Sequence[Followed]) -> Mapping[str, float]:
        found = Counter(self._soon(case) for case in opened)
        return _share(found[True], found[True] + found[False])

    def _soon(self, case: Followed) -> bool | None:
        stood = [one.span.begins for one in case.promises if one.ended_at is None or one.ended_at >= one.span.begins]
        limit = min(stood, default=case.opened_at) + SOON
        if case.rung and case.rung[0].rang_at:
            return case.rung[0].rang_at <= limit
        return False if limit < (case.closed_at or self._now) else None

    def _csat(self, span: Span) -> Mapping[str, float]:
        said = [answer for at, answer in self._memory.ratings.values() if _in(at, span)]
        return _share(said.count(Rating.YES), len(said))

    def _nps(self, span: Span) -> Mapping[str, float]:
        scores = [score for at, score in self._memory.scores.values() if _in(at, span)]
        good, bad = sum(score >= 9 for score in scores), sum(score <= 6 for score in scores)
        return {"promoters": good, "detractors": bad, "answers": len(scores)}


def with_repeats(told: Iterable[Told]) -> list[Told]:
    """Return the matters, those that were asked again on that device within a day as such."""
    by_device: defaultdict[str, list[Told]] = defaultdict(list)
    for one in sorted(told, key=lambda one: (one.at, str(one.talk), one.turn)):
        by_device[one.device].append(one)
    return [_or_repeated(one, here[n + 1 :]) for here in by_device.values() for n, one in enumerate(here)]


def _or_repeated(one: Told, later: Sequence[Told]) -> Told:
    if one.sign in SURE:
        return one
    same = {other.talk for other in later if other.at - one.at <= DAY and other.talk != one.talk and _same(one, other)}
    return replace(one, sign=Sign.REPEATED) if 0 < len(same) < MANY else one


def _same(one: Told, other: Told) -> bool:
    if one.article is not None and one.article == other.article:
        return True
    sounds = [core_reading(reading_heard(each.words)) for each in (one, other)]
    return sounds[0] == sounds[1] or sound_similarity(sounds[0], sounds[1]) >= ALIKE


def _each_once(promises: Sequence[Agreed]) -> list[Agreed]:
    """A time given, taken away and given again is one promise."""
    found: dict[Span, Agreed] = {}
    for one in promises:
        before = found.get(one.span)
        found[one.span] = Agreed(one.span, before.made_at if before else one.made_at, one.ended_at)
    return list(found.values())


def _verdict(promise: Agreed, rung: Sequence[Attempt]) -> str:
    for call in rung:
        at = call.rang_at
        if at is None or not promise.made_at <= at < promise.span.ends:
            continue
        if at >= promise.span.begins or call.outcome is CallOutcome.REACHED:
            return "kept"
    return "moved" if promise.ended_at is not None and promise.ended_at < promise.span.begins else "missed"


def _waited(cases: Iterable[Followed]) -> list[timedelta]:
    return [case.rung[0].rang_at - case.opened_at for case in cases if case.rung and case.rung[0].rang_at]


def _in(moment: datetime, span: Span) -> bool:
    return span.begins <= moment < span.ends


def _share(part: int, whole: int) -> dict[str, float]:
    return {"part": part, "whole": whole}


def _times(took: Iterable[timedelta]) -> dict[str, float]:
    seconds = sorted(time.total_seconds() for time in took)
    if not seconds:
        return {"count": 0}
    nine_in_ten: Any = seconds[math.ceil(len(seconds) * 0.9) - 1]
    return {"count": len(seconds), "median_s": median(seconds), "p90_s": nine_in_ten}
