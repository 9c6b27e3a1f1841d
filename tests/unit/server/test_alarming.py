from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from server.alarming import (
    Alarm,
    AlarmKind,
    AlarmRule,
    Facts,
    Waiting,
    alarms_of,
    due_now,
    is_open,
    most_pressing,
    next_opening,
)
from server.opening_hours import Closure, OpeningHours
from tests.callback_samples import OFFICE, minutes, tokyo

HOURS = OpeningHours(week=dict.fromkeys(range(5), OFFICE))  # 09:00-12:00, 13:00-18:00, not on public holidays
RULE = AlarmRule(before_promise=minutes(10), device_silent=timedelta(hours=24), hours=HOURS)
CASE = UUID(int=1)
PROMISED = tokyo("2026-11-24 15:00")  # a Tuesday; Monday the 23rd is 勤労感謝の日
MADE = tokyo("2026-11-24 10:00")


def promised(at=PROMISED, **changes):
    times = {"due_at": at, "promised_at": at, "promised_until": at + minutes(30), "promise_made_at": MADE}
    return Waiting(**({"case_id": CASE} | times | changes))


def ringing(now, *waiting, devices=(), routes=()):
    facts = Facts(waiting=waiting, devices_seen=devices, routes_failing=routes)
    return [alarm.kind for alarm in due_now(alarms_of(facts, RULE), now=now, hours=HOURS)]


@pytest.mark.parametrize(
    ("now", "case", "kinds"),
    [
        ("14:49", promised(), []),
        ("14:50", promised(), [AlarmKind.PROMISE_DUE]),
        ("14:50", promised(claimed=True), []),
        ("14:50", promised(rang_at=tokyo("2026-11-24 14:40")), []),
        ("14:50", promised(rang_at=tokyo("2026-11-24 09:40")), [AlarmKind.PROMISE_DUE]),  # that call led to the promise
        ("15:29", promised(claimed=True), []),  # the call may be going on: it is recorded when it is over
        ("15:30", promised(claimed=True), [AlarmKind.PROMISE_MISSED]),  # claimed is not called
        ("15:05", promised(), [AlarmKind.PROMISE_DUE, AlarmKind.PROMISE_MISSED]),
        ("15:05", promised(rang_at=tokyo("2026-11-24 15:02")), []),
    ],
)
def test_a_promise_about_to_be_missed(now, case, kinds):
    assert ringing(tokyo(f"2026-11-24 {now}"), case) == kinds


@pytest.mark.parametrize(
    ("now", "rings"),
    [
        ("2026-11-25 08:50", False),  # nobody is there yet
        ("2026-11-25 08:59", False),
        ("2026-11-25 09:00", True),
    ],
)
def test_the_first_promise_of_the_day_alarms_at_opening(now, rings):
    assert ringing(tokyo(now), promised(tokyo("2026-11-25 09:00"))) == [AlarmKind.PROMISE_DUE] * rings


@pytest.mark.parametrize(
    ("case", "kinds"),
    [
        ({}, [AlarmKind.SAFETY]),
        ({"claimed": True}, []),
        ({"rang_at": tokyo("2026-11-22 03:01")}, []),
        ({"rang_at": tokyo("2026-11-21 12:00")}, [AlarmKind.SAFETY]),  # danger was reported after that call
    ],
)
def test_danger_alarms_at_once_and_at_night(case, kinds):
    at = tokyo("2026-11-22 03:00")  # a Sunday
    assert ringing(at, Waiting(case_id=CASE, due_at=at, danger_at=at, **case)) == kinds


def test_danger_called_once_alarms_again_only_for_what_follows():
    case = {"case_id": CASE, "danger_at": MADE, "rang_at": MADE + minutes(1), "due_at": MADE + minutes(60)}
    assert ringing(MADE + minutes(64), Waiting(**case)) == []
    assert ringing(MADE + minutes(65), Waiting(**case)) == [AlarmKind.NOT_PROMISED]


@pytest.mark.parametrize(("after", "rings"), [(4, False), (5, True)])
def test_what_could_not_be_promised_alarms_when_it_was_wished_for(after, rings):
    case = Waiting(case_id=CASE, due_at=PROMISED)
    assert ringing(PROMISED + minutes(after), case) == [AlarmKind.NOT_PROMISED] * rings


