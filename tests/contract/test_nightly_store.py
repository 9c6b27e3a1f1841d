"""Figures of single days on both databases: kept every night, the same whoever computes them from the rows."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from server.attempts import Attempt, CallOutcome, Resolution
from server.insight.worth import Assumptions
from server.periods import Period
from server.ratings import Rating, RatingGiven
from server.spans import TOKYO
from server.store.engine import reading, writing
from server.store.measure_models import NightlyRow
from server.store.models import CaseRow, EventRow, PromiseRow
from server.work.days import differing, keep_days, of_day
from tests.callback_samples import request_of
from tests.desk_office import open_desk

PHONES = [f"090-1234-{n:04d}" for n in range(40)]


@pytest.fixture
def office(bare_engine, tmp_path, clock):
    url = bare_engine.url.render_as_string(hide_password=False)
    office = open_desk(tmp_path / "desk", clock, database_url=url)
    yield office
    office.close()


def today(clock):
    return clock().astimezone(TOKYO).date()


@pytest.fixture
def busy_days(office, clock):
    """Three days: each has requests, some of them reached at their time, some late, some not at all, one customer back."""
    for day in range(3):
        for n in range(6):
            _one_case(office, clock, phone=PHONES[day * 6 + n], kind=n)
        clock.pass_time(days=1)
    return office


def _one_case(office, clock, *, phone, kind):
    began = clock()
    morning = (began + timedelta(hours=23)).astimezone(TOKYO)
    window = {"begins": morning.isoformat(), "ends": (morning + timedelta(hours=3)).isoformat()}
    submitted = office.desk.receive(request_of(phone=phone, topic=f"topic-{kind}", windows=[window]))
    case = office.desk.queue.case(submitted.case_id)
    if kind < 4:  # rung at their time, two of them reached
        clock.now = case.promise.slot.span.begins + timedelta(minutes=5 if kind != 2 else 200)
        reached = kind in (0, 1)
        made = Attempt(
            id=uuid4(),
            agent="sato",
            dialled_at=clock(),
            rang_at=clock(),
            outcome=CallOutcome.REACHED if reached else CallOutcome.NO_ANSWER,
            resolution=(Resolution.SATISFIED, Resolution.CALMED)[kind] if reached else None,
        )
        office.desk.settle(case.id, made)
        if reached:
            sent = office.sent.find(case.requests[-1].request.id, device="box-1")
            office.ratings.rate(
                sent, RatingGiven(rating=(Rating.YES, Rating.NO)[kind], at=clock()), by="x", now=clock()
            )
    clock.now = began


def test_days_are_kept_once_they_are_over_and_can_be_computed_again(busy_days, clock):
    office = busy_days
    assert keep_days(office, now=clock()) == 3
    assert keep_days(office, now=clock()) == 0  # the same night
    kept = office.nightly.days(today(clock) - timedelta(days=9), today(clock))
    assert len(kept) == 3
    assert sum(day.figures["kept"]["whole"] for day in kept) > 6
    assert list(differing(office, kept[0].day, kept[-1].day, now=clock())) == []
    for day in kept:
        assert day.figures == of_day(office, day.day, now=clock())


def test_kept_figures_are_what_the_raw_rows_say(busy_days, office, clock):
    """Computed once more here, from the tables themselves and by other means."""
    keep_days(office, now=clock())
    with reading(office.engine) as session:
        promises = session.scalars(select(PromiseRow)).all()
        events = session.scalars(select(EventRow).where(EventRow.kind == "attempt")).all()
        cases = session.scalars(select(CaseRow)).all()
    for day in office.nightly.days(today(clock) - timedelta(days=9), today(clock)):
        span = Period(day.day, day.day).span
        ended = [one for one in promises if span.begins <= one.ends_at < span.ends]
        kept = [
            one
            for one in ended
            if any(
                event.case_id == one.case_id and event.rang_at and one.begins_at <= event.rang_at < one.ends_at
                for event in events
            )
        ]
        assert day.figures["kept"] == {"part": len(kept), "whole": len(ended)}
        rung = [event for event in events if event.rang_at and span.begins <= event.rang_at < span.ends]
        reached = [event for event in rung if event.outcome == "reached"]
        assert day.figures["reach"] == {"part": len(reached), "whole": len(rung)}
        assert day.figures["satisfied"]["part"] == sum(event.resolution == "satisfied" for event in reached)
        opened = [case for case in cases if span.begins <= case.opened_at < span.ends]
        first = {case.id: min((e.rang_at for e in events if e.case_id == case.id), default=None) for case in opened}
        assert day.figures["first_response"]["count"] == sum(at is not None for at in first.values())


def test_a_figure_that_was_changed_is_found(busy_days, office, clock):
    keep_days(office, now=clock())
    day = office.nightly.days(today(clock) - timedelta(days=9), today(clock))[1]
    wrong = {**day.figures, "reach": {"part": 99, "whole": 99}}
    office.nightly.keep(day.day, wrong, now=clock())
    assert list(differing(office, day.day, day.day, now=clock())) == [(day.day, "reach")]


def test_late_news_change_the_last_days_and_not_those_whose_rows_were_forgotten(busy_days, office, clock):
    keep_days(office, now=clock())
    with writing(office.engine) as session:
        for row in session.scalars(select(NightlyRow)):
            row.figures = {**row.figures, "csat": {"part": 0, "whole": 0}}
    clock.pass_time(days=1)
    keep_days(office, now=clock())
    days = office.nightly.days(today(clock) - timedelta(days=9), today(clock))
    assert sum(day.figures["csat"]["whole"] for day in days) == 6  # computed anew
    clock.pass_time(days=800)  # the cases are beyond their time: nothing of those days may be computed again
    before = office.nightly.days(days[0].day, days[-1].day)
    office.forgetting.forget(clock(), office.settings.retention)
    keep_days(office, now=clock())
    assert office.nightly.days(days[0].day, days[-1].day) == before


def test_the_latest_assumptions_are_in_force(office, clock):
    assert (office.assumptions.current().by, office.assumptions.current().values) == (None, Assumptions())
    office.assumptions.assume(Assumptions(told=20), by="lead", now=clock())
    office.assumptions.assume(Assumptions(told=25), by="admin", now=clock())
    found = office.assumptions.current()
    assert (found.by, found.values.told, found.at) == ("admin", 25, clock())
    assert [line.action for line in office.journal.latest(limit=5)][:2] == ["assumed", "assumed"]


def test_assumptions_of_one_moment_or_of_a_clock_set_back_are_kept_in_their_order(office, clock):
    for told, back in ((20, 0), (25, 0), (30, 60)):
        clock.pass_time(minutes=-back)
        office.assumptions.assume(Assumptions(told=told), by="lead", now=clock())
        assert office.assumptions.current().values.told == told
