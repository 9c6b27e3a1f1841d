"""The journal, as leads and admins read it."""

import re

import pytest

from tests.callback_samples import request_of


def lines(answer):
    return answer.text.count("<tr>") - 1  # without the table's head


@pytest.mark.parametrize(("login", "status"), [("sato", 403), ("viewer", 403), ("lead", 200), ("admin", 200)])
def test_who_may_read_it(log_in, login, status):
    assert log_in(login).get("/journal").status_code == status


def test_it_says_who_saw_a_case(log_in, office):
    case_id = office.desk.receive(request_of()).case_id
    log_in("sato").get(f"/cases/{case_id}")
    page = log_in("lead").get(f"/journal?actor=sato&action=viewed&case={case_id}")
    assert lines(page) == 1
    assert "佐藤" in page.text
    assert f"/cases/{case_id}" in page.text
    assert "山田" not in page.text


def test_filters(log_in, office, clock):
    for actor, action in (("sato", "claimed"), ("sato", "closed"), ("device:box-1", "received")):
        office.journal.write(at=clock(), actor=actor, action=action, detail={"reason": "solved"})
    lead = log_in("lead")
    assert lines(lead.get("/journal?actor=sato&action=claimed")) == 1
    assert lines(lead.get("/journal?actor=sato")) == 2
    received = lead.get("/journal?action=received")
    assert "端末 box-1" in received.text
    assert "解決" in received.text
    assert "記録はありません" in lead.get("/journal?actor=nobody").text


def test_pages(log_in, office, clock):
    for number in range(250):
        office.journal.write(at=clock(), actor="sato", action="claimed", detail={"begins": f"line {number:03}"})
    lead = log_in("lead")
    address, seen = "/journal?actor=sato", []
    while address:
        page = lead.get(address)
        seen += re.findall(r"line (\d{3})", page.text)
        older = re.search(r'href="([^"]+before=\d+)"', page.text)
        address = older and older[1].replace("&amp;", "&")
    assert seen == [f"{number:03}" for number in reversed(range(250))]


@pytest.mark.parametrize("query", ["case=x", "case=%00"])
def test_a_number_that_is_none(log_in, query):
    assert "案件番号を読み取れません" in log_in("lead").get(f"/journal?{query}").text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("actor=%00", 200),
        ("action=%00x", 200),
        ("before=0", 422),
        ("before=99999999999999999999", 422),
        ("before=x", 422),
    ],
)
def test_nonsense_is_no_failure(log_in, query, status):
    assert log_in("lead").get(f"/journal?{query}").status_code == status


def test_details_are_in_words(log_in, office, clock):
    detail = {"kind": "promise_due", "key": "promise_due|x", "danger": False, "device": None}
    office.journal.write(at=clock(), actor="system", action="alarm", detail=detail)
    office.journal.write(at=clock(), actor="sato", action="taken_over", detail={"taken_from": "suzuki"})
    office.journal.write(at=clock(), actor="sato", action="promised", detail={"begins": "2026-11-24T04:00:00+00:00"})
    office.journal.write(at=clock(), actor="system", action="message_sent", detail={"route": "mail", "error": None})
    text = log_in("lead").get("/journal").text
    for words in ("お約束の時間が迫っています", "鈴木", "11月24日(火) 13:00", "電子メール"):
        assert f"</span> {words}" in text
    for code in ("key:", "danger", "promise_due", "False", "</span> 2026", "前の担当:</span> suzuki"):
        assert code not in text
