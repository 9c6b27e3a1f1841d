"""The device's outbox: durable before anything is said, sent exactly once in effect, empty of people afterwards."""

import random
import sqlite3
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.deliveries import LONGEST_WAIT, Arrived, Refused, TokenRefused, TryLater, is_due, next_try
from server.errors import FieldProblem, OutboxUnavailable
from server.outbox import Flushed, Outbox, State
from server.spans import Span
from server.wire import parse_request
from tests.callback_samples import NOW, SetClock, request_of

SLOT = Span(NOW + timedelta(hours=1), NOW + timedelta(hours=2))


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def outbox(tmp_path, clock):
    return Outbox(tmp_path / "out" / "outbox.db", clock=clock, jitter=lambda: 0.0)


class Desk:
    """Takes requests as the backend does: the first time it is new."""

    def __init__(self):
        self.requests = {}
        self.calls = 0

    def __call__(self, request_id, payload):
        self.calls += 1
        request = parse_request(payload)
        assert request.id == request_id
        new = request_id not in self.requests
        self.requests.setdefault(request_id, request)
        return Arrived(new=new, promise=SLOT)


def always(delivery):
    return lambda _id, _payload: delivery


def test_what_is_put_is_there_after_a_power_cut(tmp_path, outbox, clock):
    request = request_of()
    outbox.put(request)
    outbox.put(request)
    again = Outbox(tmp_path / "out" / "outbox.db", clock=clock, jitter=lambda: 0.0)
    assert [(kept.id, kept.state) for kept in again.kept()] == [(request.id, State.WAITING)]
    desk = Desk()
    assert again.flush(desk) == Flushed(arrived=(request.id,))
    assert desk.requests[request.id] == request
    assert again.get(request.id).promise == SLOT


def test_what_has_arrived_is_no_longer_here(tmp_path, outbox):
    outbox.put(request_of(customer_name="山田 花子"))
    folder = tmp_path / "out"
    before = b"".join(path.read_bytes() for path in folder.iterdir())
    assert "山田".encode() in before
    outbox.flush(Desk())
    after = b"".join(path.read_bytes() for path in folder.iterdir())
    assert "山田".encode() not in after
    assert b"9012345678" not in after


def test_the_file_is_the_owners_alone(tmp_path, outbox):
    assert (tmp_path / "out" / "outbox.db").stat().st_mode & 0o077 == 0


def test_failures_wait_longer_each_time(outbox, clock):
    outbox.put(request_of())
    waits = []
    for _ in range(12):
        assert outbox.flush(always(TryLater(reason="ConnectError"))).waiting == 1
        (kept,) = outbox.kept()
        waits.append((kept.next_at - clock.now).total_seconds())
        assert outbox.flush(always(Arrived(new=True))).arrived == ()  # not yet due
        clock.now = kept.next_at
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == LONGEST_WAIT.total_seconds()
    assert outbox.flush(Desk()).waiting == 0


def test_the_desks_own_wait_counts_up_to_a_limit():
    assert next_try(1, now=NOW, jitter=0, wait=timedelta(seconds=60)) == NOW + timedelta(seconds=60)
    assert next_try(1, now=NOW, jitter=0, wait=timedelta(days=9)) == NOW + LONGEST_WAIT
    assert next_try(1, now=NOW, jitter=1) == NOW + timedelta(seconds=2.5)


def test_a_clock_set_back_does_not_keep_a_request(outbox, clock):
    outbox.put(request_of())
    outbox.flush(always(TryLater(reason="x")))
    clock.now -= timedelta(days=300)
    assert outbox.flush(Desk()).waiting == 0
    assert is_due(NOW + timedelta(minutes=1), now=NOW) is False


def test_a_refused_request_is_kept_for_a_person(outbox):
    request = request_of()
    outbox.put(request)
    problems = (FieldProblem(field="phone", message="is no phone number"),)
    assert outbox.flush(always(Refused(status=422, problems=problems))).rejected == (request.id,)
    kept = outbox.get(request.id)
    assert (kept.state, kept.reason) == (State.REJECTED, "HTTP 422 phone: is no phone number")
    assert outbox.flush(Desk(), at_once=True) == Flushed()
    assert outbox.retry(request.id)
    assert outbox.flush(Desk()).arrived == (request.id,)


def test_an_unknown_device_stops_until_it_is_enrolled(outbox):
    for _ in range(3):
        outbox.put(request_of())
    calls = []
    flushed = outbox.flush(lambda request_id, _: calls.append(request_id) or TokenRefused())
    assert (len(calls), flushed) == (1, Flushed(waiting=3, stopped=True))
    assert outbox.flush(Desk(), at_once=True).stopped
    outbox.resume()
    assert len(outbox.flush(Desk()).arrived) == 3


def test_a_desk_that_is_away_is_tried_once_a_round_and_the_newest_goes_first(outbox, clock):
    sent = []
    for _ in range(4):
        sent.append(request_of())
        outbox.put(sent[-1])
        clock.now += timedelta(seconds=1)
    tried = []

    def away(request_id, _payload):
        tried.append(request_id)
        return TryLater(reason="ConnectError", unreachable=True)

    flushed = outbox.flush(away)
    assert (tried, flushed) == ([sent[3].id], Flushed(waiting=4, unreachable=True))
    assert [kept.attempts for kept in outbox.kept()] == [0, 0, 0, 1]  # the others keep their turn
    new = request_of()
    outbox.put(new)
    outbox.flush(away)
    assert tried[1] == new.id
    clock.now += timedelta(minutes=1)
    desk = Desk()
    assert outbox.flush(desk).waiting == 0
    assert list(desk.requests) == [*(one.id for one in sent[2::-1]), sent[3].id, new.id]


