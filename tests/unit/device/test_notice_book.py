"""Notices on a device: over restarts, power cuts and an absent desk; and what the desk is told."""

import json
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from server.client import DeskClient
from server.errors import DeskUnavailable
from server.notices import LONGEST_TEXT, Kind, in_order, listed, readable
from tests.callback_samples import NOW, SetClock
from tests.notice_samples import notice
from voice.notice_book import NoticeBook


class Desk:
    """Answers like the desk; `away` raises as a network does."""

    def __init__(self, *notices):
        self.notices, self.away, self.asked, self.reports = notices, False, [], []
        self.client = DeskClient("http://desk.test", "kd_x", transport=httpx.MockTransport(self.answer))

    def answer(self, request):
        if self.away:
            raise httpx.ConnectError("away")
        if request.method == "PUT":
            self.reports.append({one["id"]: one["told"] for one in json.loads(request.content)["notices"]})
            return httpx.Response(204)
        self.asked.append(request.headers.get("If-None-Match", ""))
        body, tag = listed(self.notices)
        status = 304 if self.asked[-1] == tag else 200
        return httpx.Response(status, content=b"" if status == 304 else body, headers={"ETag": tag})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "notices.json"


@pytest.fixture
def book(path):
    return NoticeBook(path, SetClock())


def texts(book):
    return [one.text for one in book.standing().notices]


def test_kept_over_a_restart_while_the_desk_is_away(book, path):
    desk = Desk(notice("遅れ。", readings={"遅": "おく"}), notice("障害。", kind=Kind.OUTAGE, at_once=True))
    book.look(desk.client, desk="one")
    desk.away = True
    again = NoticeBook(path, SetClock())
    assert list(again.standing().notices) == list(in_order(desk.notices)) == list(book.standing().notices)
    with pytest.raises(DeskUnavailable):
        again.look(desk.client, desk="one")
    assert len(texts(again)) == 2


def test_unchanged_nothing_is_sent_and_told_counts_are(book):
    one = notice()
    desk = Desk(one)
    for _ in range(2):
        book.look(desk.client, desk="one")
    book.note_told(one, NOW, unasked=True)
    book.note_told(one, NOW, unasked=False)
    book.look(desk.client, desk="one")
    assert desk.asked[0] == ""
    assert desk.asked[1] == desk.asked[2] == listed([one])[1]
    assert desk.reports == [{str(one.id): 0}, {str(one.id): 2}]


def test_a_withdrawn_one_is_gone(book):
    stays, goes = notice("残る。"), notice("消える。")
    desk = Desk(stays, goes)
    book.look(desk.client, desk="one")
    book.note_told(goes, NOW, unasked=True)
    desk.notices = (stays,)
    book.look(desk.client, desk="one")
    assert texts(book) == ["残る。"]
    assert book.standing().times == {}
    assert book.standing().unasked_at == NOW  # the day has had its notice


def test_another_desk_begins_anew(book):
    desk, other = Desk(notice("一。")), Desk(notice("二。"))
    book.look(desk.client, desk="one")
    other.away = True
    with pytest.raises(DeskUnavailable):
        book.look(other.client, desk="two")
    assert texts(book) == []
    other.away = False
    book.look(other.client, desk="two")
    assert (texts(book), other.asked) == (["二。"], [""])


def test_a_report_that_failed_is_sent_again(book):
    desk = Desk(notice())
    refusing = DeskClient("http://desk.test", transport=httpx.MockTransport(
        lambda request: httpx.Response(503, json={}) if request.method == "PUT" else desk.answer(request)
    ))  # fmt: skip
    with pytest.raises(DeskUnavailable):
        book.look(refusing, desk="one")
    assert len(texts(book)) == 1
    book.look(desk.client, desk="one")
    assert len(desk.reports) == 1


def test_what_was_told_and_wanted_survives(book, path):
    one, danger = notice(), notice(kind=Kind.RECALL, danger=True)
    book.note_told(danger, NOW + timedelta(hours=1), unasked=True)
    assert book.standing().unasked_at is None  # not counted to the one a day
    book.note_told(one, NOW, unasked=True, hinted=True)
    book.note_told(one, NOW + timedelta(hours=2), unasked=False)
    assert book.switch(off=True)
    standing = NoticeBook(path, SetClock()).standing()
    assert (standing.times, standing.unasked_at) == ({one.id: 2, danger.id: 1}, NOW)
    assert (standing.is_off, standing.was_hinted) == (True, True)


def test_tips_once_a_day_an_article_and_none_when_off(book, path):
    assert book.may_tip("hours", NOW)
    book.note_tip("hours", NOW)
    again = NoticeBook(path, SetClock())
    assert not again.may_tip("hours", NOW + timedelta(hours=3))
    assert again.may_tip("returns", NOW)
    assert again.may_tip("hours", NOW + timedelta(days=1))
    again.switch(off=True)
    assert not again.may_tip("returns", NOW)


def test_for_known_customers_alone(path):
    known = set()
    book = NoticeBook(path, SetClock(), customers=lambda: frozenset(known))
    book.look(Desk(notice("皆。"), notice("一人。", kind=Kind.FOLLOW_UP, customer="a" * 64)).client, desk="one")
    assert texts(book) == ["皆。"]
    known.add("a" * 64)
    assert sorted(texts(book)) == ["一人。", "皆。"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"notices": [1]}', b"\xff", b'{"notices": []}'])
def test_a_damaged_file_is_no_reason_to_stop(path, content):
    path.write_bytes(content)
    book = NoticeBook(path, SetClock())
    assert book.standing().notices == ()
    book.look(Desk(notice()).client, desk="one")
    assert len(texts(NoticeBook(path, SetClock()))) == 1


def test_a_disk_that_keeps_nothing_makes_no_parrot(tmp_path):
    (tmp_path / "file").write_text("")
    book = NoticeBook(tmp_path / "file" / "notices.json", SetClock())
    one = notice()
    book.note_told(one, NOW, unasked=True)
    assert book.standing().times == {one.id: 1}
    assert not book.switch(off=True)


def wire(**changes):
    return notice().as_wire() | changes


@pytest.mark.parametrize("body", [
    b"[]", b"{}", b'{"notices": 1}', b"<html>", *(
        json.dumps({"notices": [wrong]}).encode() for wrong in (
            wire(id="x"), wire(text=" "), wire(text="あ" * (LONGEST_TEXT + 1)), wire(begins="2026-11-24T10:00:00"), wire(ends=3),
            wire(readings={"頒布": "頒布"}), wire(readings=[1]), wire(customer="山田"), {}, 1,
        )
    ),
])  # fmt: skip
def test_what_is_no_list_of_notices_changes_nothing(book, body):
    book.look(Desk(notice("前の。")).client, desk="one")
    portal = DeskClient("http://desk.test", transport=httpx.MockTransport(lambda _: httpx.Response(200, content=body)))
    with pytest.raises(DeskUnavailable):
        book.look(portal, desk="one")
    assert texts(book) == ["前の。"]


def test_a_desk_older_than_notices_has_none(book):
    old = DeskClient("http://desk.test", transport=httpx.MockTransport(lambda _: httpx.Response(404, json={})))
    book.look(old, desk="one")
    assert texts(book) == []


def test_a_kind_of_a_later_desk_is_left_out_and_no_more():
    later, known = wire(kind="weather", id=str(uuid4())), wire(id=str(uuid4()))
    assert [str(one.id) for one in readable([later, known])] == [known["id"]]
    with pytest.raises(ValueError, match="hexadecimal"):
        readable([known, {"id": "1"}])
