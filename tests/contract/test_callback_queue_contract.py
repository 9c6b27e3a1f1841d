"""One suite over the queue in memory, on SQLite and on PostgreSQL."""

from datetime import UTC, timedelta
from uuid import uuid4

import pytest

from server.attempts import Attempt, CallOutcome, Declined, Resolution, SmsSent
from server.errors import CaseClosed, CaseUnknown
from server.records import Held, Promise, SlotFull, SlotWish, Submitted, Verdict
from server.spans import Span
from server.wire import Urgency
from tests.callback_samples import NOW, minutes, new_case, request_of, slot_at

LASTING = minutes(15)


# --- submitting


def test_a_request_is_kept_as_it_came(queue):
    request = request_of(channel="line", channel_address="hanako")
    submitted = queue.submit(request, now=NOW)
    assert (submitted.verdict, submitted.joined) == (Verdict.CREATED, False)
    case = queue.case(submitted.case_id)
    assert [stored.request for stored in case.requests] == [request]
    assert case.requests[0].received_at == case.opened_at == NOW
    assert case.opened_at.tzinfo is UTC
    assert (case.topic, case.urgency, case.closed_at) == ("refund", Urgency.NORMAL, None)
    assert (case.promise, case.lease, case.events) == (None, None, ())


def test_what_may_be_missing(queue):
    request = request_of(customer_name=None, customer_reading=None, article_id=None, conversation=None)
    assert queue.case(queue.submit(request, now=NOW).case_id).requests[0].request == request


def test_the_same_id_is_one_request(queue):
    request = request_of()
    first = queue.submit(request, now=NOW)
    again = queue.submit(request_of(id=str(request.id), topic="other"), now=NOW + minutes(1))
    assert (again.verdict, again.case_id) == (Verdict.DUPLICATE, first.case_id)
    assert [stored.request for stored in queue.case(first.case_id).requests] == [request]


def test_two_voices_about_one_matter_are_one_case(queue):
    first = queue.submit(request_of(phone="090-1234-5678"), now=NOW)
    second = queue.submit(request_of(phone="+81 90 1234 5678", urgency="safety"), now=NOW + timedelta(hours=24))
    assert (second.verdict, second.case_id, second.joined) == (Verdict.CREATED, first.case_id, True)
    case = queue.case(first.case_id)
    assert len(case.requests) == 2
    assert case.urgency is Urgency.SAFETY


def test_a_milder_voice_does_not_calm_the_case(queue):
    case_id = queue.submit(request_of(urgency="safety"), now=NOW).case_id
    queue.submit(request_of(urgency="normal"), now=NOW)
    assert queue.case(case_id).urgency is Urgency.SAFETY


@pytest.mark.parametrize(
    ("changes", "later"),
    [({"topic": "other"}, minutes(1)), ({"phone": "03-3234-5678"}, minutes(1)), ({}, timedelta(hours=24, seconds=1))],
)
def test_another_matter_is_another_case(queue, changes, later):
    first = queue.submit(request_of(), now=NOW)
    second = queue.submit(request_of(**changes), now=NOW + later)
    assert second.case_id != first.case_id
    assert not second.joined


def test_the_day_counts_from_the_latest_voice(queue):
    first = queue.submit(request_of(), now=NOW)
    for hours in (20, 40, 60):
        assert queue.submit(request_of(), now=NOW + timedelta(hours=hours)).case_id == first.case_id


def test_after_the_case_is_closed_a_voice_opens_another(queue):
    first = queue.submit(request_of(), now=NOW)
    queue.close(first.case_id, by="sato", reason="reached", now=NOW)
    second = queue.submit(request_of(), now=NOW + minutes(1))
    assert second.case_id != first.case_id
    assert queue.case(second.case_id).closed_at is None


def test_cases_of_a_phone(queue):
    first = queue.submit(request_of(topic="a"), now=NOW)
    second = queue.submit(request_of(topic="b"), now=NOW + minutes(1))
    queue.submit(request_of(phone="03-3234-5678"), now=NOW)
    assert queue.cases_of("+819012345678") == (first.case_id, second.case_id)
    assert queue.cases_of("+819000000000") == ()


def test_unknown_cases(queue):
    nobody, event = uuid4(), SmsSent(id=uuid4(), at=NOW)
    for operation in (
        lambda: queue.case(nobody),
        lambda: queue.close(nobody, by="sato", reason="reached", now=NOW),
        lambda: queue.promise(nobody, slot_at(60), by="sato", seats=1, now=NOW),
        lambda: queue.claim(nobody, "佐藤", now=NOW, lasting=LASTING),
        lambda: queue.take_over(nobody, "佐藤", now=NOW, lasting=LASTING),
        lambda: queue.release(nobody, "佐藤", now=NOW),
        lambda: queue.leases(nobody),
        lambda: queue.record(nobody, event),
    ):
        with pytest.raises(CaseUnknown):
            operation()


