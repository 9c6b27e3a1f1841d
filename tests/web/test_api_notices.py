"""What devices get of notices, and what they say of them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from server.notices import Kind, ToTell
from tests.callback_samples import NOW
from tests.notice_samples import notice
from voice.notice_book import NoticeBook


@pytest.fixture
def add(office, clock):
    def added(told, devices=None):
        office.notices.add(told, devices, by="lead", now=clock())
        return told

    return added


def texts(answer):
    return [one["text"] for one in answer.json()["notices"]]


def test_recalls_with_danger_come_first_then_what_is_urgent(device, add):
    add(notice("遅れ。"))
    add(notice("障害。", kind=Kind.OUTAGE, at_once=True))
    add(notice("回収。", kind=Kind.RECALL))
    add(notice("発火。", kind=Kind.RECALL, danger=True))
    assert texts(device.get("/notices")) == ["発火。", "回収。", "障害。", "遅れ。"]


def test_unchanged_costs_no_body_and_every_change_another_tag(device, add, office, clock):
    told = add(notice())
    first = device.get("/notices")
    assert ToTell.from_wire(first.json()["notices"][0]) == told
    again = device.get("/notices", headers={"If-None-Match": f'"x", {first.headers["ETag"]}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    office.notices.withdraw(told.id, by="lead", now=clock())
    gone = device.get("/notices", headers={"If-None-Match": first.headers["ETag"]})
    assert (gone.status_code, gone.json()) == (200, {"notices": []})


def test_its_end_changes_the_tag_too(device, add, clock):
    add(notice())
    tag = device.get("/notices").headers["ETag"]
    clock.now += timedelta(days=4)
    assert texts(device.get("/notices", headers={"If-None-Match": tag})) == []


def test_each_device_gets_its_own(device, app, enrolled, add):
    add(notice("一階だけ。"), ("box-1",))
    other = TestClient(app, headers={"Authorization": f"Bearer {enrolled('box-2')}"})
    assert texts(device.get("/notices")) == ["一階だけ。"]
    assert texts(other.get("/notices")) == []
    assert TestClient(app).get("/notices").status_code == 401


def test_a_page_for_browsers_stands_at_the_same_address(browser, log_in):
    assert browser.get("/notices").status_code == 303
    assert "お知らせを出す" in log_in("lead").get("/notices").text


def test_counts_are_kept_and_nothing_else(device, office, add):
    told = add(notice())
    body = {"notices": [{"id": str(told.id), "told": 2}, {"id": str(uuid4()), "told": 1}]}
    assert device.put("/notices/told", json=body).status_code == 204
    assert [(one.device, one.told) for one in office.notices.tellings()[told.id]] == [("box-1", 2)]


@pytest.mark.parametrize("wrong", [
    {"notices": [{"id": "x", "told": 1}]}, {"notices": [{"id": str(uuid4()), "told": -1}]}, {"notices": 1}, {},
    {"notices": [{"id": str(uuid4()), "told": 1, "who": "山田"}]}, {"notices": [{"id": str(uuid4()), "told": 10**9}]},
])  # fmt: skip
def test_what_is_no_report_is_refused(device, wrong):
    assert device.put("/notices/told", json=wrong).status_code == 422


def test_a_revoked_device_hears_nothing(device, add, office):
    add(notice())
    office.devices.revoke("box-1", by="lead", now=NOW)
    assert device.get("/notices").status_code == 401


def test_a_device_keeps_them_and_reports(desk_client, office, add, clock, tmp_path):
    book = NoticeBook(tmp_path / "notices.json", clock)
    told = add(notice(readings={"台風": "たいふう"}))
    book.look(desk_client, desk="one")
    (kept,) = book.standing().notices
    assert kept == told
    book.note_told(kept, clock(), unasked=True)
    for _ in range(2):
        book.look(desk_client, desk="one")
    assert [one.told for one in office.notices.tellings()[told.id]] == [1]
    office.notices.withdraw(told.id, by="lead", now=clock())
    book.look(desk_client, desk="one")
    assert book.standing().notices == ()
