"""One customer on one page: the story over devices, telephone and desk, and how they are treated."""

import re
from uuid import uuid4

import pytest

from server.attempts import Attempt, CallOutcome, Resolution
from server.customers import AddressForm, Change, Profile
from server.ratings import Rating, RatingGiven
from server.store.notes import Note
from server.wire import Channel, Consent
from tests.callback_samples import request_of, tokyo

PHONE = "+819012345678"
LONG = [{"begins": "2026-11-24T10:00:00+09:00", "ends": "2026-11-25T18:00:00+09:00"}]


@pytest.fixture
def case_id(office):
    return office.desk.receive(request_of(windows=LONG)).case_id


def kinds(answer):
    return re.findall(r'data-kind="(\w+)"', answer.text)


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))


def save(mine, case_id, **fields):
    return mine.post(f"/customers/{case_id}", data={"address": "sama", "channel": "", "tier": ""} | fields)


def test_all_that_happened_newest_first(office, log_in, clock, case_id):
    clock.pass_time(minutes=5)
    office.notes.add(case_id, Note(id=uuid4(), author="suzuki", at=clock(), text="お急ぎのご様子"))
    clock.pass_time(hours=1)
    call = Attempt(
        id=uuid4(), agent="sato", dialled_at=clock(), rang_at=clock(), outcome=CallOutcome.REACHED,
        resolution=Resolution.SATISFIED, how_solved="電池を入れ直した",
    )  # fmt: skip
    office.desk.settle(case_id, call)
    clock.pass_time(minutes=5)
    sent = office.sent.find(office.desk.queue.case(case_id).requests[0].request.id, device="box-1")
    office.ratings.rate(sent, RatingGiven(rating=Rating.YES, at=clock()), by="device:box-1", now=clock())
    clock.pass_time(days=1)
    later = office.desk.receive(request_of(topic="aircon", device="box-2", channel="email", windows=LONG)).case_id
    answer = log_in("sato").get(f"/customers/{later}")
    assert kinds(answer) == ["promise", "request", "rating", "closed", "call", "note", "promise", "request"]
    for told in (
        "お急ぎのご様子",
        "解決方法: 電池を入れ直した",
        "守れた",
        "これから",
        "box-2から・メールをご希望",
        "満足",
    ):
        assert told in words(answer)
    assert f'href="/customers/{later}"' in log_in("sato").get(f"/cases/{later}").text


def test_of_whom_may_not_see_personal_words_none_are_shown(office, log_in, clock, case_id):
    office.notes.add(case_id, Note(id=uuid4(), author="suzuki", at=clock(), text="お急ぎのご様子"))
    office.customers.change(
        case_id, Change(ask_later=Consent(at=clock(), wording="秘密の言葉")), by="sato", now=clock()
    )
    answer = log_in("viewer").get(f"/customers/{case_id}")
    assert answer.status_code == 200
    for secret in ("山田", "ヤマダ", "1234-5678", "返金してください", "お急ぎ", "秘密"):
        assert secret not in answer.text
    assert "<form" not in answer.text.partition("<main")[2].partition("</main>")[0]
    assert save(log_in("viewer"), case_id, tier="priority").status_code == 403
    assert office.customers.profile(PHONE).tier == ""


def test_that_somebody_looked_is_written_down_once_for_a_while(office, log_in, case_id):
    for _ in range(2):
        log_in("sato").get(f"/customers/{case_id}")
    lines = [line for line in office.journal.of_case(case_id) if line.action == "viewed"]
    assert [(line.actor, line.detail) for line in lines] == [("sato", {})]


def test_an_unknown_case_is_not_there(log_in):
    mine = log_in("sato")
    assert mine.get(f"/customers/{uuid4()}").status_code == 404
    assert save(mine, uuid4()).status_code == 404


def test_the_form_of_address_is_used_where_staff_greet(office, log_in, case_id):
    mine = log_in("sato")
    assert "お呼びかけ: 山田様" in words(mine.get(f"/cases/{case_id}"))
    assert save(mine, case_id, address="sensei").status_code == 303
    assert "お呼びかけ: 山田先生" in words(mine.get(f"/cases/{case_id}"))
    assert "お呼びかけ: 山田先生" in words(mine.get("/queue/print"))
    assert "山田先生" in mine.get(f"/customers/{case_id}").text
    assert "お呼びかけ" not in words(log_in("viewer").get("/queue/print"))


def test_a_preferred_channel_counts_where_a_request_says_none(office, log_in, case_id):
    mine = log_in("sato")
    save(mine, case_id, channel="line")
    assert "LINEをご希望" in mine.get(f"/cases/{case_id}").text
    other = office.desk.receive(request_of(topic="aircon", channel="email")).case_id
    shown = mine.get(f"/cases/{other}").text
    assert ("メールをご希望" in shown, "LINEをご希望" in shown) == (True, False)


