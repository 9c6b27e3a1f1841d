"""The calendar and the feeds."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from icalendar import Calendar

from server.attempts import Attempt, CallOutcome
from tests.callback_samples import request_of


@pytest.fixture
def tomorrow(office):
    """A case promised for tomorrow at nine, which 佐藤 follows up."""
    case_id = office.desk.receive(request_of()).case_id
    office.desk.claim(case_id, "sato")
    return case_id


def rows(text):
    """The first cell of each line -> the others, as plain text."""
    found = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    cells = [[plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in found]
    return {first: rest for first, *rest in cells}


def plain(markup):
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def test_the_slots_are_rows_and_the_agents_columns(tomorrow, log_in):
    text = log_in("sato").get("/calendar?day=2026-11-25").text
    table = rows(text)
    assert table["時刻"] == ["佐藤", "未定"]
    assert list(table)[1:3] == ["09:00〜09:30", "09:30〜10:00"]
    assert "12:00〜12:30" not in table  # lunch
    assert table["09:00〜09:30"] == ["山田 花子 様 約束済み refund", ""]
    assert f'href="/cases/{tomorrow}"' in text
    assert not re.search(r"<script(?! src)|style=|onclick", text)


@pytest.mark.usefixtures("tomorrow")
def test_who_need_not_see_names_sees_none(log_in):
    text = log_in("viewer").get("/calendar?day=2026-11-25").text
    assert "山＊＊ 様" in text
    assert "花子" not in text


def test_an_agent_alone_and_the_unassigned(office, tomorrow, log_in):
    office.desk.receive(request_of(topic="other", phone="090-1111-2222", customer_name="青木 一郎"))
    mine = log_in("lead")
    assert "青木" not in plain(mine.get("/calendar?day=2026-11-25&agent=sato").text)
    unassigned = plain(mine.get("/calendar?day=2026-11-25&agent=-").text)
    assert "青木 一郎" in unassigned
    assert "山田 花子" not in unassigned


def test_one_walks_through_the_days_with_the_arrows(log_in):
    text = log_in("sato").get("/calendar").text
    assert 'href="/calendar?day=2026-11-23" data-key="ArrowLeft"' in text
    assert 'href="/calendar?day=2026-11-25" data-key="ArrowRight"' in text
    assert "この日のお約束はありません" in text


def test_holidays_are_named_and_days_counted(tomorrow, log_in):
    week = plain(
        re.search(r'<ol class="week".*?</ol>', log_in("sato").get("/calendar?day=2026-11-23").text, re.DOTALL)[0]
    )
    assert "11月23日(月) 勤労感謝の日" in week
    assert "11月25日(水) 約束 1件" in week
    assert "11月28日(土) 休業日" in week
    assert "この日は「勤労感謝の日」のため、休業です" in log_in("sato").get("/calendar?day=2026-11-23").text


@pytest.mark.parametrize(
    ("rang", "state", "later"), [(False, "遅れています", "守れなかった"), (True, "お電話済み", "お電話済み")]
)
def test_the_past_shows_what_was_kept(office, tomorrow, log_in, clock, rang, state, later):
    clock.pass_time(hours=23, minutes=10)
    if rang:
        call = {"dialled_at": clock(), "rang_at": clock(), "outcome": CallOutcome.NO_ANSWER}
        office.desk.settle(tomorrow, Attempt(id=uuid4(), agent="sato", **call))
    clock.pass_time(hours=1)
    assert state in rows(log_in("sato").get("/calendar").text)["09:00〜09:30"][0]
    clock.pass_time(days=1)
    text = log_in("sato").get("/calendar?day=2026-11-25").text
    assert later in rows(text)["09:00〜09:30"][0]
    day = plain(re.search(r'aria-current="date">(.*?)</a>', text, re.DOTALL)[1])
    assert f"約束 {1 + rang}件 守れず 1件" in day  # the next attempt, in the afternoon, was made by nobody


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "x", "2026-13-01"])
def test_a_day_that_makes_no_sense_is_refused(log_in, day):
    assert log_in("sato").get(f"/calendar?day={day}").status_code == 422


@pytest.mark.parametrize("day", ["2000-01-01", "2099-12-31"])
def test_the_ends_of_the_calendar_can_be_looked_at(log_in, day):
    assert log_in("sato").get(f"/calendar?day={day}").status_code == 200


@pytest.fixture
def feed(office, clock, browser):
    """Ask for 佐藤's feed as a calendar program does."""
    secret = office.accounts.new_feed_secret("sato", now=clock())
    return lambda **headers: browser.get(f"/feeds/{secret}.ics", headers=headers)


def events(answer):
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_a_calendar_program_gets_the_promises(tomorrow, feed, office):
    answer = feed()
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"].startswith("private")
    (event,) = events(answer)
    assert event["UID"] == f"case-{tomorrow}@koemado"
    assert event.decoded("DTSTART") == datetime(2026, 11, 25, 0, tzinfo=UTC)
    assert b"DTSTART:20261125T000000Z" in answer.content
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)
    assert event["SUMMARY"] == "お電話 山＊＊ 様(refund)"
    assert event["URL"] == f"{office.settings.public_url}/cases/{tomorrow}"
    for secret in ("花子", "1234-5678", "12345678", "ハナコ"):
        assert secret not in answer.content.decode()
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))


def test_a_moved_promise_is_the_same_event_later_and_a_closed_case_cancels_it(tomorrow, feed, office, clock):
    tag = feed().headers["etag"]
    assert feed(**{"If-None-Match": tag}).status_code == 304
    clock.pass_time(minutes=5)
    office.desk.promise(tomorrow, datetime(2026, 11, 26, 1, tzinfo=UTC), by="sato", staff=True)
    answer = feed(**{"If-None-Match": tag})
    (moved,) = events(answer)
    assert (answer.status_code, moved["SEQUENCE"]) == (200, 2)
    assert moved["UID"] == f"case-{tomorrow}@koemado"
    assert moved.decoded("DTSTART") == datetime(2026, 11, 26, 1, tzinfo=UTC)
    assert moved.decoded("LAST-MODIFIED") == clock()
    office.desk.close(tomorrow, reason="withdrawn", by="sato")
    (cancelled,) = events(feed())
    assert (cancelled["STATUS"], cancelled["SEQUENCE"]) == ("CANCELLED", 3)
    clock.pass_time(days=30)
    assert events(feed()) == []


def test_only_the_secret_of_somebody_who_works_here_opens_a_feed(feed, office, clock, browser):
    assert browser.get("/feeds/guess.ics").status_code == 404
    assert feed().status_code == 200
    office.accounts.revoke_feed("sato", now=clock())
    assert feed().status_code == 404
    for secret in ("", "x" * 4000, "%00", "鍵"):
        assert browser.get(f"/feeds/{secret}.ics").status_code == 404


def test_a_disabled_account_has_no_feed(feed, office, clock):
    office.staffing.disable("sato", by="admin", now=clock())
    assert feed().status_code == 404
