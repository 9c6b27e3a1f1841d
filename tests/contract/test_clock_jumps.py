"""The machine's clock is set back or forward by a day: nothing is doubled, nothing is promised that is over."""

from datetime import timedelta

import pytest

from server.desk import LEASE_LASTS, CallbackDesk
from server.errors import SlotClosed
from server.plan_table import shipped_settings
from server.records import Held, Lease, Verdict
from tests.callback_samples import SetClock, minutes, new_case, request_of

DAY = timedelta(days=1)
JUMPS = [-DAY, -minutes(90), minutes(90), DAY]


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def desk(queue, clock):
    return CallbackDesk(queue, shipped_settings(), clock)


@pytest.mark.parametrize("jump", JUMPS)
def test_the_same_request_stays_one(desk, clock, queue, jump):
    request = request_of()
    first = desk.receive(request)
    clock.now += jump
    again = desk.receive(request)
    assert (again.verdict, again.case_id, again.promise) == (Verdict.DUPLICATE, first.case_id, first.promise)
    assert len(queue.case(first.case_id).requests) == 1


@pytest.mark.parametrize("jump", [-DAY, -10 * DAY, DAY])
def test_another_voice_joins_whatever_the_clock_says(desk, clock, jump):
    first = desk.receive(request_of())
    clock.now += jump
    assert desk.receive(request_of()).case_id == first.case_id


@pytest.mark.parametrize("jump", JUMPS)
def test_only_times_to_come_are_offered_and_promised(desk, clock, jump):
    taken = [desk.receive(request_of(topic=f"t{n}")).promise.slot for n in range(4)]
    clock.now += jump
    offered = desk.offers(topic="refund", urgency=request_of().urgency, count=10)
    assert len(offered) == 10
    assert all(slot.span.begins >= clock.now + minutes(60) for slot in offered)
    assert not set(offered) & {slot for slot in taken if taken.count(slot) == 2}
    case = desk.receive(request_of(topic="other")).case_id
    with pytest.raises(SlotClosed):
        desk.promise(case, clock.now - minutes(60), by="x")


@pytest.mark.parametrize("jump", JUMPS)
def test_no_two_people_have_a_case(desk, clock, queue, jump):
    case = new_case(queue)
    desk.claim(case, "sato")
    clock.now += jump
    found = desk.claim(case, "suzuki")
    expired = jump >= LEASE_LASTS
    assert isinstance(found, Lease if expired else Held)
    holder = "suzuki" if expired else "sato"
    assert isinstance(desk.claim(case, "tanaka"), Held)
    assert queue.case(case).lease.agent == holder
    assert desk.take_over(case, "tanaka").agent == "tanaka"  # nobody is locked out for a day
    clock.now -= jump
    assert queue.case(case).lease.agent == "tanaka"
