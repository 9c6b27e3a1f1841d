"""Whom devices ask how things are, on both databases: with consent, once ever, and gone with the customer."""

from datetime import timedelta
from hashlib import sha256

import pytest

from server.articles import ArticleCard, MemoryArticles
from server.customers import Change
from server.notices import Kind, customer_digest
from server.store.customers import CustomerStore
from server.store.devices import DeviceStore
from server.store.erasure import Erasure
from server.store.journal import Journal
from server.store.sent_requests import SentRequests
from server.store.stories import StoryStore
from server.store.vault import Vault
from server.stories import Answer, StoryGiven, StoryRules
from server.wire import Consent, Urgency
from tests.callback_samples import NOW, request_of
from tests.contract.conftest import KEY

DAY = timedelta(days=1)
DUE = NOW + 3 * DAY
PHONE = "090-1234-5678"
CARDS = MemoryArticles(
    [
        ArticleCard(
            id="aircon-leak", title="エアコンの水漏れ", answer="", readings={"水漏れ": "みずもれ", "弁": "べん"}
        ),
        ArticleCard(id="gas", title="ガスのにおい", answer="", safety=True),
        ArticleCard(id="warranty-lost", title="保証書の紛失", answer=""),
        ArticleCard(id="long", title="と" * 41, answer=""),
    ]
)


@pytest.fixture
def customers(engine):
    return CustomerStore(engine, Vault(KEY))


@pytest.fixture
def store(engine, customers):
    rules = StoryRules(private_topics=("warranty",))
    return StoryStore(engine, Vault(KEY), customers, CARDS, rules)


@pytest.fixture
def tokens(engine):
    devices = DeviceStore(engine, Vault(KEY))
    return {
        one: devices.enrol(devices.make_code(one, one, by="lead", now=NOW), now=NOW)[1] for one in ("box-1", "box-2")
    }


@pytest.fixture
def solved(engine, stored_queue, customers):
    """Make a case, closed and agreed to; what its request is known by."""

    def made(topic="aircon-leak", *, device="box-1", reason="satisfied", agrees=True, now=NOW, **given):
        request = request_of(phone=PHONE, topic=topic, device=device, **given)
        case_id = stored_queue.submit(request, now=now).case_id
        if reason:
            stored_queue.close(case_id, reason=reason, by="sato", now=now)
        if agrees:
            consent = Change(ask_later=Consent(at=NOW, wording="よろしいですか。"))
            customers.change(case_id, consent, by="device:box-1", now=now)
        return SentRequests(engine).find(request.id, device=device)

    return made


def keep(store, sent, answer, *, now=DUE):
    given = StoryGiven(answer=answer, at=now)
    return store.keep(sent, given, device="box-1", by="device:box-1", now=now)


def test_some_days_after_a_solved_case_who_agreed_is_asked_where_they_called(store, solved, tokens):
    sent = solved()
    assert store.of_device("box-1", now=DUE - timedelta(seconds=1)) == ()
    assert store.of_device("box-2", now=DUE) == ()
    assert store.of_device("box-1", now=NOW + 14 * DAY) == ()
    (told,) = store.of_device("box-1", now=DUE)
    assert (told.id, told.kind, told.topic) == (sent.request_id, Kind.STORY, "aircon-leak")
    assert told.text == "先日の、エアコンの水漏れの件は、その後いかがですか。"
    assert told.readings == {"水漏れ": "みずもれ"}
    assert told.customer == customer_digest(sha256(tokens["box-1"].encode()).digest(), "+819012345678")


@pytest.mark.parametrize(
    "given", [{"agrees": False}, {"reason": "withdrawn"}, {"reason": "unsolved"}, {"reason": None}]
)
def test_nobody_else_is_asked(store, solved, tokens, given):
    solved(**given)
    assert store.of_device("box-1", now=DUE) == ()


def test_a_consent_taken_back_ends_it(store, solved, customers, tokens):
    sent = solved()
    customers.change(sent.case_id, Change(ask_later=None), by="device:box-1", now=DUE)
    assert store.of_device("box-1", now=DUE) == ()


@pytest.mark.parametrize("topic", ["warranty-lost", "gas", "long", "unheard-of"])
def test_what_is_private_or_has_no_title_is_not_named(store, solved, tokens, topic):
    solved(topic)
    assert [one.text for one in store.of_device("box-1", now=DUE)] == ["先日お問い合わせの件は、その後いかがですか。"]


def test_a_later_matter_comes_first(store, solved, tokens):
    solved()
    solved("gas", device="box-2", now=NOW + DAY, reason=None)
    assert store.of_device("box-1", now=DUE) == ()


def test_of_two_solved_the_later_is_asked(store, solved, tokens):
    solved()
    later = solved("gas", device="box-2", now=NOW + DAY)
    assert store.of_device("box-1", now=DUE + DAY) == ()
    assert [one.id for one in store.of_device("box-2", now=DUE + DAY)] == [later.request_id]


def test_an_open_danger_is_not_the_moment(store, solved, tokens):
    solved("gas", device="box-2", reason=None, urgency=Urgency.SAFETY, now=NOW - DAY)
    solved()
    assert store.of_device("box-1", now=DUE) == ()


def test_asked_once_ever_and_answered(engine, store, solved, tokens):
    sent = solved()
    assert keep(store, sent, Answer.NONE)
    assert store.of_device("box-1", now=DUE) == ()
    assert keep(store, sent, Answer.WELL)
    assert keep(store, sent, Answer.NONE)  # said late
    (asked,) = store.of_cases([sent.case_id])
    assert (asked.answer, asked.is_open) == (Answer.WELL, False)
    lines = [line for line in Journal(engine).of_case(sent.case_id) if line.action.startswith("story")]
    assert sorted(line.action for line in lines) == ["story_answered", "story_asked"]
    assert [line.detail for line in lines] == [{}, {}]


def test_unwell_is_marked_until_a_call_is_asked_for(store, solved, tokens):
    sent = solved()
    keep(store, sent, Answer.UNWELL)
    assert [one.case_id for one in store.unwell(now=DUE + DAY)] == [sent.case_id]
    assert store.unwell(now=DUE + 31 * DAY) == ()
    solved("gas", device="box-2", reason=None, now=DUE + DAY)
    assert store.unwell(now=DUE + DAY) == ()


def test_erased_with_the_customer(engine, store, solved, tokens):
    sent = solved()
    keep(store, sent, Answer.UNWELL)
    receipt = Erasure(engine, Vault(KEY)).erase("+819012345678", by="boss", now=DUE)
    assert receipt.counts["stories"] == 1
    assert store.of_cases([sent.case_id]) == ()
    gone = SentRequests(engine).find(sent.request_id, device="box-1")
    assert not keep(store, gone, Answer.WELL)
