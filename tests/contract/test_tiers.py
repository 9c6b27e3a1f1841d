"""Customers of a tier come earlier, openly; nobody else's promise moves, no slot is over its seats, danger comes first."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.attempts import Attempt, AttemptPolicy, CallOutcome
from server.customers import Tier
from server.desk import CallbackDesk
from server.fakes import MemoryCallbackQueue
from server.plan_table import DeskSettings
from server.records import Earlier, Promise, SlotFull
from server.store.journal import Journal
from tests.callback_samples import NOW, SetClock, office_plan, request_of, tokyo

TIER = Tier(key="priority", label="優先サポート", lead_minutes=0)
VIP = "+819099999999"
TODAY = [{"begins": "2026-11-24T10:00:00+09:00", "ends": "2026-11-24T18:00:00+09:00"}]
TOMORROW = [{"begins": "2026-11-25T09:00:00+09:00", "ends": "2026-11-25T12:00:00+09:00"}]
ONE_SLOT = [{"begins": "2026-11-25T09:00:00+09:00", "ends": "2026-11-25T09:30:00+09:00"}]


def desk_on(queue, clock=None, **plan):
    plan = office_plan(**({"capacity": {"general": 3}, "held_seats": 1} | plan))
    tiers = {VIP: TIER}
    return CallbackDesk(
        queue, DeskSettings(plan=plan, policy=AttemptPolicy()), clock or SetClock(), tier_of=tiers.get
    )  # fmt: skip


@pytest.fixture
def desk(queue):
    return desk_on(queue)


def received(desk, phone=VIP, **changes):
    return desk.receive(request_of(**({"phone": phone, "topic": uuid4().hex} | changes)))


def somebody(n):
    return f"+8190{30_000_000 + n:08}"


def fill(desk, count, windows):
    return [received(desk, somebody(1_000 + n), windows=windows) for n in range(count)]


def begins(done):
    return done.promise and done.promise.slot.span.begins


def test_a_shorter_lead_is_told_with_how_much_earlier_it_is(desk):
    other, ours = received(desk, somebody(1), windows=TODAY), received(desk, windows=TODAY)
    assert (begins(other), other.promise.earlier) == (tokyo("2026-11-24 11:00"), None)
    assert (begins(ours), ours.promise.earlier) == (tokyo("2026-11-24 10:00"), Earlier("priority", 60))
    assert desk.queue.case(ours.case_id).promise == ours.promise


def test_where_it_is_no_earlier_nothing_is_said_of_it(desk):
    ours = received(desk, windows=TOMORROW)
    assert (begins(ours), ours.promise.earlier) == (tokyo("2026-11-25 09:00"), None)


def test_held_seats_are_for_customers_of_a_tier_who_take_them_first(desk):
    fill(desk, 2, ONE_SLOT)
    refused, ours = received(desk, somebody(1), windows=ONE_SLOT), received(desk, windows=ONE_SLOT)
    assert (refused.promise, ours.promise.earlier) == (None, Earlier("priority", None))
    assert received(desk, somebody(2), windows=TOMORROW).promise.slot.span.begins == tokyo("2026-11-25 09:30")
    early = received(desk, windows=TOMORROW)  # has the held seat of the next time
    assert (begins(early), early.promise.seat) == (tokyo("2026-11-25 09:30"), 2)


def test_a_held_seat_that_is_taken_takes_none_of_the_others(desk):
    assert received(desk, windows=ONE_SLOT).promise.seat == 2
    assert [begins(one) for one in fill(desk, 3, ONE_SLOT)] == [tokyo("2026-11-25 09:00")] * 2 + [None]


def test_held_seats_are_released_before_the_time(queue):
    clock = SetClock(tokyo("2026-11-25 06:59"))
    desk = desk_on(queue, clock)
    fill(desk, 2, ONE_SLOT)
    assert received(desk, somebody(1), windows=ONE_SLOT).promise is None
    clock.pass_time(minutes=1)
    assert begins(received(desk, somebody(2), windows=ONE_SLOT)) == tokyo("2026-11-25 09:00")
    assert received(desk, windows=ONE_SLOT).promise is None


@pytest.mark.parametrize(("capacity", "held", "everybody"), [(1, 1, 1), (1, 5, 1), (2, 5, 1), (0, 1, 0), (4, 2, 2)])
def test_one_seat_is_always_for_everybody(capacity, held, everybody):
    desk = desk_on(MemoryCallbackQueue(), capacity={"general": capacity}, held_seats=held)
    assert sum(done.promise is not None for done in fill(desk, 5, ONE_SLOT)) == everybody


def test_danger_has_the_held_seats_and_the_soonest_time(desk):
    fill(desk, 2, ONE_SLOT)
    danger = received(desk, somebody(1), windows=ONE_SLOT, urgency="safety")
    assert (begins(danger), danger.promise.seat, danger.promise.earlier) == (tokyo("2026-11-25 09:00"), 2, None)


def test_further_calls_of_others_leave_the_held_seats(queue):
    clock = SetClock()
    desk = desk_on(queue, clock, capacity={"general": 2})
    other = received(desk, somebody(1), windows=TOMORROW)
    slots = fill(desk, 40, [{"begins": "2026-11-24T12:00:00+09:00", "ends": "2026-11-25T18:00:00+09:00"}])
    assert max(one.promise.seat for one in slots if one.promise) == 0
    at = clock()
    desk.settle(
        other.case_id,
        Attempt(id=uuid4(), agent="sato", dialled_at=at, rang_at=at, outcome=CallOutcome.NO_ANSWER),
    )
    again = desk.queue.case(other.case_id).promise
    assert again.seat == 0 or again.slot.span.begins <= clock() + timedelta(hours=2)


def test_a_customer_who_is_given_a_tier_is_moved_by_one_click_and_not_before(queue):
    clock, tiers = SetClock(), {}
    plan = office_plan(capacity={"general": 3}, held_seats=1)
    desk = CallbackDesk(queue, DeskSettings(plan=plan, policy=AttemptPolicy()), clock, tier_of=tiers.get)
    case_id = received(desk, windows=TODAY).case_id
    assert desk.sooner(queue.case(case_id)) is None
    tiers[VIP] = TIER
    case = queue.case(case_id)
    assert case.promise.slot.span.begins == tokyo("2026-11-24 11:00")
    slot = desk.sooner(case)
    assert slot.span.begins == tokyo("2026-11-24 10:00")
    assert desk.bring_forward(case_id, tokyo("2026-11-24 10:30"), by="sato") is None
    moved = desk.bring_forward(case_id, slot.span.begins, by="sato")
    assert (moved.slot, moved.earlier) == (slot, Earlier("priority", 60))
    assert queue.case(case_id).promise == moved
    assert desk.sooner(queue.case(case_id)) is None


def test_what_a_device_chooses_is_earlier_only_where_others_could_not(desk):
    case_id = received(desk, windows=TOMORROW).case_id
    soon = desk.promise(case_id, tokyo("2026-11-24 10:30"), by="device:box-1")
    assert soon.earlier == Earlier("priority", 30)
    assert desk.promise(case_id, tokyo("2026-11-24 14:00"), by="device:box-1").earlier is None


def test_the_journal_says_why(stored_queue, engine):

    done = received(desk_on(stored_queue), windows=TODAY)
    (line,) = Journal(engine).of_case(done.case_id)
    assert (line.detail["tier"], line.detail["earlier_minutes"]) == ("priority", 60)


STEP = st.tuples(
    st.integers(0, 30),  # who; every third has the tier
    st.sampled_from(["normal", "normal", "safety"]),
    st.integers(0, 60),  # the first half hour wished for
    st.integers(1, 8),  # so many half hours
    st.integers(0, 90),  # minutes that pass
)


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(STEP, max_size=40),
    capacity=st.integers(0, 3),
    held=st.integers(0, 3),
    minutes=st.sampled_from([30, 45]),
)
def test_nobodys_promise_moves_and_no_slot_is_over_its_seats(steps, capacity, held, minutes):
    clock, queue = SetClock(), MemoryCallbackQueue()
    plan = office_plan(capacity={"general": capacity}, held_seats=held, slot_minutes=minutes)
    desk = CallbackDesk(
        queue,
        DeskSettings(plan=plan, policy=AttemptPolicy()),
        clock,
        tier_of=lambda phone: TIER if int(phone) % 3 == 0 else None,
    )
    promised = {}
    for who, urgency, first, half_hours, passing in steps:
        wish = NOW + timedelta(minutes=30 * first)
        windows = [{"begins": wish.isoformat(), "ends": (wish + timedelta(minutes=30 * half_hours)).isoformat()}]
        done = desk.receive(request_of(phone=somebody(who), topic=uuid4().hex, urgency=urgency, windows=windows))
        assert {one: queue.case(one).promise for one in promised} == promised
        promised[done.case_id] = done.promise
        if done.promise and done.promise.earlier:
            assert int(somebody(who)) % 3 == 0
        if done.promise and urgency == "normal":
            assert wish <= done.promise.slot.span.begins < wish + timedelta(minutes=30 * half_hours)
        clock.pass_time(minutes=passing)
    taken = [one for one in promised.values() if one]
    assert all(one.seat < capacity for one in taken)
    for one in taken:
        at_once = [other for other in taken if other.slot.span.overlaps(one.slot.span)]
        assert len({other.seat for other in at_once}) == len(at_once) <= capacity


def test_a_full_slot_is_full_for_a_tier_as_well(desk):
    fill(desk, 2, ONE_SLOT)
    received(desk, windows=ONE_SLOT)
    last = received(desk, windows=TOMORROW)
    assert isinstance(desk.promise(last.case_id, tokyo("2026-11-25 09:00"), by="sato", staff=True), SlotFull)
    assert isinstance(desk.promise(last.case_id, tokyo("2026-11-25 10:00"), by="sato", staff=True), Promise)
