"""Whom devices may ask whether they would recommend us, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from server.measure_rows import NetPromoters
from server.measures import figures
from server.recommending import RecommendationGiven
from server.spans import Span
from server.store.erasure import Erasure
from server.store.figures import FigureStore
from server.store.journal import Journal
from server.store.recommendations import RecommendationStore
from server.store.sent_requests import Sent, SentRequests
from server.store.vault import Vault
from tests.callback_samples import NOW, request_of
from tests.contract.conftest import KEY

DAY = timedelta(days=1)


@pytest.fixture
def store(engine):
    return RecommendationStore(engine)


@pytest.fixture
def solved(engine, stored_queue):
    """Make a solved case; the request it came of."""

    def made(phone="090-1234-5678", *, device="box-1", reason="satisfied", now=NOW, topic="refund"):
        request = request_of(phone=phone, device=device, topic=topic)
        case_id = stored_queue.submit(request, now=now).case_id
        if reason:
            stored_queue.close(case_id, reason=reason, by="sato", now=now)
        return SentRequests(engine).find(request.id, device=device)

    return made


def keep(store, sent, score, *, now=NOW):
    return store.keep(sent, RecommendationGiven(score=score, at=now), by="device:box-1", now=now)


def test_one_device_is_let_ask_and_it_alone(store, solved):
    first, second = solved(), solved(device="box-2", topic="repair")
    until = store.may_ask_until(first, now=NOW)
    assert until == NOW + 14 * DAY
    assert store.may_ask_until(first, now=NOW + DAY) == until
    assert store.may_ask_until(second, now=NOW) is None
    assert store.may_ask_until(solved("080-1111-2222"), now=NOW) is not None


def test_many_at_once_are_one(store, solved):
    sent = [solved(device=f"box-{number}", topic=f"t-{number}") for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda one: store.may_ask_until(one, now=NOW), sent))
    assert len([until for until in found if until]) == 1


def test_who_was_let_ask_and_did_not_makes_room(store, solved):
    first, second = solved(), solved(device="box-2", topic="repair")
    store.may_ask_until(first, now=NOW)
    later = NOW + 14 * DAY
    assert store.may_ask_until(first, now=later) is None
    assert store.may_ask_until(second, now=later) == later + 14 * DAY


@pytest.mark.parametrize("score", [8, None])
def test_asked_once_in_a_quarter_answered_or_not(store, solved, score):
    first = solved()
    store.may_ask_until(first, now=NOW)
    assert keep(store, first, score)
    assert store.may_ask_until(first, now=NOW) is None
    for days, may in ((91, False), (93, True)):
        again = solved(device="box-2", topic=f"later-{days}", now=NOW + days * DAY)
        assert (store.may_ask_until(again, now=NOW + days * DAY) is not None) is may


@pytest.mark.parametrize("reason", [None, "unsolved", "unreachable", "withdrawn", "wrong_number"])
def test_only_after_a_solved_case(store, solved, reason):
    assert store.may_ask_until(solved(reason=reason), now=NOW) is None


def test_not_of_a_case_long_closed(store, solved):
    assert store.may_ask_until(solved(), now=NOW + 31 * DAY) is None


def test_nothing_is_kept_of_who_was_not_to_be_asked(store, solved):
    assert not keep(store, solved(), 9)
    assert not keep(store, Sent(request_id=uuid4(), case_id=None), 9)
    assert not keep(store, Sent(request_id=uuid4(), case_id=uuid4()), 9)


def test_the_latest_answer_counts_and_makes_the_figure(engine, store, solved):
    for number, scores in enumerate([(None, 10), (9,), (7,), (3,), (None,)]):
        sent = solved(f"090-1234-000{number}")
        store.may_ask_until(sent, now=NOW)
        assert [keep(store, sent, score, now=NOW + DAY) for score in scores] == [True] * len(scores)
    rows = FigureStore(engine).rows(Span(NOW, NOW + 2 * DAY), now=NOW + 2 * DAY)
    assert rows.nps == {10: 1, 9: 1, 7: 1, 3: 1}
    assert figures(rows, now=NOW + 2 * DAY).nps == NetPromoters(2, 1, 4)
    assert FigureStore(engine).rows(Span(NOW, NOW + DAY), now=NOW + 2 * DAY).nps == {}


def test_the_same_answer_again_is_written_down_once(engine, store, solved):
    sent = solved()
    store.may_ask_until(sent, now=NOW)
    assert [keep(store, sent, 5) for _ in range(3)] == [True] * 3
    assert store.of_case(sent.case_id) == (5,)
    lines = [line for line in Journal(engine).of_case(sent.case_id) if line.action == "recommended"]
    assert [line.detail for line in lines] == [{}]


def test_erased_with_the_customer(engine, store, solved):
    sent = solved()
    store.may_ask_until(sent, now=NOW)
    keep(store, sent, 5)
    receipt = Erasure(engine, Vault(KEY)).erase("+819012345678", "admin", NOW)
    assert receipt.counts["recommendations"] == 1
    assert store.of_case(sent.case_id) == ()
    assert not keep(store, sent, 6)
    assert store.may_ask_until(Sent(request_id=sent.request_id, case_id=None), now=NOW) is None
