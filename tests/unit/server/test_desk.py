"""The desk over the queue in memory: what follows from a call, and what the watch makes of a wait that is over."""

from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest

from server.attempts import (
    Attempt,
    AttemptPolicy,
    CallAgain,
    CallOutcome,
    Close,
    CloseReason,
    Done,
    Resolution,
    SendSms,
    SmsSent,
)
from server.desk import RACES, CallbackDesk
from server.fakes import MemoryCallbackQueue
from server.plan_table import DeskSettings
from server.progress import Progress, progress_of
from server.records import SlotFull
from server.slots import Slot
from server.spans import Span
from tests.callback_samples import SetClock, minutes, office_plan, request_of, tokyo

MORNING = [{"begins": "2026-11-25T09:00:00+09:00", "ends": "2026-11-25T12:00:00+09:00"}]
PLAN = office_plan(capacity={"general": 1})
POLICY = AttemptPolicy(most=3, gap_minutes=(120, 1440), busy_gap_minutes=15, sms_wait_minutes=4320)


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def queue():
    return MemoryCallbackQueue()


@pytest.fixture
def desk_of(queue, clock):
    def desk(*, plan=PLAN, policy=POLICY, passes_sms=True, of=queue):
        return CallbackDesk(of, DeskSettings(plan=plan, policy=policy), clock, passes_sms=passes_sms)

    return desk


@pytest.fixture
def desk(desk_of):
    return desk_of()


@pytest.fixture
def case_id(desk):
    return desk.receive(request_of(windows=MORNING)).case_id


def attempt(clock, outcome, **changes):
    rang_at = clock() if outcome else None
    given = {"id": uuid4(), "agent": "sato", "dialled_at": clock(), "rang_at": rang_at, "outcome": outcome}
    return Attempt(**(given | changes))


def promised(case):
    return None if case.promise is None else case.promise.slot.span.begins


def test_a_request_is_promised_the_first_time_that_suits(desk, clock):
    submitted = [desk.receive(request_of(windows=MORNING, phone=f"090-1234-000{n}")) for n in range(2)]
    begins = [one.promise.slot.span.begins for one in submitted]
    assert begins == [tokyo("2026-11-25 09:00"), tokyo("2026-11-25 09:30")]


def test_a_request_whose_times_are_taken_is_kept_without_a_promise(desk, queue):
    one_slot = [{"begins": "2026-11-25T09:00:00+09:00", "ends": "2026-11-25T09:30:00+09:00"}]
    desk.receive(request_of(windows=one_slot, phone="090-1111-1111"))
    second = desk.receive(request_of(windows=one_slot, phone="090-2222-2222"))
    assert second.promise is None
    assert queue.case(second.case_id).due_at == tokyo("2026-11-25 09:00")


def test_danger_is_promised_the_next_time_there_is_when_none_wished_for_is_free(desk):
    one_slot = [{"begins": "2026-11-25T09:00:00+09:00", "ends": "2026-11-25T09:30:00+09:00"}]
    desk.receive(request_of(windows=one_slot, phone="090-1111-1111"))
    danger = desk.receive(request_of(windows=one_slot, urgency="safety"))
    assert danger.promise.slot.span.begins == tokyo("2026-11-24 10:00")


def test_a_series_nobody_answers_goes_through_the_day_then_sms_then_the_end(desk, queue, case_id, clock):
    clock.now = tokyo("2026-11-25 09:00")
    first = desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER))
    assert isinstance(first.step, CallAgain)
    clock.now = promised(queue.case(case_id))
    assert clock() == tokyo("2026-11-25 13:00")  # two hours later is lunch; another time of day
    desk.settle(case_id, attempt(clock, CallOutcome.VOICEMAIL))
    clock.now = promised(queue.case(case_id))
    assert clock() == tokyo("2026-11-26 16:00")  # a day later, at the time of day not tried yet
    third = desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER))
    case = queue.case(case_id)
    assert (third.step, third.closed, case.promise) == (SendSms(), False, None)
    assert len([event for event in case.events if isinstance(event, SmsSent)]) == 1
    assert case.due_at == clock() + timedelta(days=3)
    clock.pass_time(days=2)
    assert not desk.follow_up(case_id, by="system").closed
    clock.pass_time(days=1)
    assert desk.follow_up(case_id, by="system").closed
    assert queue.case(case_id).close_reason == "unreachable"


def test_without_anybody_to_send_sms_the_series_ends_at_once(desk_of, queue, clock):
    desk = desk_of(passes_sms=False)
    case_id = desk.receive(request_of(windows=MORNING)).case_id
    for _ in range(2):
        clock.pass_time(minutes=20)
        assert not desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER)).closed
    clock.pass_time(minutes=20)
    settled = desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER))
    assert settled.step == Close(CloseReason.UNREACHABLE, clock())
    case = queue.case(case_id)
    assert case.close_reason == "unreachable"
    assert not [event for event in case.events if isinstance(event, SmsSent)]


