import re
from datetime import timedelta

import pytest

from server.work.watch import Watch
from tests.callback_samples import request_of

PERSONAL = ("山田", "ヤマダ", "9012345678", "1234-5678")


@pytest.fixture
def watch(office):
    return Watch(office, {})


@pytest.fixture
def danger(office, watch):
    case_id = office.desk.receive(request_of(urgency="safety")).case_id
    watch.look()
    return case_id


def test_every_page_shows_the_banner(danger, log_in):
    for path in ("/queue", "/alarms"):
        text = log_in("sato").get(path).text
        banner = text.partition('id="alarms"')[2].partition("</div>")[0]
        assert "安全に関わるご用件です" in banner
        assert f'href="/cases/{danger}"' in banner
        assert "確認しました" in banner
        assert not [secret for secret in PERSONAL if secret in banner]


def test_a_part_is_the_banner_alone(danger, log_in):
    part = log_in("viewer").get("/alarms", headers={"HX-Request": "true"}).text
    assert "安全に関わるご用件です" in part
    assert "<html" not in part
    assert "確認しました" not in part  # who may only read has nothing to confirm


def test_seen_it_leaves_the_banner_and_stays_in_the_register(danger, log_in, office):
    (rung,) = office.alarms.running(office.desk.plan.hours, now=office.clock())
    answer = log_in("sato").post("/alarms/seen", data={"key": rung.alarm.key}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text.strip()) == (200, "")
    register = log_in("suzuki").get("/alarms").text
    assert "佐藤さんが確認済み" in register
    assert "banner bad" not in register


@pytest.mark.parametrize("key", ["safety|nobody|never", "", "x" * 160])
def test_an_alarm_that_is_not_there_is_no_error(log_in, key):
    assert log_in("sato").post("/alarms/seen", data={"key": key or "-"}).status_code == 200


def test_who_may_not_confirm(danger, log_in, browser):
    assert log_in("viewer").post("/alarms/seen", data={"key": "k"}).status_code == 403
    assert log_in("sato").post("/alarms/seen", data={"key": "k"}, headers={"X-CSRF-Token": ""}).status_code == 403
    assert browser.get("/alarms", headers={"HX-Request": "true"}).status_code == 401


@pytest.mark.parametrize(("count", "hidden"), [(8, "あと 3 件\n"), (57, r"あと 4\d 件以上\n")])
def test_many_alarms_are_a_few_lines_and_a_number(count, hidden, office, watch, log_in):
    for number in range(count):
        office.desk.receive(request_of(urgency="safety", phone=f"090-1234-{number:04}", topic=f"t{number}"))
    for _ in range(2):
        watch.look()
    part = log_in("sato").get("/alarms", headers={"HX-Request": "true"}).text
    assert part.count("確認しました") == 5
    assert re.search(hidden, part)
    assert part.count("<p ") == 6


def test_the_moment_has_its_day_when_it_is_not_today(danger, log_in, clock):
    assert "(10:00 受付)" in log_in("sato").get("/alarms", headers={"HX-Request": "true"}).text
    clock.now += timedelta(days=1)
    part = log_in("sato").get("/alarms", headers={"HX-Request": "true"}).text
    assert "(11月24日(火) 10:00 受付)" in part


def test_a_silent_device_is_named_by_its_place(office, watch, clock, log_in):
    code = office.devices.make_code("box-1", "一階 受付", by="admin", now=clock())
    office.devices.enrol(code, now=clock())
    clock.now += timedelta(days=1, minutes=1)
    watch.look()
    part = log_in("lead").get("/alarms", headers={"HX-Request": "true"}).text
    assert "端末から連絡がありません" in part
    assert "一階 受付" in part
    assert 'href="/devices"' in part


def test_no_link_leads_where_one_may_not_go(log_in, watch, clock, enrolled):
    enrolled()
    clock.pass_time(hours=25)
    watch.look()
    assert 'href="/devices"' in log_in("lead").get("/alarms", headers={"HX-Request": "true"}).text
    mine = log_in("sato")
    for headers in ({"HX-Request": "true"}, {}):
        text = mine.get("/alarms", headers=headers).text
        assert "1階ロビー" in text
        assert 'href="/devices"' not in text
