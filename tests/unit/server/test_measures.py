"""The figures, computed from rows made by hand."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.attempts import CallOutcome, Resolution
from server.measure_groups import HEARD_AGAIN_WITHIN, answered, groups
from server.measure_rows import Call, Closed, Lasting, Opened, Promised, Ratio, Rows
from server.measure_texts import measure_texts
from server.measures import figures
from server.periods import Period
from server.spans import Span
from server.verdicts import Verdict, as_one, verdict

TEN = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # 10:00 in Tokyo
NOW = TEN + timedelta(days=30)
NOTHING = Lasting(count=0, median=None, p90=None)
OUTCOMES = st.sampled_from(CallOutcome)


def at(minutes):
    """So many minutes after ten o'clock."""
    return TEN + timedelta(minutes=minutes)


def case(name):
    return uuid5(UUID(int=0), str(name))


def call(minutes, outcome="no_answer", resolution=None, of=1):
    if outcome is None:
        return Call(case_id=case(of), at=at(minutes), rang_at=None, outcome=None)
    solved = Resolution(resolution) if resolution else None
    return Call(case_id=case(of), at=at(minutes), rang_at=at(minutes), outcome=CallOutcome(outcome), resolution=solved)


def promised(ended=None, made=-600, of=1):
    """A promise of 10:00 to 10:30, made the evening before."""
    ended_at = None if ended is None else at(ended)
    return Promised(case_id=case(of), span=Span(at(0), at(30)), made_at=at(made), ended_at=ended_at)


@pytest.mark.parametrize(
    ("calls", "ended", "now", "became"),
    [
        ([call(10)], 10, 60, "kept"),  # it rang in the slot; that nobody answered is not our fault
        ([call(0, "busy")], None, 60, "kept"),  # on the first minute
        ([call(30)], None, 60, "missed"),  # the slot was over
        ([call(10, None)], None, 60, "missed"),  # dialled, but it never rang
        ([], None, 60, "missed"),
        ([], None, 29, "open"),
        ([], None, 30, "missed"),
        ([], -60, 60, "moved"),
        ([], -60, -30, "moved"),
        ([], 0, 60, "missed"),  # moved when the customer was waiting already
        ([call(-30, "reached", "satisfied")], -30, 60, "kept"),  # sooner than promised
        ([call(-30)], -30, 60, "moved"),  # sooner, but nobody answered
        ([call(-30)], None, 60, "missed"),
        ([call(-30, "call_later")], -30, 60, "moved"),  # the customer wished so
        ([call(-700, "reached", "unsolved")], None, 60, "missed"),  # that call was before the promise
        ([call(10)], None, 15, "kept"),
    ],
)
def test_what_became_of_a_promise(calls, ended, now, became):
    assert verdict(promised(ended), calls, now=at(now)) == Verdict(became)


def test_moved_and_open_promises_count_neither_way():
    promises = [promised(of=1), promised(of=2), promised(-5, of=3), promised(of=4)]
    calls = [call(5, of=1), call(-90, "reached", "satisfied", of=4), call(5, of="somebody else")]
    found = figures(Rows(promises=promises, promise_calls=calls), now=NOW)
    assert found.kept == Ratio(2, 3)
    assert found.moved == 1
    assert figures(Rows(promises=promises[1:2]), now=at(10)).kept.share is None


def test_without_data_there_is_no_figure():
    found = figures(Rows(), now=NOW)
    assert [found.kept.share, found.reach.share, found.first_contact.share] == [None, None, None]
    assert [found.first_response, found.safety_response, found.resolution] == [NOTHING] * 3
    assert (dict(found.outcomes), found.reach_by_hour) == ({}, {})


def test_reach_counts_only_what_rang():
    calls = [call(0, "reached", "satisfied"), call(1), call(2, "call_later"), call(3, None), call(65, "busy")]
    found = figures(Rows(calls=calls), now=NOW)
    assert found.reach == Ratio(1, 4)
    assert found.reach_by_hour == {10: Ratio(1, 3), 11: Ratio(0, 1)}  # hours of Tokyo
    assert found.outcomes == {"reached": 1, "no_answer": 1, "call_later": 1, "not_rung": 1, "busy": 1}
    assert found.resolutions == {"satisfied": 1}