def test_closing_frees_slot_and_lease(queue):
    case_id = new_case(queue)
    queue.promise(case_id, slot_at(60), by="sato", seats=1, now=NOW)
    queue.claim(case_id, "佐藤", now=NOW, lasting=LASTING)
    queue.close(case_id, by="sato", reason="wrong_number", now=NOW)
    queue.close(case_id, by="sato", reason="again", now=NOW + minutes(9))
    case = queue.case(case_id)
    assert (case.closed_at, case.close_reason, case.promise, case.lease) == (NOW, "wrong_number", None, None)
    assert queue.taken(slot_at(60).span) == ()
    with pytest.raises(CaseClosed):
        queue.promise(case_id, slot_at(60), by="sato", seats=1, now=NOW)
    with pytest.raises(CaseClosed):
        queue.claim(case_id, "佐藤", now=NOW, lasting=LASTING)
    with pytest.raises(CaseClosed):
        queue.take_over(case_id, "佐藤", now=NOW, lasting=LASTING)


# --- promising


def test_a_promise(queue):
    case_id = new_case(queue)
    promise = queue.promise(case_id, slot_at(60), by="sato", seats=2, now=NOW)
    assert promise == Promise(case_id=case_id, slot=slot_at(60), seat=0)
    assert queue.case(case_id).promise == promise
    assert queue.promise(case_id, slot_at(60), by="sato", seats=2, now=NOW) == promise
    assert queue.taken(slot_at(60).span) == (slot_at(60),)


def test_a_full_slot(queue):
    promises = [queue.promise(new_case(queue), slot_at(60), by="sato", seats=2, now=NOW) for _ in range(3)]
    assert [promise.seat for promise in promises[:2]] == [0, 1]
    assert promises[2] == SlotFull(slot_at(60))
    assert len(queue.taken(slot_at(60).span)) == 2


def test_seats_that_were_taken_away_are_not_given_twice(queue):
    cases = [new_case(queue) for _ in range(3)]
    for case_id in cases:
        queue.promise(case_id, slot_at(60), by="sato", seats=3, now=NOW)
    queue.close(cases[0], reason="other", by="sato", now=NOW)  # seats 1 and 2 stay
    assert queue.promise(new_case(queue), slot_at(60), by="sato", seats=2, now=NOW) == SlotFull(slot_at(60))
    assert len(queue.taken(slot_at(60).span)) == 2


def test_each_skill_has_its_own_seats(queue):
    for skill in ("general", "safety"):
        assert isinstance(queue.promise(new_case(queue), slot_at(60, skill), by="sato", seats=1, now=NOW), Promise)
    assert queue.taken(slot_at(60).span) == (slot_at(60, "general"), slot_at(60, "safety"))


@pytest.mark.parametrize(
    ("other", "free"),
    [(slot_at(30), True), (slot_at(90), True), (slot_at(45), False), (slot_at(50, lasting=60), False)],
)
def test_slots_that_overlap_share_seats(queue, other, free):
    queue.promise(new_case(queue), slot_at(60), by="sato", seats=1, now=NOW)
    found = queue.promise(new_case(queue), other, by="sato", seats=1, now=NOW)
    assert isinstance(found, Promise if free else SlotFull)


def test_moving_frees_the_former_slot(queue):
    case_id = new_case(queue)
    queue.promise(case_id, slot_at(60), by="sato", seats=1, now=NOW)
    moved = queue.promise(case_id, slot_at(75), by="sato", seats=1, now=NOW)  # its own former slot is not in the way
    assert queue.case(case_id).promise == moved
    assert queue.taken(slot_at(0, lasting=600).span) == (slot_at(75),)


def test_when_moving_fails_the_promise_stands(queue):
    case_id = new_case(queue)
    held = queue.promise(case_id, slot_at(60), by="sato", seats=1, now=NOW)
    queue.promise(new_case(queue), slot_at(120), by="sato", seats=1, now=NOW)
    assert queue.promise(case_id, slot_at(120), by="sato", seats=1, now=NOW) == SlotFull(slot_at(120))
    assert queue.case(case_id).promise == held


# --- leases


def test_a_second_claim_is_refused(queue):
    case_id = new_case(queue)
    lease = queue.claim(case_id, "佐藤", now=NOW, lasting=LASTING)
    assert (lease.agent, lease.expires_at, lease.taken_from) == ("佐藤", NOW + LASTING, None)
    assert queue.claim(case_id, "鈴木", now=NOW + minutes(1), lasting=LASTING) == Held(lease)
    assert queue.case(case_id).lease == lease