def test_one_failed_call_does_not_end_the_case_of_who_asked_again_after_the_sms(desk, queue, clock):
    today = [{"begins": "2026-11-24T09:00:00+09:00", "ends": "2026-11-24T18:00:00+09:00"}]
    case_id = desk.receive(request_of(windows=today)).case_id
    for _ in range(3):
        desk.settle(case_id, attempt(clock, CallOutcome.BUSY))
        clock.pass_time(minutes=15)
    assert queue.case(case_id).promise is None
    again = desk.receive(request_of(windows=MORNING))
    assert (again.case_id, again.joined) == (case_id, True)
    clock.now = tokyo("2026-11-28 09:00")  # longer than the SMS is waited for
    settled = desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER))
    assert (type(settled.step), settled.closed) == (CallAgain, False)
    assert settled.promise is not None


def test_who_asked_again_after_the_sms_waits_anew(desk, queue, clock, case_id):
    for _ in range(3):
        desk.settle(case_id, attempt(clock, CallOutcome.BUSY))
        clock.pass_time(minutes=15)
    assert progress_of(queue.case(case_id), clock()) is Progress.ASKED_BY_SMS
    past = [{"begins": "2026-11-23T09:00:00+09:00", "ends": "2026-11-23T12:00:00+09:00"}]
    assert desk.receive(request_of(windows=past)).case_id == case_id
    assert progress_of(queue.case(case_id), clock()) is Progress.WAITING
    desk.queue.record(case_id, attempt(clock, CallOutcome.BUSY))
    assert progress_of(queue.case(case_id), clock()) is Progress.TRIED


def test_a_case_whose_skill_the_plan_no_longer_knows_goes_on_with_another(desk, desk_of, queue, clock, case_id):
    desk = desk_of(plan=office_plan(capacity={"telephone": 1}))
    assert desk.free_slots(queue.case(case_id))
    assert desk.promise(case_id, tokyo("2026-11-25 10:00"), by="sato").slot.skill == "telephone"
    assert desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER)).promise.slot.skill == "telephone"


def test_of_wished_times_only_those_to_come_make_a_case_due(desk_of, queue, clock):
    desk = desk_of(plan=office_plan(capacity={"general": 0}))
    past = {"begins": "2026-11-23T09:00:00+09:00", "ends": "2026-11-23T12:00:00+09:00"}
    case_id = desk.receive(request_of(windows=[past, *MORNING])).case_id
    assert queue.case(case_id).due_at == tokyo("2026-11-25 09:00")
    over = desk.receive(request_of(windows=[past], topic="other")).case_id
    assert queue.case(over).due_at == clock()


def test_a_busy_line_is_called_again_soon(desk, queue, case_id, clock):
    clock.now = tokyo("2026-11-25 10:02")
    desk.settle(case_id, attempt(clock, CallOutcome.BUSY))
    assert promised(queue.case(case_id)) == tokyo("2026-11-25 10:30")


@pytest.mark.parametrize("outcome", [CallOutcome.CALL_LATER, CallOutcome.NO_ANSWER])
def test_the_time_the_customer_names_is_promised(desk, queue, case_id, clock, outcome):
    later = tokyo("2026-11-27 15:10")
    settled = desk.settle(case_id, attempt(clock, outcome, later_at=later))
    assert settled.promise.slot.span.begins == tokyo("2026-11-27 15:30")
    assert queue.case(case_id).due_at == tokyo("2026-11-27 15:30")


def test_a_time_beyond_the_horizon_is_due_then_and_promised_when_it_comes_near(desk, queue, case_id, clock):
    later = tokyo("2026-12-21 10:00")
    settled = desk.settle(case_id, attempt(clock, CallOutcome.CALL_LATER, later_at=later))
    assert (settled.promise, queue.case(case_id).due_at) == (None, later)
    clock.now = later - minutes(5)
    assert desk.follow_up(case_id, by="system").promise.slot.span.begins == later


def test_a_wrong_number_ends_it(desk, queue, case_id, clock):
    settled = desk.settle(case_id, attempt(clock, CallOutcome.WRONG_NUMBER))
    assert settled.closed
    assert queue.case(case_id).close_reason == "wrong_number"


@pytest.mark.parametrize("resolution", [Resolution.SATISFIED, Resolution.CALMED, Resolution.PASSED_ON])
def test_a_talk_that_settled_it_ends_it(desk, queue, case_id, clock, resolution):
    settled = desk.settle(case_id, attempt(clock, CallOutcome.REACHED, resolution=resolution))
    assert (settled.step, settled.closed) == (Done(resolution), True)
    case = queue.case(case_id)
    assert (case.close_reason, case.promise) == (resolution.value, None)


def test_what_was_not_solved_is_called_about_again(desk, queue, case_id, clock):
    clock.now = tokyo("2026-11-25 09:00")
    settled = desk.settle(case_id, attempt(clock, CallOutcome.REACHED, resolution=Resolution.UNSOLVED))
    assert not settled.closed
    assert promised(queue.case(case_id)) == tokyo("2026-11-25 11:00")


