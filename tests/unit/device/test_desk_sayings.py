"""What customers said of themselves, until the desk knows it; and what is kept of it on the device."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from intents.address import Address
from intents.callback_form import Known
from intents.name_slot import NameHeard
from intents.phone_slot import PhoneDraft
from server.deliveries import Answer
from server.outbox import Outbox
from tests.callback_samples import NOW, SetClock, request_of
from tests.desk_clients import client
from voice.desk_sayings import About, LinkSayings, SayingsBook
from voice.known_customers import CustomerMemory, KnownCustomers

HANAKO = Known(
    name=NameHeard(reading="ヤマダハナコ", written="山田花子"), phone=PhoneDraft(digits="09012345678"), request=uuid4()
)
TARO = Known(name=NameHeard(reading="ヤマダタロー"), phone=PhoneDraft(digits="0312345678"))
REFUSAL = {"problems": [{"field": "request", "message": "no such request"}]}
STORY = uuid4()


@pytest.fixture
def clock():
    return SetClock(NOW)


@pytest.fixture
def book(tmp_path):
    return SayingsBook(tmp_path / "outbox.db")


@pytest.fixture
def customers(tmp_path, clock):
    return KnownCustomers(tmp_path / "known.json", clock)


@pytest.fixture
def sayings(tmp_path, customers, clock):
    path = tmp_path / "outbox.db"
    memory = CustomerMemory(customers, remembers=True)
    return LinkSayings(
        memory, lambda: Outbox(path, clock=clock, jitter=lambda: 0.5), path, clock=clock, jitter=lambda: 0.5
    )


def sent(book_or_sayings, *statuses, now=NOW):
    """What reaches a desk that answers so: (path, body) of each."""
    asked = []
    answers = [httpx.Response(one, json=REFUSAL) if one == 409 else httpx.Response(one) for one in statuses]
    desk = client(*answers, asked=asked)
    if isinstance(book_or_sayings, SayingsBook):
        book_or_sayings.send(desk, now=now, jitter=lambda: 0.5)
    else:
        book_or_sayings.send(desk)
    return [(one.url.path, json.loads(one.content)) for one in asked]


def test_it_is_tried_until_the_desk_has_it_and_then_no_more(book):
    one = uuid4()
    book.put(About.CUSTOMER, one, {"address": "san"})
    assert sent(book, 503) == [(f"/callbacks/{one}/customer", {"address": "san"})]
    assert sent(book) == []  # not at once again
    later = NOW + timedelta(days=1)
    assert len(sent(book, 204, now=later)) == 1
    assert sent(book, now=later + timedelta(days=1)) == []


def test_what_is_refused_ends(book):
    book.put(About.STORY, STORY, {"answer": "none"})
    assert len(sent(book, 409)) == 1
    assert sent(book, now=NOW + timedelta(days=2)) == []


def test_what_waits_is_told_together_and_anew(book):
    book.put(About.CUSTOMER, STORY, {"address": "san"})
    book.put(About.CUSTOMER, STORY, {"ask_later": None})
    book.put(About.CUSTOMER, STORY, {"address": "sensei"})
    assert sent(book, 204)[0][1] == {"address": "sensei", "ask_later": None}
    book.put(About.CUSTOMER, STORY, {"address": "sama"})
    assert sent(book, 204)[0][1] == {"address": "sama"}


def test_consent_is_kept_with_the_customer_and_told_by_their_request(sayings, customers):
    customers.remember(HANAKO)
    assert sayings.ask_later(HANAKO, "よろしいですか。")
    assert customers.known()[0].may_ask
    told = {"ask_later": {"at": NOW.isoformat(), "wording": "よろしいですか。"}}
    assert sent(sayings, 204) == [(f"/callbacks/{HANAKO.request}/customer", told)]


def test_of_who_is_not_remembered_nothing_is_kept(sayings):
    assert not sayings.ask_later(HANAKO, "よろしいですか。")
    assert sent(sayings) == []


def test_withdrawing_holds_for_all_who_agreed(sayings, customers):
    assert sayings.ask_no_more() is None
    customers.remember(TARO)
    customers.remember(replace(HANAKO, may_ask=True))
    assert sayings.ask_no_more()
    assert [one.may_ask for one in customers.known()] == [False, None]
    assert sent(sayings, 204) == [(f"/callbacks/{HANAKO.request}/customer", {"ask_later": None})]


def test_forgetting_takes_the_consent_back(sayings, customers):
    customers.remember(replace(HANAKO, may_ask=True))
    assert sayings.forget_everybody()
    assert customers.known() == ()
    assert sent(sayings, 204)[0][1] == {"ask_later": None}


def test_a_request_on_its_way_is_waited_for(sayings, customers, tmp_path, clock):
    request = request_of()
    Outbox(tmp_path / "outbox.db", clock=clock, jitter=lambda: 0.5).put(request)
    assert sayings.call_by(Address.SAN, None, request.id)
    assert sent(sayings) == []


def test_what_somebody_is_called_goes_with_their_next_request(sayings, customers):
    customers.remember(replace(TARO, address=Address.SAN))
    request = uuid4()
    sayings.kept(request, customers.known()[0], Address.SAN)
    assert customers.known()[0].request == request
    assert sent(sayings, 204)[0][1] == {"address": "san"}
    again = uuid4()
    sayings.kept(again, customers.known()[0], Address.SAN)
    assert sent(sayings) == []


def answer_of(request, address):
    return Answer(
        id=request,
        state="closed",
        promise=None,
        agent=None,
        calls=0,
        last_outcome=None,
        close_reason=None,
        address=address,
    )


def test_the_desks_own_form_counts_unless_another_was_just_said(sayings, customers):
    customers.remember(HANAKO)
    for unusable in ("", "dear", "SAN"):
        sayings.heard(answer_of(HANAKO.request, unusable))
    sayings.heard(answer_of(uuid4(), "san"))
    assert customers.known()[0].address is None
    sayings.heard(answer_of(HANAKO.request, "sensei"))
    assert customers.known()[0].address is Address.SENSEI
    sayings.call_by(Address.SAN, customers.known()[0], None)
    sayings.heard(answer_of(HANAKO.request, "sensei"))
    assert customers.known()[0].address is Address.SAN
    sent(sayings, 204)
    sayings.heard(answer_of(HANAKO.request, "plain"))
    assert customers.known()[0].address is Address.PLAIN


def test_a_file_of_before_is_still_read(tmp_path, clock):
    row = {"reading": "ヤマダハナコ", "written": "山田花子", "family": "", "given": "", "phone": "09012345678"}
    (tmp_path / "known.json").write_text(json.dumps({"version": 1, "customers": [row | {"since": NOW.isoformat()}]}))
    customers = KnownCustomers(tmp_path / "known.json", clock)
    (found,) = customers.known()
    assert (found.address, found.may_ask, found.request) == (None, None, None)
    assert customers.change(found, may_ask=True, address=Address.SAN, request=STORY)
    (again,) = KnownCustomers(tmp_path / "known.json", clock).known()
    assert (again.may_ask, again.address, again.request) == (True, Address.SAN, STORY)
