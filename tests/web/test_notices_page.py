"""Leads write notices, see what became of them, and take them back."""

import re
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from server.app import create_app
from server.notices import Kind
from server.store.accounts import csrf_token
from server.web.guard import COOKIE
from tests.callback_samples import NOW
from tests.knowledge_samples import furnished_office
from tests.notice_samples import notice

FORM = {
    "text": "台風のため、お届けが遅れております。", "kind": "delay", "readings": "頒布=はんぷ", "audience": "all",
    "begins": "2026-11-24T10:00", "ends": "2026-11-27T10:00",
}  # fmt: skip


def form(**changes):
    return FORM | {"notice_id": str(uuid4())} | changes


def shown(answer):
    return re.sub(r"<[^>]+>|\s+", "", answer.text)


@pytest.fixture
def lead(log_in):
    return log_in("lead")


@pytest.fixture
def workshop_lead(furnished, tmp_path, clock):
    """A lead at a desk that can say things."""
    office = furnished_office(furnished, tmp_path, clock)
    token = office.accounts.open_session("lead", now=clock())
    headers = {"Accept": "text/html", "X-CSRF-Token": csrf_token(token)}
    yield TestClient(create_app(office), cookies={COOKIE: token}, headers=headers, follow_redirects=False)
    office.close()


def made(office):
    return office.notices.recent(now=NOW)


def test_a_notice_is_made_and_shown(lead, office):
    answer = lead.post("/notices", data=form(at_once="on"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/notices?made=1")
    (kept,) = made(office)
    assert (kept.told.kind, kept.told.at_once, kept.told.danger, kept.made_by) == (Kind.DELAY, True, False, "lead")
    assert kept.told.readings == {"頒布": "はんぷ"}
    assert (kept.told.begins, kept.devices) == (NOW, None)
    page = shown(lead.get("/notices?made=1"))
    assert "お知らせを出しました" in page
    assert "お伝え中遅れ急ぎ台風のため" in page
    assert "届いた端末0台" in page


def test_sent_twice_it_is_one(lead, office):
    twice = form()
    for _ in range(2):
        assert lead.post("/notices", data=twice).status_code == 303
    assert len(made(office)) == 1


def test_for_some_devices_and_what_they_said(lead, office, enrolled, clock):
    enrolled("box-1")
    enrolled("box-2")
    assert lead.post("/notices", data=form(audience="some", devices=["box-2"])).status_code == 303
    (kept,) = made(office)
    assert kept.devices == ("box-2",)
    office.notices.report("box-2", {kept.told.id: 4}, now=clock())
    page = shown(lead.get("/notices"))
    assert "届いた端末1台(対象1台)、お伝えした回数4回" in page


def test_the_page_of_browsers_is_a_place_too(lead, office, enrolled, clock):
    enrolled("box-1")
    assert lead.post("/notices", data=form(audience="some", devices=["browser"])).status_code == 303
    (kept,) = made(office)
    for _ in range(2):
        office.notices.count("browser", kept.told.id, now=clock())
    page = shown(lead.get("/notices"))
    assert "、ブラウザーのページ、" in page
    assert "届いた端末1台(対象1台)、お伝えした回数2回" in page


@pytest.mark.parametrize(("wrong", "says"), [
    ({"text": " "}, "本文を200文字以内"),
    ({"text": "あ" * 201}, "本文を200文字以内"),
    ({"readings": "頒布=頒布"}, "読みは「語=よみ」"),
    ({"ends": "2026-11-24T09:59"}, "終わりは、始まりと"),
    ({"begins": "2026-11-20T10:00", "ends": "2026-11-23T10:00"}, "終わりは、始まりと"),
    ({"ends": "9999-12-31T23:59"}, "終わりは、始まりと"),
    ({"ends": "いつか"}, "終わりは、始まりと"),
    ({"audience": "some"}, "端末を一つ以上"),
    ({"audience": "some", "devices": ["gone"]}, "端末を一つ以上"),
])  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_stays(lead, office, wrong, says):
    answer = lead.post("/notices", data=form(**wrong))
    assert answer.status_code == 422
    assert says in shown(answer)
    assert (wrong.get("text") or FORM["text"]).strip() in answer.text
    assert made(office) == ()


def test_danger_is_of_recalls_alone(lead, office):
    lead.post("/notices", data=form(danger="on"))
    lead.post("/notices", data=form(danger="on", kind="recall"))
    assert sorted((one.told.kind, one.told.danger) for one in made(office)) == [
        (Kind.DELAY, False),
        (Kind.RECALL, True),
    ]


def test_withdrawn_it_is_said_by_whom(lead, office, device, clock):
    told = notice()
    office.notices.add(told, None, by="lead", now=clock())
    assert len(device.get("/notices").json()["notices"]) == 1
    assert lead.post(f"/notices/{told.id}/withdraw").status_code == 303
    assert device.get("/notices").json()["notices"] == []
    assert "高橋が取り下げ" in shown(lead.get("/notices"))
    assert lead.post(f"/notices/{uuid4()}/withdraw").status_code == 404


@pytest.mark.parametrize("login", ["sato", "viewer"])
def test_only_leads_send(log_in, office, login):
    mine = log_in(login)
    assert mine.get("/notices").status_code == 403
    assert mine.post("/notices", data=form()).status_code == 403
    assert 'href="/notices"' not in mine.get("/queue").text
    assert made(office) == ()


def test_a_forged_form_does_nothing(lead, office):
    lead.headers["X-CSRF-Token"] = "wrong"
    assert lead.post("/notices", data=form()).status_code == 403
    assert made(office) == ()


def test_the_reading_is_shown_and_heard(workshop_lead):
    assert "kana" in workshop_lead.post("/notices/reading", data=form()).text
    heard = workshop_lead.post("/notices/sound", data=form())
    assert (heard.status_code, heard.headers["Content-Type"]) == (200, "audio/wav")
    assert workshop_lead.post("/notices/sound", data=form(text="")).status_code == 422


def test_without_a_voice_it_is_said_that_nothing_is_heard(lead):
    assert lead.post("/notices/sound", data=form()).status_code == 409
    assert "本文を入力すると" in lead.post("/notices/reading", data=form()).text


def test_the_journal_knows_it(lead, log_in):
    lead.post("/notices", data=form())
    assert "お知らせを出した" in shown(log_in("admin").get("/journal"))