def opened(minutes, rang=None, *, safety=False, closed=None, owed=None, of=1):
    return Opened(
        case_id=case(of),
        safety=safety,
        opened_at=at(minutes),
        owed_at=at(minutes if owed is None else owed),
        closed_at=None if closed is None else at(closed),
        first_rang_at=None if rang is None else at(rang),
    )


def test_the_first_response_and_that_to_danger():
    cases = [opened(0, 10), opened(0, 30, safety=True), opened(0), opened(0, closed=5), opened(5, 95)]
    found = figures(Rows(opened=cases), now=NOW)
    assert found.first_response == Lasting(count=3, median=timedelta(minutes=30), p90=timedelta(minutes=90), waiting=1)
    assert found.safety_response == Lasting(count=1, median=timedelta(minutes=30), p90=timedelta(minutes=30))


def closed(reason, minutes, again=None, of=1):
    again_at = None if again is None else at(minutes) + again
    return Closed(case_id=case(of), opened_at=at(0), closed_at=at(minutes), reason=reason, again_at=again_at)


def test_resolution_keeps_satisfied_and_calmed_apart():
    rows = [closed("satisfied", 60), closed("satisfied", 120), closed("calmed", 600), closed("unreachable", 9000)]
    found = figures(Rows(closed=rows), now=NOW)
    assert (found.resolution.count, found.resolution.median) == (3, timedelta(minutes=120))
    assert {reason: time.count for reason, time in found.resolution_by_reason.items()} == {
        "satisfied": 2,
        "calmed": 1,
        "unreachable": 1,
    }


@pytest.mark.parametrize(
    ("calls", "again", "counted"),
    [
        ([call(5, "reached", "satisfied")], None, (1, 1)),
        ([call(1), call(3, "voicemail"), call(5, "reached", "satisfied")], None, (1, 1)),  # the first one reached
        ([call(5, "reached", "satisfied")], HEARD_AGAIN_WITHIN, (0, 1)),
        ([call(5, "reached", "satisfied")], HEARD_AGAIN_WITHIN + timedelta(seconds=1), (1, 1)),
        ([call(5, "reached", "unsolved"), call(9, "reached", "satisfied")], None, (0, 1)),
        ([call(5, "reached", "calmed")], None, (0, 1)),
        ([call(5, "reached", "passed_on")], None, (0, 1)),
        ([call(5)], None, (0, 0)),  # nobody was ever spoken to
    ],
)
def test_first_contact_resolution(calls, again, counted):
    found = figures(Rows(closed=[closed("satisfied", 10, again)], closed_calls=calls), now=NOW)
    assert (found.first_contact.part, found.first_contact.whole) == counted


def test_the_merely_calmed_and_the_provisional_are_told_apart():
    rows = Rows(
        closed=[closed("satisfied", 10, of=1), closed("calmed", 10, of=2)],
        closed_calls=[call(5, "reached", "satisfied", of=1), call(5, "reached", "calmed", of=2)],
    )
    soon, later = (figures(rows, now=at(10) + wait) for wait in (timedelta(days=1), timedelta(days=7)))
    assert (soon.first_contact, soon.first_contact_calmed, soon.provisional) == (Ratio(1, 2), Ratio(2, 2), 1)
    assert (later.first_contact, later.provisional) == (Ratio(1, 2), 0)


@pytest.mark.parametrize(
    ("asked", "became"),
    [
        (opened(0, 15), "within"),  # to the minute
        (opened(0, 16), "late"),
        (opened(0, 300, owed=290), "within"),  # the customer wished for another time
        (opened(0, 100, owed=290), "within"),  # and was reached before it
        (opened(0, 300, owed=0), "late"),
        (opened(40), "waiting"),
        (opened(30), "late"),  # its time is over and nobody called
        (opened(0, closed=10), None),  # taken back before its time was over
        (opened(0, closed=20), "late"),
    ],
)
def test_the_service_level(asked, became):
    now, within = at(50), timedelta(minutes=15)
    assert answered(asked, within, now) == became
    found = figures(Rows(opened=[asked]), now=now, answered_within=within).service_level
    assert found == Ratio(int(became == "within"), int(became in ("within", "late")))