@pytest.mark.parametrize(
    ("now", "rings"),
    [("2026-11-24 10:59", False), ("2026-11-24 11:00", True), ("2026-11-24 12:30", False), ("2026-11-24 19:00", False)],
)
def test_a_silent_device_alarms_within_hours(now, rings):
    seen = [("box-1", tokyo("2026-11-23 11:00"))]
    assert ringing(tokyo(now), devices=seen) == [AlarmKind.DEVICE_SILENT] * rings


def test_given_up_messages_alarm():
    assert ringing(PROMISED, routes=[("mail", MADE)]) == [AlarmKind.MESSAGE_FAILED]


def test_over_a_week_with_a_holiday_nothing_but_danger_rings_outside_the_hours():
    """Every quarter of an hour of eight days, everything alarming all the time."""
    hours = OpeningHours(
        week=dict.fromkeys(range(5), OFFICE),
        closures=(
            Closure(name="棚卸し", first=tokyo("2026-11-27 00:00").date(), last=tokyo("2026-11-27 00:00").date()),
        ),
    )
    long_ago = tokyo("2026-11-01 10:00")
    ordinary = Facts(
        waiting=[promised(long_ago, promise_made_at=long_ago), Waiting(case_id=CASE, due_at=long_ago)],
        devices_seen=[("box-1", long_ago)],
        routes_failing=[("webhook", long_ago)],
    )
    danger = Facts(waiting=[Waiting(case_id=CASE, due_at=long_ago, danger_at=long_ago)])
    rule = AlarmRule(before_promise=minutes(10), device_silent=timedelta(hours=24), hours=hours)
    rung = set()
    for quarter in range(8 * 24 * 4):
        now = tokyo("2026-11-22 00:00") + minutes(15 * quarter)
        assert [alarm.kind for alarm in due_now(alarms_of(danger, rule), now=now, hours=hours)] == [AlarmKind.SAFETY]
        ringing_now = due_now(alarms_of(ordinary, rule), now=now, hours=hours)
        assert len(ringing_now) in (0, 5)
        if ringing_now:
            rung.add((now.day, now.hour))
    open_hours = {9, 10, 11, 13, 14, 15, 16, 17}
    assert rung == {(day, hour) for day in (24, 25, 26) for hour in open_hours}  # not Sunday, 勤労感謝の日, 棚卸し


def test_the_next_opening():
    moments = [tokyo(f"2026-11-{text}") for text in ("21 10:00", "24 10:00", "24 12:00", "24 18:00")]
    expected = [tokyo(f"2026-11-{text}") for text in ("24 09:00", "24 10:00", "24 13:00", "25 09:00")]
    assert [next_opening(HOURS, moment) for moment in moments] == expected
    assert [is_open(HOURS, moment) for moment in moments] == [False, True, False, False]
    never = OpeningHours(week={})
    assert next_opening(never, MADE) == MADE


def test_a_key_is_the_same_for_all_watchers_and_says_what_it_is_about():
    first, again = (alarms_of(Facts(waiting=[promised()]), RULE) for _ in range(2))
    assert [alarm.key for alarm in first] == [alarm.key for alarm in again]
    moved = alarms_of(Facts(waiting=[promised(PROMISED + minutes(30))]), RULE)
    assert not {alarm.key for alarm in first} & {alarm.key for alarm in moved}
    for alarm in first:
        read = Alarm.read(alarm.key)
        assert (read.kind, read.case_id, read.about) == (alarm.kind, CASE, PROMISED)
    device = alarms_of(Facts(devices_seen=[("box-1", MADE)]), RULE)[0]
    assert (Alarm.read(device.key).device_id, device.case_id) == ("box-1", None)


def test_clocks_that_differ_a_little_do_not_clear_each_others_alarms():
    due = alarms_of(Facts(waiting=[promised()]), RULE)[0]
    times = [due.starts - minutes(n) for n in (3, 1, 0)]
    assert [due.holds(now) for now in times] == [False, True, True]
    assert [due_now([due], now=now, hours=HOURS) == (due,) for now in times] == [False, False, True]


def test_a_subject_is_shown_once_the_most_pressing_first():
    other = Waiting(case_id=UUID(int=2), due_at=MADE, danger_at=MADE)
    alarms = alarms_of(Facts(waiting=[promised(), other], routes_failing=[("mail", MADE)]), RULE)
    shown = most_pressing(alarms)
    assert [alarm.kind for alarm in shown] == [AlarmKind.SAFETY, AlarmKind.PROMISE_MISSED, AlarmKind.MESSAGE_FAILED]
    assert all(one.kind.rank <= two.kind.rank for one, two in pairwise(shown))
