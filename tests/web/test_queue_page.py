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