def test_a_consent_is_written_down_with_who_and_when_and_taken_back(office, log_in, clock, case_id):
    mine = log_in("sato")
    mine.post(f"/customers/{case_id}/consent", data={"agreed": "true", "wording": "お電話で伺いました"})
    assert office.customers.profile(PHONE) == Profile(
        may_ask_after=clock(), ask_wording="お電話で伺いました", ask_by="sato"
    )
    assert "11月24日(火) 10:00にご同意いただいています。 記録: 佐藤" in words(mine.get(f"/customers/{case_id}"))
    mine.post(f"/customers/{case_id}/consent", data={"agreed": "false"})
    assert office.customers.profile(PHONE).may_ask_after is None


def test_a_consent_in_words_no_database_takes_is_refused(office, log_in, case_id):
    answer = log_in("sato").post(f"/customers/{case_id}/consent", data={"agreed": "true", "wording": "a\0b"})
    assert answer.status_code == 422
    assert office.customers.profile(PHONE) == Profile()


@pytest.mark.parametrize("fields", [{"tier": "gold"}, {"address": "dono"}, {"channel": "fax"}])
def test_what_makes_no_sense_changes_nothing(office, log_in, case_id, fields):
    assert save(log_in("sato"), case_id, **fields).status_code == 422
    assert office.customers.profile(PHONE) == Profile()


def test_a_tier_moves_nothing_by_itself_and_by_one_click_openly(office, log_in, device, clock, case_id):
    mine, before = log_in("sato"), office.desk.queue.case(case_id).promise
    assert "早められます" not in mine.get(f"/cases/{case_id}").text
    save(mine, case_id, tier="priority")
    assert office.desk.queue.case(case_id).promise == before
    shown = mine.get(f"/cases/{case_id}")
    assert "優先サポートのため、 11月24日(火) 10:00 に早められます。" in words(shown)
    begins = re.search(r'name="begins" value="([^"]+)"', shown.text)[1]
    assert mine.post(f"/cases/{case_id}/sooner", data={"begins": "2026-11-24T10:30:00+09:00"}).status_code == 409
    assert mine.post(f"/cases/{case_id}/sooner", data={"begins": begins}).status_code == 303
    promise = office.desk.queue.case(case_id).promise
    assert promise.slot.span.begins == tokyo("2026-11-24 10:00")
    assert "優先サポートのため、ほかのお客様より60分早いお約束です。" in words(mine.get(f"/cases/{case_id}"))
    assert 'class="tag accent">優先サポート' in mine.get("/queue").text
    assert 'class="tag accent">優先サポート' in mine.get("/queue/print").text
    assert "優先サポートのため60分早くお約束" in words(mine.get(f"/customers/{case_id}"))
    (line,) = office.journal.latest(action="promised")
    assert (line.detail["tier"], line.detail["earlier_minutes"]) == ("priority", 60)
    request_id = office.desk.queue.case(case_id).requests[0].request.id
    told = device.get(f"/callbacks/{request_id}").json()
    assert told["earlier"] == {"tier": "priority", "label": "優先サポート", "minutes": 60}


def test_nobody_is_brought_forward_while_somebody_else_has_the_case(office, log_in, case_id):
    office.customers.change(case_id, Change(tier="priority"), by="sato", now=office.clock())
    office.desk.claim(case_id, "suzuki")
    mine = log_in("sato")
    assert "早められます" not in mine.get(f"/cases/{case_id}").text
    assert mine.post(f"/cases/{case_id}/sooner", data={"begins": "2026-11-24T10:00:00+09:00"}).status_code == 409


def test_a_request_of_a_tier_is_promised_early_and_says_why(office, device, case_id):
    office.customers.change(case_id, Change(tier="priority", address=AddressForm.SAN), by="sato", now=office.clock())
    sent = request_of(topic="aircon", windows=LONG).model_dump(mode="json")
    for _ in range(2):  # the answer may have been lost
        answer = device.post("/callbacks", json=sent).json()
        assert answer["promise"]["begins"] == "2026-11-24T10:00:00+09:00"
        assert answer["earlier"] == {"tier": "priority", "label": "優先サポート", "minutes": 60}
    became = device.get(f"/callbacks/{sent['id']}").json()
    assert (became["earlier"], became["address"]) == (answer["earlier"], "san")
    assert became["address_at"] == "2026-11-24T10:00:00+09:00"


def test_the_file_of_cases_says_how_customers_are_treated(office, log_in, clock, case_id):
    told = Change(
        tier="priority", channel=Channel.LINE, address=AddressForm.SENSEI, ask_later=Consent(at=clock(), wording="x")
    )
    office.customers.change(case_id, told, by="sato", now=clock())
    period = {"first": "2026-11-24", "last": "2026-11-24"}
    line = log_in("lead").post("/export/cases.csv", data=period).text.splitlines()[1]
    assert line.endswith("優先サポート,LINE,〜先生,2026-11-24 10:00")