def test_what_always_fails_keeps_nothing_else_back(outbox, clock):
    """A request whose sending never comes to an end has only its own turn."""
    poison, *others = (request_of() for _ in range(4))
    for request in (poison, *others):
        outbox.put(request)
    desk = Desk()

    def send(request_id, payload):
        return (
            TryLater(reason="ReadTimeout", unreachable=True) if request_id == poison.id else desk(request_id, payload)
        )

    for _ in range(3):
        outbox.flush(send)
        clock.now += timedelta(minutes=20)
    assert set(desk.requests) == {one.id for one in others}


def test_a_dropped_request_is_gone(outbox):
    request = request_of()
    outbox.put(request)
    assert outbox.drop(request.id)
    assert not outbox.drop(request.id)
    assert not outbox.drop(uuid4())
    assert outbox.flush(Desk()) == Flushed()


def test_dropped_while_it_was_being_sent_stays_dropped(outbox):
    request = request_of()
    outbox.put(request)
    outbox.flush(lambda request_id, _: outbox.drop(request_id) and TryLater(reason="x"))
    assert outbox.get(request.id).state is State.DROPPED


def test_only_one_sends_at_a_time(outbox):
    outbox.put(request_of())
    within = []

    def send(request_id, payload):
        within.append(outbox.flush(Desk()))
        return Arrived(new=True)

    outbox.flush(send)
    assert within == [Flushed(waiting=1)]


def test_a_sender_that_died_holds_nothing_for_long(outbox, clock):
    outbox.put(request_of())

    def killed(_id, _payload):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outbox.flush(killed)
    assert outbox.flush(Desk()).waiting == 1
    clock.now += timedelta(minutes=3)
    assert outbox.flush(Desk()).waiting == 0


def test_a_full_disk_keeps_nothing_and_says_so(tmp_path, clock):
    outbox = Outbox(tmp_path / "outbox.db", clock=clock, jitter=lambda: 0.0)
    with sqlite3.connect(tmp_path / "outbox.db") as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON requests BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(OutboxUnavailable, match="outbox.db"):
        outbox.put(request_of())
    assert outbox.kept() == ()


def test_a_damaged_file_is_said_to_be(tmp_path, clock):
    (tmp_path / "outbox.db").write_bytes(b"no database" * 100)
    with pytest.raises(OutboxUnavailable):
        Outbox(tmp_path / "outbox.db", clock=clock, jitter=lambda: 0.0)


def test_old_ids_are_forgotten(outbox, clock):
    outbox.put(request_of())
    outbox.put(request_of())
    outbox.flush(Desk())
    clock.now += timedelta(days=40)
    outbox.put(request_of())
    assert outbox.forget_arrived(before=clock.now - timedelta(days=30)) == 2
    assert len(outbox.kept()) == 1


faults = st.sampled_from(
    ["ok", "lost answer", "later", "garbage", "unknown device", "killed before", "killed after", "clock back", "away"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(faults, max_size=12), st.integers(1, 3))
def test_whatever_happens_each_request_arrives_exactly_once(tmp_path_factory, order, count):
    clock = SetClock()
    path = tmp_path_factory.mktemp("outbox") / "outbox.db"
    outbox, desk, rest = Outbox(path, clock=clock, jitter=random.Random(0).random), Desk(), list(order)
    sent = [request_of() for _ in range(count)]

    def send(request_id, payload):
        fault = rest.pop(0) if rest else "ok"
        if fault == "killed before":
            raise KeyboardInterrupt
        delivery = desk(request_id, payload) if fault in ("ok", "lost answer", "killed after") else None
        if fault == "killed after":
            raise KeyboardInterrupt
        if fault == "clock back":
            clock.now -= timedelta(days=2)
        if fault == "unknown device":
            return TokenRefused()
        return delivery if fault == "ok" else TryLater(reason=fault, unreachable=fault == "away")

    for request in sent:
        outbox.put(request)
    for _ in range(len(order) + count + 2):
        try:
            outbox.flush(send)
        except KeyboardInterrupt:
            outbox = Outbox(path, clock=clock, jitter=random.Random(1).random)
        outbox.resume()
        clock.now += timedelta(minutes=20)
    assert desk.requests == {request.id: request for request in sent}
    assert [kept.state for kept in outbox.kept()] == [State.ARRIVED] * count


@pytest.mark.parametrize(
    ("reason", "is_taken"), [(None, True), ("ConnectError", True), ("ReadTimeout", False), ("HTTP 503", False)]
)
def test_only_what_has_never_left_is_taken_back(outbox, reason, is_taken):
    request = request_of()
    outbox.put(request)
    if reason:
        outbox.flush(always(TryLater(reason=reason, unreachable=reason != "HTTP 503")))
    assert outbox.take_back(request.id) is is_taken
    assert outbox.get(request.id).state is (State.DROPPED if is_taken else State.WAITING)


def test_what_is_being_sent_is_not_taken_back(outbox):
    request = request_of()
    outbox.put(request)
    taken = []

    def send(request_id, _payload):
        taken.append(outbox.take_back(request_id))
        return Arrived(new=True, promise=None)

    outbox.flush(send)
    assert taken == [False]
    assert outbox.get(request.id).state is State.ARRIVED
