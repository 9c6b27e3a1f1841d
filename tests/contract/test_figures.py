"""What measures, calendar and exports read, on both databases."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event

from server.attempts import Attempt, CallOutcome, Resolution
from server.measure_rows import Ratio
from server.measures import figures
from server.spans import Span
from server.store.calendar import CalendarStore
from server.store.exports import PORTION, ExportStore, Which
from server.store.figures import FigureStore
from server.store.journal import Journal
from server.store.vault import Vault
from server.verdicts import Verdict
from tests.callback_samples import NOW, new_case, request_of, slot_at
from tests.contract.conftest import KEY

DAY = timedelta(days=1)
ALL = Span(NOW - 10 * DAY, NOW + 20 * DAY)


def minutes(n):
    return NOW + timedelta(minutes=n)


def promise(queue, case_id, after_minutes, *, now=0):
    queue.promise(case_id, slot_at(after_minutes), seats=99, by="sato", now=minutes(now))


def ring(queue, case_id, at, outcome="no_answer", resolution=None):
    moment = minutes(at)
    made = Attempt(
        id=uuid4(),
        agent="sato",
        dialled_at=moment,
        rang_at=moment,
        outcome=CallOutcome(outcome),
        resolution=Resolution(resolution) if resolution else None,
    )
    queue.record(case_id, made)


@pytest.fixture
def calendar(engine):
    return CalendarStore(engine, Vault(KEY))


@pytest.fixture
def exports(engine):
    return ExportStore(engine, Vault(KEY))


@pytest.fixture
def figure_store(engine):
    return FigureStore(engine)


def test_a_day_of_the_desk_becomes_figures(stored_queue, figure_store):
    kept, missed, moved = (new_case(stored_queue, phone=f"090-1234-000{n}") for n in range(3))
    for case_id in (kept, missed, moved):
        promise(stored_queue, case_id, 60)
    promise(stored_queue, moved, 120, now=30)
    ring(stored_queue, kept, 65, "reached", "satisfied")
    stored_queue.close(kept, reason="satisfied", by="sato", now=minutes(70))
    now = minutes(140)
    found = figures(figure_store.rows(ALL, now=now), now=now)
    assert (found.kept, found.moved) == (Ratio(1, 2), 1)
    assert (found.first_response.count, found.first_response.waiting) == (1, 2)
    assert found.first_response.median == timedelta(minutes=65)
    assert found.resolution.median == timedelta(minutes=70)
    assert (found.first_contact, found.provisional) == (Ratio(1, 1), 1)
    assert (found.reach, found.outcomes, found.resolutions) == (Ratio(1, 1), {"reached": 1}, {"satisfied": 1})
    only = figures(figure_store.promises(ALL, now=now), now=now)
    assert (only.kept, only.reach) == (Ratio(1, 2), Ratio(0, 0))


def test_the_same_customer_heard_of_again_unmakes_the_resolution(stored_queue, figure_store):
    case_id = new_case(stored_queue)
    ring(stored_queue, case_id, 5, "reached", "satisfied")
    stored_queue.close(case_id, reason="satisfied", by="sato", now=minutes(5))
    stored_queue.submit(request_of(topic="another"), now=NOW + 3 * DAY)
    found = figures(figure_store.rows(ALL, now=NOW + 9 * DAY), now=NOW + 9 * DAY)
    assert found.first_contact == Ratio(0, 1)


def test_what_lies_outside_the_period_is_not_counted(stored_queue, figure_store):
    case_id = new_case(stored_queue)
    promise(stored_queue, case_id, 60)
    ring(stored_queue, case_id, 65)
    for span in (Span(NOW - DAY, NOW), Span(NOW + DAY, NOW + 2 * DAY)):
        found = figures(figure_store.rows(span, now=NOW + 3 * DAY), now=NOW + 3 * DAY)
        assert (found.kept.whole, found.reach.whole, found.first_response.count) == (0, 0, 0)


def test_how_things_stand(stored_queue, figure_store):
    assert figure_store.now(late_before=NOW).backlog == 0
    waiting, urgent, done = (new_case(stored_queue, urgency=kind) for kind in ("normal", "safety", "normal"))
    stored_queue.close(done, reason="other", by="sato", now=NOW)
    promise(stored_queue, waiting, 60)
    ring(stored_queue, urgent, 1, "reached", "calmed")
    now = figure_store.now(late_before=minutes(61))
    assert (now.backlog, now.late, now.safety, now.alarms, now.messages, now.devices) == (2, 2, 1, 0, 0, 0)
    assert figure_store.results(ALL) == ({"reached": 1}, {"calmed": 1})


def test_the_figures_of_a_week_need_no_walk_through_the_past(engine, figure_store):
    """Every statement about a period goes through an index."""
    if engine.dialect.name != "sqlite":
        pytest.skip("the plan of an empty PostgreSQL table is always a walk")
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append((call[2], call[3])))
    figure_store.rows(ALL, now=NOW)
    asked = [(text, values) for text, values in statements if text.startswith("SELECT")]
    assert len(asked) == 9
    with engine.connect() as connection:
        for text, values in asked:
            plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values))
            assert "SCAN" not in plan, text


def test_the_calendar_shows_what_stands_and_what_was_kept(stored_queue, calendar):
    kept, missed, moved, later = (new_case(stored_queue) for _ in range(4))
    for case_id in (kept, missed, moved):
        promise(stored_queue, case_id, 60)
    promise(stored_queue, moved, 120, now=10)
    promise(stored_queue, later, 24 * 60)
    ring(stored_queue, kept, 62)
    stored_queue.claim(kept, "sato", now=NOW, lasting=DAY)
    day, now = Span(NOW, NOW + timedelta(hours=6)), minutes(91)
    entries = calendar.entries(day, now=now)
    assert [(entry.case_id, entry.verdict) for entry in sorted(entries, key=lambda e: e.verdict)] == [
        (kept, Verdict.KEPT),
        (missed, Verdict.MISSED),
        (moved, Verdict.OPEN),
    ]
    by_case = {entry.case_id: entry for entry in entries}
    assert (by_case[kept].agent, by_case[kept].customer.name, by_case[missed].waiting) == ("sato", "山田 花子", True)
    days = calendar.counts(Span(NOW - DAY, NOW + 2 * DAY), now=now)
    assert {(day.day, verdict): count for (day, verdict), count in days.items()} == {
        (24, Verdict.KEPT): 1,
        (24, Verdict.MISSED): 1,
        (24, Verdict.OPEN): 1,
        (25, Verdict.OPEN): 1,
    }


def test_a_feed_follows_the_case(stored_queue, calendar):
    case_id, other = new_case(stored_queue), new_case(stored_queue)
    stored_queue.claim(case_id, "sato", now=NOW, lasting=DAY)
    promise(stored_queue, case_id, 60)
    promise(stored_queue, other, 60)
    since = NOW - 7 * DAY
    (first,) = calendar.feed("sato", since=since)
    assert (first.case_id, first.sequence, first.cancelled, first.changed_at) == (case_id, 0, False, NOW)
    promise(stored_queue, case_id, 120, now=5)
    (moved,) = calendar.feed("sato", since=since)
    assert (moved.span.begins, moved.sequence, moved.changed_at) == (minutes(120), 2, minutes(5))
    stored_queue.close(case_id, reason="other", by="sato", now=minutes(9))
    (closed,) = calendar.feed("sato", since=since)
    assert (closed.cancelled, closed.sequence, closed.changed_at) == (True, 3, minutes(9))
    assert calendar.feed("sato", since=NOW + 30 * DAY) == ()
    assert calendar.feed("nobody", since=since) == ()


def test_an_export_is_registered_and_then_read(stored_queue, exports, engine):
    case_id = new_case(stored_queue)
    closed = new_case(stored_queue)
    promise(stored_queue, case_id, 60)
    ring(stored_queue, case_id, 1, "reached", "unsolved")
    ring(stored_queue, case_id, 2, "voicemail")
    stored_queue.close(closed, reason="other", by="sato", now=NOW)
    export = exports.register(ALL, Which.OPEN, by="lead", now=NOW)
    (case,) = exports.cases(export.id)
    assert (case.id, case.name, case.phone, case.attempts) == (case_id, "山田 花子", "+819012345678", 2)
    assert (case.last_outcome, case.resolution) == (CallOutcome.VOICEMAIL, Resolution.UNSOLVED)
    assert case.promise == slot_at(60).span
    assert exports.latest() == (export,)
    assert export.rows == 1
    line = Journal(engine).latest(limit=1)[0]
    assert (line.action, line.actor, line.detail["export"]) == ("exported", "lead", str(export.id))
    assert exports.register(Span(NOW + DAY, NOW + 2 * DAY), Which.ALL, by="lead", now=NOW).rows == 0
    everything = exports.register(ALL, Which.ALL, by="lead", now=NOW)
    assert {case.id for case in exports.cases(everything.id)} == {case_id, closed}
    assert everything.rows == 2


def test_a_long_export_holds_each_case_once(stored_queue, exports):
    made = {new_case(stored_queue) for _ in range(PORTION + 3)}
    export = exports.register(ALL, Which.ALL, by="lead", now=NOW)
    found = [case.id for case in exports.cases(export.id)]
    assert (len(found), set(found)) == (PORTION + 3, made)