def test_a_call_that_never_rang_changes_nothing(desk, queue, case_id, clock):
    desk.claim(case_id, "sato")
    before = queue.case(case_id)
    settled = desk.settle(case_id, attempt(clock, None))
    after = queue.case(case_id)
    assert (after.promise, after.lease, after.due_at) == (before.promise, before.lease, before.due_at)
    assert (len(after.events), settled.promise) == (1, before.promise)


def test_a_double_click_is_one_call(desk, queue, case_id, clock):
    call = attempt(clock, CallOutcome.NO_ANSWER)
    first = desk.settle(case_id, call)
    second = desk.settle(case_id, call)
    assert (first.new, second.new) == (True, False)
    assert second.promise == first.promise
    assert len(queue.case(case_id).events) == 1


def test_a_settled_case_is_free_for_others(desk, queue, case_id, clock):
    desk.claim(case_id, "sato")
    desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER))
    assert queue.case(case_id).lease is None


def test_a_call_recorded_after_the_end_is_kept_and_opens_nothing(desk, queue, case_id, clock):
    desk.close(case_id, reason="withdrawn", by="sato")
    settled = desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER))
    case = queue.case(case_id)
    assert (settled.closed, len(case.events), case.promise, case.close_reason) == (True, 1, None, "withdrawn")


def test_nothing_follows_for_a_closed_case(desk, queue, case_id, clock):
    for _ in range(3):
        queue.record(case_id, attempt(clock, CallOutcome.NO_ANSWER))
        clock.pass_time(minutes=1)
    desk.close(case_id, reason="withdrawn", by="sato")
    assert desk.follow_up(case_id, by="system").closed
    case = queue.case(case_id)
    assert (case.close_reason, case.promise, len(case.events)) == ("withdrawn", None, 3)  # and no SMS


def test_a_full_book_leaves_the_case_due_and_what_is_late_late(desk_of, queue, clock):
    desk = desk_of(plan=office_plan(capacity={"general": 0}))
    case_id = desk.receive(request_of(windows=MORNING)).case_id
    clock.now = tokyo("2026-11-25 09:00")
    settled = desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER))
    due = queue.case(case_id).due_at
    assert (settled.promise, due) == (None, settled.step.window.begins)
    clock.now = due + minutes(30)
    for _ in range(3):
        assert desk.follow_up(case_id, by="system").promise is None
        assert queue.case(case_id).due_at == due
        clock.pass_time(minutes=1)


class Contested(MemoryCallbackQueue):
    """Somebody else takes the slot just before we do, the first few times; or closes the case."""

    def __init__(self, losses, closes=False):
        super().__init__()
        self.losses, self.closes, self.tries = losses, closes, []

    def promise(self, case_id, slot, *, seats, by, now, **rest):
        self.tries.append(slot)
        if self.closes:
            self.close(case_id, reason="withdrawn", by="suzuki", now=now)
        if len(self.tries) <= self.losses:
            other = self.submit(request_of(topic=uuid4().hex), now=now).case_id
            assert not isinstance(super().promise(other, slot, seats=seats, by=by, now=now), SlotFull)
        return super().promise(case_id, slot, seats=seats, by=by, now=now, **rest)


@pytest.mark.parametrize("losses", [0, 1, RACES - 1])
def test_a_slot_taken_meanwhile_is_another_slot(desk_of, clock, losses):
    queue = Contested(losses)
    desk = desk_of(of=queue)
    case_id = desk.receive(request_of(windows=MORNING)).case_id
    settled = desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER))
    assert settled.promise.slot == queue.tries[-1]
    assert len(set(queue.tries)) == losses + 1


def test_who_always_loses_goes_on_without_a_promise(desk_of, clock):
    queue = Contested(1000)
    desk = desk_of(of=queue)
    case_id = desk.receive(request_of(windows=MORNING)).case_id
    settled = desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER))
    case = queue.case(case_id)
    assert (settled.promise, case.promise, case.closed_at) == (None, None, None)
    assert case.due_at == settled.step.window.begins


def test_a_case_closed_while_its_call_is_settled_stays_closed(desk_of, clock):
    queue = Contested(0, closes=True)
    desk = desk_of(of=queue)
    case_id = desk.receive(request_of(windows=MORNING)).case_id
    settled = desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER))
    assert (settled.closed, settled.promise) == (True, None)
    assert len(queue.case(case_id).events) == 1


def test_many_who_settle_the_same_call_send_one_sms(desk, queue, clock, case_id):
    for _ in range(2):
        desk.settle(case_id, attempt(clock, CallOutcome.NO_ANSWER))
        clock.pass_time(minutes=5)
    queue.record(case_id, attempt(clock, CallOutcome.NO_ANSWER))
    workers = [Thread(target=desk.follow_up, args=(case_id,), kwargs={"by": "system"}) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len([event for event in queue.case(case_id).events if isinstance(event, SmsSent)]) == 1


def test_staff_may_promise_nearer_than_customers(desk, case_id, clock):
    soon = tokyo("2026-11-24 10:30")
    promise = desk.promise(case_id, soon, by="sato", staff=True)
    assert promise.slot == Slot(Span(soon, soon + minutes(30)), "general")
