"""What the desk does by itself, on both databases: alarms and follow-ups, each exactly once."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from server.attempts import Attempt, CallOutcome, Resolution
from server.store.alarms import AlarmBook
from server.store.engine import open_engine, writing
from server.store.messages import MessageBox
from server.store.models import RequestRow
from server.work.insight import due_round
from server.work.watch import Watch
from server.work.worker import Rounds
from tests.callback_samples import minutes, new_case, request_of, tokyo
from tests.desk_watch import all_sent, at_once, call, journal_of, kinds, promised_case


def test_a_promise_nobody_sees_to_is_raised_and_cleared_by_the_claim(office, watch, clock):
    case_id = promised_case(office, "2026-11-24 15:00")
    watch.look()
    assert kinds(office) == []
    clock.now = tokyo("2026-11-24 14:50")
    watch.look()
    assert kinds(office) == ["promise_due"]
    office.desk.claim(case_id, "sato")
    watch.look()
    assert kinds(office) == []
    assert [entry.detail["kind"] for entry in journal_of(office, "alarm_cleared")] == ["promise_due"]
    clock.pass_time(minutes=16)  # 15:06: the lease is over, and nobody called
    watch.look()
    assert kinds(office) == ["promise_due", "promise_missed"]
    call(office, case_id, CallOutcome.REACHED, resolution=Resolution.SATISFIED)
    watch.look()
    assert kinds(office) == []


def test_a_safety_case_alarms_at_night(office, watch, clock, sink, receiver):
    clock.now = tokyo("2026-11-22 03:00")
    case_id = office.desk.receive(request_of(urgency="safety")).case_id
    watch.minute()
    all_sent(watch)
    assert kinds(office) == ["safety"]
    (mail,) = sink.mails
    assert sink.recipients == ["lead@example.jp", "night@example.jp"]
    assert mail["Subject"] == "【声窓 受付】安全に関わるご用件です"
    text = mail.get_content()
    assert f"https://desk.example.jp/cases/{case_id}" in text
    assert str(case_id)[:8] in text
    for secret in ("山田", "花子", "9012345678", "返金してください"):
        assert secret not in text
    (raised,) = receiver.told("alarm.raised")
    assert (raised["kind"], raised["case"]) == ("safety", str(case_id))


def test_many_watchers_raise_and_send_everything_once(office, watch, clock, sink, receiver):
    for number in range(5):
        new_case(office.desk.queue, urgency="safety", phone=f"090-1234-000{number}")
    clock.pass_time(minutes=1)
    at_once(watch.minute)
    assert kinds(office) == ["safety"] * 5
    assert len(journal_of(office, "alarm")) == 5
    at_once(watch.look, lambda: watch.send("webhook"), lambda: watch.send("mail"))
    watch.look()
    all_sent(watch)
    assert len(sink.mails) == 1  # one for all that was raised together
    assert len(receiver.told("alarm.raised")) == 5
    assert len(receiver.told("callback.received")) == 5
    assert len(set(receiver.ids)) == len(receiver.ids) == 10


def test_an_alarm_seen_leaves_the_banner_and_stays_in_the_register(office, watch, clock):
    new_case(office.desk.queue, urgency="safety")
    watch.look()
    hours = office.desk.plan.hours
    (rung,) = office.alarms.running(hours, now=clock())
    assert office.alarms.see(rung.alarm.key, by="sato", now=clock())
    assert not office.alarms.see(rung.alarm.key, by="suzuki", now=clock())
    watch.look()
    assert office.alarms.running(hours, now=clock()) == ()
    assert [(one.alarm.kind, one.seen_by) for one in office.alarms.latest()] == [("safety", "sato")]
    assert [entry.actor for entry in journal_of(office, "alarm_seen")] == ["sato"]


def test_the_banner_shows_only_danger_outside_the_hours(office, watch, clock):
    clock.now = tokyo("2026-11-24 14:00")
    promised_case(office, "2026-11-24 15:00")
    danger = new_case(office.desk.queue, urgency="safety", phone="090-1111-2222")
    clock.now = tokyo("2026-11-24 15:10")
    watch.look()
    hours = office.desk.plan.hours
    assert [one.alarm.kind for one in office.alarms.running(hours, now=clock())] == [
        "safety", "promise_missed", "promise_due",
    ]  # fmt: skip
    clock.now = tokyo("2026-11-24 18:30")
    (one,) = office.alarms.running(hours, now=clock())
    assert one.alarm.case_id == danger


def test_a_clock_that_jumps_makes_no_storm_and_loses_nothing(office, watch, clock, sink):
    for number, begins in enumerate(["10:00", "10:00", "10:30", "10:30", "11:00", "11:00"]):
        promised_case(office, f"2026-11-25 {begins}", phone=f"090-1234-000{number}")
    clock.pass_time(days=1, hours=3)  # 13:00 of the next day
    watch.minute()
    all_sent(watch)
    assert set(kinds(office)) == {"promise_due", "promise_missed"}
    assert len(sink.mails) == 1
    clock.pass_time(days=-1, hours=-3)
    watch.minute()
    assert kinds(office) == []
    clock.now = tokyo("2026-11-25 09:50")
    watch.minute()
    all_sent(watch)
    assert kinds(office) == ["promise_due"] * 2  # the two of 10:00, raised once more when their time came
    assert len(sink.mails) == 2


def test_a_call_whose_settling_was_cut_off_is_settled_by_the_watch(office, watch, clock):
    case_id = promised_case(office, "2026-11-24 15:00")
    clock.now = tokyo("2026-11-24 15:01")
    attempt = Attempt(id=uuid4(), agent="sato", dialled_at=clock(), rang_at=clock(), outcome=CallOutcome.NO_ANSWER)
    office.desk.queue.record(case_id, attempt)  # and the power went
    watch.minute()
    assert office.desk.queue.case(case_id).promise.slot.span.begins == tokyo("2026-11-24 15:00")
    clock.pass_time(minutes=3)
    at_once(watch.minute)
    assert office.desk.queue.case(case_id).promise.slot.span.begins > clock()
    assert len([entry for entry in journal_of(office, "promised") if entry.actor == "system"]) == 1


def test_a_case_that_cannot_be_read_holds_up_no_other(office, watch, clock, receiver):
    damaged, sound = (promised_case(office, f"2026-11-24 {at}") for at in ("14:30", "15:00"))
    clock.now = tokyo("2026-11-24 15:01")
    for case_id in (damaged, sound):
        call = {"dialled_at": clock(), "rang_at": clock(), "outcome": CallOutcome.NO_ANSWER}
        office.desk.queue.record(case_id, Attempt(id=uuid4(), agent="sato", **call))
    with writing(office.engine) as session:
        session.execute(update(RequestRow).where(RequestRow.case_id == damaged).values(phone_locked=b"damaged"))
    clock.pass_time(minutes=3)
    watch.minute()
    all_sent(watch)
    assert office.desk.queue.case(sound).promise.slot.span.begins > clock()
    told = {data["case"] for data in receiver.told("callback.tried")}
    assert told == {str(sound)}


@pytest.mark.parametrize("touch", ["reopened", "asked again", "claimed"])
def test_the_watch_leaves_alone_what_people_took_up(office, watch, clock, touch):
    case_id = new_case(office.desk.queue, topic="refund")
    clock.pass_time(minutes=5)
    call(office, case_id, CallOutcome.WRONG_NUMBER)
    clock.pass_time(minutes=5)
    office.desk.queue.reopen(case_id, by="sato", now=clock())
    if touch == "asked again":
        assert office.desk.queue.submit(request_of(), now=clock()).joined
    elif touch == "claimed":
        office.desk.claim(case_id, "sato")
    clock.now = tokyo("2026-11-26 12:00") if touch != "claimed" else clock.now + minutes(5)
    watch.minute()
    assert office.desk.queue.case(case_id).closed_at is None


def test_a_silent_device_alarms_until_it_is_heard_of(office, watch, clock):
    code = office.devices.make_code("box-1", "一階 受付", by="admin", now=clock())
    device, _ = office.devices.enrol(code, now=clock())
    clock.pass_time(hours=23)
    watch.look()
    assert kinds(office) == []
    clock.pass_time(hours=1)
    watch.look()
    (rung,) = office.alarms.running(office.desk.plan.hours, now=clock())
    assert (rung.alarm.kind, rung.device_name) == ("device_silent", "一階 受付")
    office.devices.heartbeat(device, "1.0", now=clock())
    watch.look()
    assert kinds(office) == []


def nightly_rounds(office):
    return len(journal_of(office, "forgotten")) + len(journal_of(office, "forget_doubted"))


def test_what_is_old_is_forgotten_once_a_day_from_three_o_clock(office, watch, clock):
    done = []
    for hours in range(0, 49):
        clock.now = tokyo("2026-11-25 01:30") + timedelta(hours=hours)
        due_round(office)  # as the clockwork does beside it
        watch.minute()
        done.append(nightly_rounds(office))
    assert done[1] == 0
    assert done[2] == done[25] == 1
    assert done[26] == done[48] == 2


def test_figures_and_forgetting_wait_for_insight_and_not_for_ever(office, watch, clock):
    """What customers asked is counted in the day's figures; a round of insight that fails must not keep data for ever."""
    done = {}
    for hour in range(3, 7):
        clock.now = tokyo(f"2026-11-25 0{hour}:30")
        watch.minute()
        done[hour] = nightly_rounds(office)
    assert done == {3: 0, 4: 0, 5: 1, 6: 1}


def test_while_the_database_is_away_the_rounds_go_on_and_say_so_once_a_minute(office, clock, caplog):
    gone = open_engine("postgresql://nobody@127.0.0.1:1/none")  # nothing listens there
    blind = replace(office, engine=gone, alarms=AlarmBook(gone, office.vault), messages=MessageBox(gone, office.vault))
    seconds = iter(range(0, 1000, 20))
    rounds = Rounds(timer=lambda: next(seconds))
    for _ in range(7):  # two minutes
        rounds.run("look", Watch(blind, {}).look)
    assert [record.getMessage().split(": ")[1] for record in caplog.records] == ["StoreUnavailable"] * 3
    new_case(office.desk.queue, urgency="safety")
    rounds.run("look", Watch(office, {}).look)
    assert kinds(office) == ["safety"]
    gone.dispose()
