"""Mails and webhook calls, on both databases: at least once, and once while all goes well."""

from uuid import UUID

from sqlalchemy import select

from server.attempts import CallOutcome, Resolution
from server.spans import in_utc
from server.store.desk_models import MessageRow
from server.store.engine import reading
from tests.callback_samples import new_case, request_of, tokyo
from tests.desk_watch import all_sent, at_once, call, journal_of, kinds, promised_case


def test_mails_wait_for_the_business_hours_but_for_danger(office, watch, clock, sink):
    clock.now = tokyo("2026-11-24 17:00")
    promised_case(office, "2026-11-24 17:30")
    clock.now = tokyo("2026-11-24 17:59")
    watch.look()
    clock.now = tokyo("2026-11-24 18:10")  # the mail server was away meanwhile
    all_sent(watch)
    assert sink.mails == []
    for _ in range(15):
        clock.pass_time(hours=1)
        all_sent(watch)
    assert len(sink.mails) == 1
    assert clock() == tokyo("2026-11-25 09:10")


def test_a_receiver_that_is_down_gets_everything_later_in_the_same_words(office, watch, clock, receiver):
    receiver.status = 503
    case_id = new_case(office.desk.queue)
    office.desk.close(case_id, reason="withdrawn", by="sato")
    watch.look()
    for _ in range(20):
        assert watch.send("webhook") == 0
        clock.pass_time(seconds=30)
    waiting = office.messages.counts()
    receiver.status = 200
    clock.pass_time(hours=1)
    all_sent(watch)
    assert (waiting, office.messages.counts()) == ({"waiting": 2, "given_up": 0}, {"waiting": 0, "given_up": 0})
    assert len(receiver.told("callback.received")) == len(receiver.told("callback.closed")) == 1
    assert receiver.told("callback.closed")[0]["reason"] == "withdrawn"


def test_given_up_after_a_day_is_an_alarm_until_one_gets_through(office, watch, clock, receiver, sink):
    receiver.status = 500
    new_case(office.desk.queue, windows=[{"begins": "2026-12-01T09:00:00+09:00", "ends": "2026-12-01T12:00:00+09:00"}])
    watch.look()
    for _ in range(27 * 6):
        watch.send("webhook")
        clock.pass_time(minutes=10)
    assert office.messages.counts() == {"waiting": 0, "given_up": 1}
    watch.look()
    assert kinds(office) == ["message_failed"]
    all_sent(watch)
    assert "外部システムへの通知" in sink.mails[-1].get_content()
    receiver.status = 200
    clock.pass_time(hours=1)
    all_sent(watch)  # the alarm itself is told to the webhook
    watch.look()
    assert kinds(office) == []


def test_a_receiver_that_wants_no_more_gets_no_more(office, watch, receiver):
    receiver.status = 410
    new_case(office.desk.queue)
    watch.look()
    watch.send("webhook")
    assert office.messages.counts() == {"waiting": 0, "given_up": 1}
    (line,) = journal_of(office, "message_given_up")
    assert line.detail == {"route": "webhook", "event": "callback.received", "error": "HTTP 410"}


def test_what_a_killed_worker_had_claimed_goes_out_after_the_claim(office, watch, clock, receiver):
    new_case(office.desk.queue)
    watch.look()
    killed = office.messages.claim("webhook", clock())
    assert killed is not None
    assert watch.send("webhook") == 0
    clock.pass_time(minutes=3)
    assert watch.send("webhook") == 1
    office.messages.failed(killed, "late", again_at=clock(), now=clock())  # it was only asleep
    assert watch.send("webhook") == 0
    assert receiver.ids == [f"msg_{killed.id.hex}"]


def test_a_claim_or_a_wait_written_by_a_wrong_clock_holds_nothing_back(office, watch, clock, receiver):
    new_case(office.desk.queue)
    watch.look()
    clock.pass_time(days=1)
    assert office.messages.claim("webhook", clock()) is not None  # and killed
    clock.pass_time(days=-1)
    assert watch.send("webhook") == 1
    new_case(office.desk.queue)
    watch.look()
    clock.pass_time(days=1)
    receiver.status = 500
    assert watch.send("webhook") == 0
    receiver.status = 200
    clock.pass_time(days=-1)
    assert watch.send("webhook") == 1


def test_mails_and_payloads_are_encrypted_and_errors_are_without_people(office, watch, receiver, sink):
    receiver.status, sink.refuse = 500, "550 hanako@example.jp is unknown here"
    new_case(office.desk.queue, urgency="safety", channel="email", channel_address="hanako@example.jp")
    watch.look()
    watch.look()
    watch.send("webhook")
    watch.send("mail")
    with reading(office.engine) as session:
        rows = session.scalars(select(MessageRow)).all()
        assert len(rows) == 3
        assert {row.last_error for row in rows} == {"HTTP 500", "SMTP recipients refused [550]", ""}
        for row in rows:
            assert b"hanako" not in row.payload_locked
            assert b"callback" not in row.payload_locked


def test_the_webhook_follows_a_case(office, watch, clock, receiver):
    watch.look()
    request = request_of(channel="line", channel_address="U123")
    case_id = office.desk.receive(request).case_id
    clock.now = tokyo("2026-11-25 09:00")
    call(office, case_id, CallOutcome.NO_ANSWER)
    clock.now = tokyo("2026-11-25 11:10")
    call(office, case_id, CallOutcome.REACHED, resolution=Resolution.CALMED)
    for _ in range(3):
        watch.look()
        all_sent(watch)
    (received,) = receiver.told("callback.received")
    assert received["case"] == str(case_id)
    assert received["request"] == str(request.id)
    assert (received["device"], received["channel"], received["address"]) == ("box-1", "line", "U123")
    assert [told["outcome"] for told in receiver.told("callback.tried")] == ["no_answer", "reached"]
    assert receiver.told("callback.tried")[1]["resolution"] == "calmed"
    (moved,) = receiver.told("callback.promised")
    assert in_utc(tokyo("2026-11-25 13:00")).isoformat() == moved["promise"]["begins"]
    assert [told["reason"] for told in receiver.told("callback.closed")] == ["calmed"]
    assert [entry.detail for entry in journal_of(office, "passed_on")] == [{"channel": "line"}]
    assert len(set(receiver.ids)) == len(receiver.ids)


def test_the_one_who_sends_sms_is_asked_once(office, watch, clock, receiver):
    case_id = new_case(office.desk.queue)
    for _ in range(office.desk.policy.most):
        clock.pass_time(minutes=10)
        call(office, case_id, CallOutcome.NO_ANSWER)
    watch.look()
    all_sent(watch)
    (wanted,) = receiver.told("callback.sms_wanted")
    assert wanted["phone"] == "+819012345678"
    assert "声窓 受付" in wanted["text"]
    clock.pass_time(days=2)
    at_once(watch.minute)
    assert office.desk.queue.case(case_id).closed_at is None
    clock.pass_time(days=1, minutes=1)
    at_once(watch.minute)
    assert office.desk.queue.case(case_id).close_reason == "unreachable"
    watch.look()
    all_sent(watch)
    assert len(receiver.told("callback.sms_wanted")) == len(receiver.told("callback.closed")) == 1


def test_turned_on_late_the_webhook_is_not_told_of_the_past(office, watch, clock, receiver):
    new_case(office.desk.queue)
    clock.pass_time(hours=2)
    recent = office.desk.receive(request_of(phone="090-1111-2222")).case_id
    watch.look()
    all_sent(watch)
    assert [UUID(told["case"]) for told in receiver.told("callback.received")] == [recent]