def test_the_holder_renews(queue):
    case_id = new_case(queue)
    queue.claim(case_id, "佐藤", now=NOW, lasting=LASTING)
    renewed = queue.claim(case_id, "佐藤", now=NOW + minutes(10), lasting=LASTING)
    assert (renewed.taken_at, renewed.expires_at) == (NOW, NOW + minutes(25))
    assert queue.leases(case_id) == (renewed,)


def test_an_expired_lease_is_free(queue):
    case_id = new_case(queue)
    first = queue.claim(case_id, "佐藤", now=NOW, lasting=LASTING)
    second = queue.claim(case_id, "鈴木", now=NOW + LASTING, lasting=LASTING)
    assert (second.agent, second.taken_from) == ("鈴木", None)
    assert queue.leases(case_id) == (first, second)


def test_a_take_over_is_recorded(queue):
    case_id = new_case(queue)
    queue.claim(case_id, "佐藤", now=NOW, lasting=LASTING)
    taken = queue.take_over(case_id, "鈴木", now=NOW + minutes(1), lasting=LASTING)
    assert (taken.agent, taken.taken_from) == ("鈴木", "佐藤")
    assert queue.claim(case_id, "佐藤", now=NOW + minutes(2), lasting=LASTING) == Held(taken)
    assert [lease.agent for lease in queue.leases(case_id)] == ["佐藤", "鈴木"]


def test_taking_over_what_nobody_has(queue):
    assert queue.take_over(new_case(queue), "鈴木", now=NOW, lasting=LASTING).taken_from is None


def test_giving_back(queue):
    case_id = new_case(queue)
    queue.claim(case_id, "佐藤", now=NOW, lasting=LASTING)
    assert not queue.release(case_id, "鈴木", now=NOW)
    assert queue.release(case_id, "佐藤", now=NOW + minutes(1))
    assert not queue.release(case_id, "佐藤", now=NOW + minutes(1))
    assert queue.case(case_id).lease is None
    assert queue.claim(case_id, "鈴木", now=NOW + minutes(2), lasting=LASTING).taken_from is None


# --- attempts


def test_the_history_comes_in_the_order_of_time(queue):
    case_id = new_case(queue)
    reached = Attempt(
        id=uuid4(),
        agent="佐藤",
        dialled_at=NOW + minutes(30),
        rang_at=NOW + minutes(31),
        outcome=CallOutcome.REACHED,
        resolution=Resolution.CALMED,
        later_at=NOW + timedelta(days=1),
        note="お怒りでした",
        how_solved="返金",
    )
    unrung = Attempt(id=uuid4(), agent="佐藤", dialled_at=NOW + minutes(2), rang_at=None, outcome=None)
    declined = Declined(id=uuid4(), agent="鈴木", at=NOW + minutes(1))
    message = SmsSent(id=uuid4(), at=NOW + minutes(3))
    for event in (reached, message, unrung, declined):
        assert queue.record(case_id, event)
    assert queue.case(case_id).events == (declined, unrung, message, reached)


def test_a_double_click_is_one_attempt(queue):
    case_id = new_case(queue)
    message = SmsSent(id=uuid4(), at=NOW)
    assert queue.record(case_id, message)
    assert not queue.record(case_id, message)
    assert queue.case(case_id).events == (message,)


def test_a_call_that_was_made_is_recorded_even_when_closed(queue):
    case_id = new_case(queue)
    queue.close(case_id, by="sato", reason="reached", now=NOW)
    assert queue.record(case_id, Declined(id=uuid4(), agent="佐藤", at=NOW))


# --- a slot with the request


def wish_for(slot, seats=1):
    def choose(taken):
        return slot if len([other for other in taken if other == slot]) < seats else None

    return SlotWish(skill="general", seats=seats, span=Span(NOW, NOW + timedelta(days=7)), choose=choose)


def test_a_request_is_promised_a_slot_in_the_same_step(queue):
    first = queue.submit(request_of(topic="a"), now=NOW, wish=wish_for(slot_at(60)))
    second = queue.submit(request_of(topic="b"), now=NOW, wish=wish_for(slot_at(60)))
    assert (first.promise.slot, second.promise) == (slot_at(60), None)
    assert queue.case(first.case_id).promise == first.promise
    assert queue.case(first.case_id).due_at == slot_at(60).span.begins


def test_a_duplicate_hears_of_its_promise(queue):
    request = request_of()
    first = queue.submit(request, now=NOW, wish=wish_for(slot_at(60)))
    again = queue.submit(request, now=NOW, wish=wish_for(slot_at(90)))
    assert again == Submitted(verdict=Verdict.DUPLICATE, case_id=first.case_id, promise=first.promise)


