"""The list of who waits: order, filters, search, masking."""

import re
from datetime import timedelta

import pytest

from tests.callback_samples import request_of


def titles(answer):
    return re.findall(r'data-row href="[^"]+">([^<]+)<', answer.text)


@pytest.fixture
def receive(office):
    """Hand in a request about a topic; the phone is another one for each topic."""

    def received(topic, **changes):
        phone = f"090-1234-{sum(map(ord, topic)) % 10_000:04}"
        return office.desk.receive(request_of(**({"topic": topic, "phone": phone} | changes))).case_id

    return received


def window(clock, hours, lasting=2):
    begins = clock.now + timedelta(hours=hours)
    return [{"begins": begins.isoformat(), "ends": (begins + timedelta(hours=lasting)).isoformat()}]


def test_danger_comes_first_then_the_time(receive, log_in, clock):
    receive("later", windows=window(clock, 5))
    receive("sooner", windows=window(clock, 3))
    receive("danger", urgency="safety", windows=window(clock, 6))
    assert titles(log_in("sato").get("/queue")) == ["danger", "sooner", "later"]


def test_an_empty_queue_says_so(log_in):
    assert "お電話をお待ちのお客様は、いまいらっしゃいません" in log_in("sato").get("/queue").text


def test_a_promise_that_passed_is_late(receive, log_in, clock):
    receive("waits", windows=window(clock, 3))
    mine = log_in("sato")
    assert titles(mine.get("/queue?state=late")) == []
    clock.pass_time(hours=5)
    late = mine.get("/queue?state=late")
    assert titles(late) == ["waits"]
    assert 'class="row late' in late.text


@pytest.mark.parametrize("typed", ["山田", "やまだ", "ヤマダ", "山田様", "0123", "090-1234-0123", "+81 90 1234 0123"])
def test_people_are_found_by_name_reading_and_number(receive, log_in, typed):
    receive("found", customer_name="山田 花子", customer_reading="やまだ はなこ", phone="090-1234-0123")
    receive("other", customer_name="鈴木 一郎", customer_reading="すずき いちろう", phone="090-1234-9999")
    assert titles(log_in("sato").get("/queue", params={"q": typed})) == ["found"]


@pytest.mark.parametrize("typed", ["123", "いない人", "%", "' OR 1=1"])
def test_what_finds_nobody(receive, log_in, typed):
    receive("found", phone="090-1234-0123")
    answer = log_in("sato").get("/queue", params={"q": typed})
    assert (answer.status_code, titles(answer)) == (200, [])


def test_closed_cases_are_found_too(receive, office, log_in):
    case_id = receive("found", customer_name="山田 花子")
    office.desk.close(case_id, reason="withdrawn", by="sato")
    mine = log_in("sato")
    assert titles(mine.get("/queue")) == []
    assert titles(mine.get("/queue?q=山田")) == titles(mine.get("/queue?state=closed")) == ["found"]


def test_who_may_not_see_people_sees_masks(receive, log_in):
    case_id = receive("found", customer_name="山田 花子", phone="090-1234-0123")
    for path in ("/queue", f"/cases/{case_id}", "/queue?q=山田"):
        text = log_in("viewer").get(path).text.replace('value="山田"', "").replace("「山田」", "")
        assert "山田" not in text
        assert "1234-0123" not in text
        assert "1234-0123" in log_in("sato").get(path).text or path.startswith("/cases")


def test_filters(receive, log_in):
    receive("plain")
    receive("angry", urgency="complaint")
    mine = log_in("sato")
    assert titles(mine.get("/queue?urgency=complaint")) == ["angry"]
    assert mine.get("/queue?urgency=nonsense").status_code == 422
    assert titles(mine.get("/queue?agent=sato")) == []


def test_pages_of_a_long_list(receive, log_in):
    for n in range(53):
        receive(f"t{n}", phone=f"090-1234-{n:04}")
    mine = log_in("sato")
    first, second = titles(mine.get("/queue")), titles(mine.get("/queue?p=1"))
    assert (len(first), len(second), len({*first, *second})) == (50, 3, 53)


def test_htmx_gets_the_list_alone(receive, log_in):
    receive("found")
    part = log_in("sato").get("/queue", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "found" in part


def test_a_search_that_refreshes_itself_wakes_nobody(receive, office, log_in, clock):
    """Or the list of what was found would ask again because of its own line, for ever."""
    receive("found", phone="090-1234-0123")
    mine, before = log_in("sato"), office.journal.last_line()
    mine.get("/queue?q=0123")
    for _ in range(3):
        mine.get("/queue?q=0123", headers={"HX-Request": "true"})
    assert office.journal.changes_after(before) == ()
    assert len(office.journal.latest(actor="sato", action="searched")) == 1
    clock.pass_time(minutes=11)
    mine.get("/queue?q=0123", headers={"HX-Request": "true"})
    assert len(office.journal.latest(actor="sato", action="searched")) == 2


def test_nobody_guesses_by_searching_what_is_masked(receive, log_in):
    receive("one", customer_name="山田 花子", phone="090-1234-0123")
    receive("other", customer_name="鈴木 一郎", phone="090-1234-9999")
    viewer = log_in("viewer")
    for typed in ("山田", "40123", "0901234"):
        answer = viewer.get("/queue", params={"q": typed})
        assert sorted(titles(answer)) == ["one", "other"]
    assert 'type="search"' not in viewer.get("/queue").text
    assert 'type="search"' in log_in("sato").get("/queue").text


def test_beyond_the_last_page_nobody_is_told_that_all_is_done(receive, log_in):
    receive("waits")
    text = log_in("sato").get("/queue?p=3").text
    assert "このページに案件はありません" in text
    assert "いまいらっしゃいません" not in text


@pytest.mark.parametrize("typed", ["123", "1-2", "１２３"])
def test_too_few_digits_are_said_to_be_too_few(receive, log_in, typed):
    receive("found", phone="090-1234-0123")
    text = log_in("sato").get("/queue", params={"q": typed}).text
    assert "検索の文字が足りません" in text
    assert "見つかりませんでした" not in text


def test_the_number_of_a_case_somebody_holds_is_not_in_the_list(receive, log_in):
    case_id = receive("held", phone="090-1234-0123")
    mine, other = log_in("sato"), log_in("suzuki")
    mine.post(f"/cases/{case_id}/claim")
    assert "090-1234-0123" in mine.get("/queue").text
    assert "090-1234-0123" not in other.get("/queue").text


def test_the_filter_names_who_works_here(log_in, office, clock):
    office.staffing.disable("suzuki", by="admin", now=clock())
    options = re.findall(r'<option value="(\w+)"[^>]*>(?:佐藤|鈴木|伊藤|高橋|田中)<', log_in("sato").get("/queue").text)
    assert sorted(options) == ["admin", "lead", "sato"]