def test_the_satisfied_and_the_merely_calmed():
    calls = [call(1, "reached", one, of=one) for one in ("satisfied", "calmed", "unsolved", "passed_on")]
    found = figures(Rows(calls=calls), now=NOW)
    assert (found.satisfied, found.calmed) == (Ratio(1, 4), Ratio(1, 4))


def test_every_share_can_be_looked_at():
    calls = [
        call(5, "reached", "satisfied", of=1),
        call(5, "reached", "calmed", of=2),
        call(9, of=3),
        call(9, None, of=3),
    ]
    rows = Rows(
        promises=[promised(of=1), promised(of=3)],
        promise_calls=calls[:1],
        calls=calls,
        opened=[opened(0, 5, of=1), opened(0, 90, of=3)],
        closed=[closed("satisfied", 10, of=1), closed("calmed", 10, of=2), closed("unreachable", 10, of=3)],
        closed_calls=calls[:2],
        ratings={"yes": [case(1)], "no": [case(2)]},
    )
    assert groups(rows, now=NOW, answered_within=timedelta(minutes=15)) == {
        "kept": {"kept": [case(1)], "missed": [case(3)]},
        "service_level": {"within": [case(1)], "late": [case(3)]},
        "first_contact": {"satisfied": [case(1)], "calmed": [case(2)]},
        "csat": {"yes": [case(1)], "no": [case(2)]},
        "reach": {"reached": [case(1), case(2)], "unreached": [case(3)]},
        "outcomes": {"reached": [case(1), case(2)], "no_answer": [case(3)], "not_rung": [case(3)]},
        "resolutions": {"satisfied": [case(1)], "calmed": [case(2)]},
        "reasons": {"satisfied": [case(1)], "calmed": [case(2)], "unreachable": [case(3)]},
    }


@given(st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=60))
def test_nine_in_ten_do_not_take_longer(minutes):
    time = figures(Rows(opened=[opened(0, n) for n in minutes]), now=NOW).first_response
    within = sum(timedelta(minutes=n) <= time.p90 for n in minutes)
    assert time.p90 in {timedelta(minutes=n) for n in minutes}
    assert within * 10 >= 9 * len(minutes)
    assert min(minutes) <= time.median / timedelta(minutes=1) <= max(minutes)
    assert time.median <= time.p90 or len(minutes) == 1


@given(st.lists(st.tuples(st.integers(-900, 900), OUTCOMES, st.integers(0, 3)), max_size=20), st.integers(-700, 900))
def test_every_promise_is_judged_once_in_whatever_order_calls_come(made, now):
    calls = [
        call(minutes, outcome.value, "satisfied" if outcome == "reached" else None, of=n)
        for minutes, outcome, n in made
    ]
    promises = [promised(of=n) for n in range(3)]
    one = figures(Rows(promises=promises, promise_calls=calls), now=at(now))
    other = figures(Rows(promises=promises, promise_calls=calls[::-1]), now=at(now))
    assert one == other
    assert one.kept.whole + one.moved <= 3
    assert 0 <= (one.kept.share or 0) <= 1


def test_a_period_is_of_tokyo():
    period = Period.until(datetime(2026, 11, 23, 15, 30, tzinfo=UTC), 7)  # half past midnight in Tokyo
    assert (period.first, period.last, period.days) == (date(2026, 11, 18), date(2026, 11, 24), 7)
    assert period.span == Span(datetime(2026, 11, 17, 15, tzinfo=UTC), datetime(2026, 11, 24, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 11, 2), date(2026, 11, 1)),
        (date(2025, 1, 1), date(2026, 1, 2)),
        (date.min, date.min),
        (date.max, date.max),
    ],
)
def test_a_period_that_makes_no_sense(first, last):
    with pytest.raises(ValueError, match="a period"):
        Period(first, last)


def test_every_figure_has_its_definition_beside_it():
    texts = measure_texts()
    named = {"kept", "reach", "first_response", "safety_response", "resolution", "first_contact", "backlog", "late"}
    assert named <= set(texts)
    for text in texts.values():
        assert all((text.title, text.definition, text.formula, text.period))


def test_a_promise_given_again_after_an_undo_is_one():
    assert as_one([promised(ended=10), promised(made=12), promised(of=2)]) == [promised(), promised(of=2)]
    assert as_one([promised(ended=10), promised(made=12, ended=20)]) == [promised(ended=20)]