def test_another_voice_moves_the_promise_only_out_of_its_windows(queue):
    within = [{"begins": "2026-11-24T10:00:00+09:00", "ends": "2026-11-24T18:00:00+09:00"}]
    first = queue.submit(request_of(windows=within), now=NOW, wish=wish_for(slot_at(60)))
    same = queue.submit(request_of(windows=within), now=NOW, wish=wish_for(slot_at(90)))
    other = queue.submit(request_of(), now=NOW, wish=wish_for(slot_at(24 * 60)))  # wishes for the next day
    assert [s.promise.slot for s in (first, same, other)] == [slot_at(60), slot_at(60), slot_at(24 * 60)]
    assert first.case_id == same.case_id == other.case_id


def test_without_a_promise_a_case_is_due_when_wished_for(queue):
    case = queue.case(queue.submit(request_of(), now=NOW).case_id)
    assert case.due_at == case.requests[0].request.windows[0].begins


def test_danger_is_due_at_once_until_somebody_called(queue):
    case_id = queue.submit(request_of(urgency="safety"), now=NOW, wish=wish_for(slot_at(60))).case_id
    assert queue.case(case_id).due_at == NOW
    queue.record(case_id, Attempt(id=uuid4(), agent="a", dialled_at=NOW, rang_at=NOW, outcome=CallOutcome.BUSY))
    queue.promise(case_id, slot_at(30), seats=2, by="a", now=NOW)
    assert queue.case(case_id).due_at == slot_at(30).span.begins


def test_the_agent_of_a_customer_is_kept(queue):
    first = queue.submit(request_of(topic="a"), now=NOW).case_id
    queue.claim(first, "sato", now=NOW, lasting=LASTING)
    queue.close(first, reason="satisfied", by="sato", now=NOW)
    assert queue.case(queue.submit(request_of(topic="b"), now=NOW).case_id).agent == "sato"
    assert queue.case(queue.submit(request_of(topic="c", phone="03-1234-5678"), now=NOW).case_id).agent is None


# --- taking back


def test_a_closed_case_is_opened_again(queue):
    case_id = new_case(queue)
    assert not queue.reopen(case_id, by="sato", now=NOW)
    queue.close(case_id, reason="satisfied", by="sato", now=NOW)
    assert queue.reopen(case_id, by="sato", now=NOW)
    case = queue.case(case_id)
    assert (case.closed_at, case.close_reason) == (None, None)
    queue.claim(case_id, "sato", now=NOW, lasting=LASTING)


def test_a_slot_is_given_back(queue):
    case_id = new_case(queue)
    queue.promise(case_id, slot_at(60), seats=1, by="sato", now=NOW)
    assert queue.free(case_id, due_at=NOW + minutes(300), by="sato", now=NOW)
    assert not queue.free(case_id, due_at=NOW + minutes(300), by="sato", now=NOW)
    assert (queue.case(case_id).promise, queue.case(case_id).due_at) == (None, NOW + minutes(300))
    assert isinstance(queue.promise(new_case(queue), slot_at(60), seats=1, by="sato", now=NOW), Promise)


def test_an_event_is_withdrawn_and_may_be_recorded_anew(queue):
    case_id = new_case(queue)
    event = Declined(id=uuid4(), agent="sato", at=NOW)
    queue.record(case_id, event)
    assert not queue.withdraw(new_case(queue), event.id, by="sato", now=NOW)
    assert queue.withdraw(case_id, event.id, by="sato", now=NOW)
    assert queue.case(case_id).events == ()
    assert queue.record(case_id, event)


@pytest.mark.parametrize("act", ["reopen", "free", "withdraw"])
def test_taking_back_from_no_case(queue, act):
    more = {"free": {"due_at": NOW}}.get(act, {})
    arguments = (uuid4(), uuid4()) if act == "withdraw" else (uuid4(),)
    with pytest.raises(CaseUnknown):
        getattr(queue, act)(*arguments, by="sato", now=NOW, **more)


def test_a_calm_voice_after_a_call_about_danger_keeps_what_is_promised(queue):
    case_id = queue.submit(request_of(urgency="safety"), now=NOW, wish=wish_for(slot_at(60))).case_id
    queue.record(case_id, Attempt(id=uuid4(), agent="a", dialled_at=NOW, rang_at=NOW, outcome=CallOutcome.BUSY))
    queue.promise(case_id, slot_at(30), seats=2, by="a", now=NOW)
    joined = queue.submit(request_of(), now=NOW, wish=wish_for(slot_at(24 * 60)))
    assert joined.promise.slot == slot_at(24 * 60)
    assert queue.case(case_id).due_at == slot_at(24 * 60).span.begins
