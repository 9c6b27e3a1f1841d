"""How things are: from the consent given at a device to what staff see, through a real desk."""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from intents.address import Address
from intents.transcripts import typed
from kb.articles import Article
from kb.fakes import MemoryKnowledgeBase
from server.app import create_app
from server.client import DeskClient
from server.customers import AddressForm, Change
from server.errors import SettingsInvalid
from server.notices import customer_digest
from tests.callback_samples import NOW, body
from tests.desk_office import in_network_place, open_desk
from voice.assistant import Assistant
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.desk_link import DeskLink
from voice.known_customers import CustomerMemory, KnownCustomers
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.notice_book import NoticeBook
from voice.notice_talk import NoticeTalk

PHONE = "+819012345678"
HOURS = Article(
    id="hours", title="営業時間", category="店", variants=("営業時間は何時までですか",), answer="19時までです。"
)


@pytest.fixture
def desk(tmp_path, clock):
    office = open_desk(tmp_path / "own", clock)
    code = office.devices.make_code("box-1", "1", by="x", now=clock())
    _, token = office.devices.enrol(code, now=clock())
    box = TestClient(create_app(office), headers={"Authorization": f"Bearer {token}"})
    yield office, box, token
    office.close()


@pytest.fixture
def device(desk, tmp_path, clock):
    """A device that remembers customers; its link, what it remembers, and a conversation."""
    _, box, token = desk
    customers = KnownCustomers(tmp_path / "known.json", clock)
    file = EnrolmentFile(tmp_path / "desk.json")
    with file.writing() as keep:
        keep(Enrolment(id="box-1", url="http://testserver", token=token))
    link = DeskLink(
        file, tmp_path / "outbox.db", clock=clock, jitter=lambda: 0.5,
        connect=lambda _: DeskClient("http://testserver", token, transport=in_network_place(box)),
        memory=CustomerMemory(customers, remembers=True),
    )  # fmt: skip
    key = sha256(token.encode()).digest()
    book = NoticeBook(
        tmp_path / "notices.json", clock,
        customers=lambda: frozenset(customer_digest(key, "+81" + one.phone.digits[1:]) for one in customers.known()),
    )  # fmt: skip
    knowledge = Knowledge(MemoryKnowledgeBase([HOURS]), Readings(tmp_path), Indexes(tmp_path / "index"))
    talk = Assistant(
        knowledge, desk=link, follows_up=True, notices=NoticeTalk(book, clock, asks_stories=True), now=clock
    )
    client = DeskClient("http://testserver", token, transport=in_network_place(box))
    return link, customers, talk, book, client


def said(talk, *lines):
    return [talk.hear(typed(line)).text for line in lines][-1]


def test_from_the_consent_to_the_mark_for_staff(desk, device, clock):
    office, *_ = desk
    link, customers, talk, book, client = device
    with link:
        said(
            talk,
            "人と話したい",
            "はい",
            "山田花子です",
            "はい",
            "先生と呼んで",
            "090-1234-5678",
            "はい",
            "いつでも",
            "一番",
        )
        assert "おうかがいしてもよろしいですか" in said(talk, "はい", "はい")
        assert "いつでもやめます" in said(talk, "はい")
    link.sayings.send(client)
    (case_id,) = office.desk.queue.cases_of(PHONE)
    profile = office.customers.profile_of_case(case_id)
    assert profile.may_ask_after == clock()
    assert "おうかがいしてもよろしいですか" in profile.ask_wording
    assert profile.address is AddressForm.SENSEI
    assert customers.known()[0].address is Address.SENSEI

    office.desk.queue.close(case_id, reason="solved", by="sato", now=clock())
    clock.now += timedelta(days=3)
    book.look(client, desk="one")
    talk.forget()
    assert "先日お問い合わせの件は、その後いかがですか" in said(talk, "こんにちは")
    assert "お電話を差し上げましょうか" in said(talk, "それがまた壊れてしまって")
    said(talk, "いいえ、けっこうです")
    link.sayings.send(client)
    book.look(client, desk="one")
    assert book.standing().notices == ()
    assert [one.case_id for one in office.stories.unwell(now=clock())] == [case_id]

    assert "これからは" in said(talk, "その後のことは聞かないで")
    link.sayings.send(client)
    assert office.customers.profile_of_case(case_id).may_ask_after is None


def test_what_the_desk_calls_a_customer_reaches_the_device(desk, device, clock):
    office, *_ = desk
    link, customers, talk, _, client = device
    with link:
        said(
            talk,
            "人と話したい",
            "はい",
            "山田花子です",
            "はい",
            "090-1234-5678",
            "はい",
            "いつでも",
            "一番",
            "はい",
            "はい",
            "いいえ",
        )
    (case_id,) = office.desk.queue.cases_of(PHONE)
    clock.now += timedelta(minutes=1)
    office.customers.change(case_id, Change(address=AddressForm.SAN), by="sato", now=clock())
    link.news_book().look(client, desk="one")
    assert customers.known()[0].address is Address.SAN
    assert customers.known()[0].may_ask is False


def given(answer="well"):
    return {"answer": answer, "at": NOW.isoformat()}


def test_only_for_its_own_requests_and_only_known_words(desk):
    _, box, _ = desk
    sent = body()
    box.post("/callbacks", json=sent)
    assert box.put(f"/stories/{sent['id']}", json=given()).status_code == 204
    assert box.put(f"/stories/{sent['id']}", json=given()).status_code == 204
    assert box.put(f"/stories/{sent['id']}", json=given("fine")).status_code == 422
    assert box.put(f"/stories/{uuid4()}", json=given()).status_code == 404
    stranger = {"Authorization": "Bearer kd_wrong"}
    assert box.put(f"/stories/{sent['id']}", json=given(), headers=stranger).status_code == 401


def test_of_an_erased_case_nothing_is_kept(desk, clock):
    office, box, _ = desk
    sent = body()
    box.post("/callbacks", json=sent)
    office.erasure.erase(PHONE, by="boss", now=clock())
    assert box.put(f"/stories/{sent['id']}", json=given()).status_code == 409


def test_staff_see_it_on_the_case_the_queue_and_the_customers_page(app, log_in, enrolled, clock):
    box = TestClient(app, headers={"Authorization": f"Bearer {enrolled()}"})
    sent = body()
    case = UUID(box.post("/callbacks", json=sent).json()["case"])
    agent = log_in("sato")
    assert "まだお困り" not in agent.get(f"/cases/{case}").text
    clock.now += timedelta(minutes=1)
    box.put(f"/stories/{sent['id']}", json=given("unwell"))
    assert 'id="story-unwell"' in agent.get(f"/cases/{case}").text
    assert 'id="unwell"' in agent.get("/queue").text
    assert "まだお困りとのこと" in agent.get(f"/customers/{case}").text
    clock.now += timedelta(minutes=1)
    box.post("/callbacks", json=body())
    assert 'id="story-unwell"' not in agent.get(f"/cases/{case}").text
    assert 'id="unwell"' not in agent.get("/queue").text


@pytest.mark.parametrize("wrong", [{"story_after_days": -1}, {"story_lasts_days": 61}])
def test_settings_name_what_is_wrong(tmp_path, clock, wrong):
    with pytest.raises(SettingsInvalid, match="story"):
        open_desk(tmp_path / "wrong", clock, follow_ups=wrong)
