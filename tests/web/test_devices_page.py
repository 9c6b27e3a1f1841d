"""The page of the devices."""

import re

import pytest

CODE = re.compile(r"[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}")


def test_an_empty_list_says_what_to_do(log_in):
    answer = log_in("lead").get("/devices")
    assert answer.status_code == 200
    assert "登録した端末は、まだありません" in answer.text


def test_a_code_is_shown_once_with_the_line_to_type(log_in, office, clock):
    lead = log_in("lead")
    answer = lead.post("/devices/codes", data={"device_id": "lobby-1", "device_name": "1階ロビー"})
    assert answer.status_code == 200
    (code,) = set(CODE.findall(answer.text))
    assert f"koemado enrol {code} --url http://127.0.0.1:8600" in answer.text
    assert "11月24日(火) 10:30" in answer.text
    office.devices.enrol(code, now=clock())
    listed = lead.get("/devices").text
    assert code not in listed
    assert "1階ロビー" in listed
    assert "正常" in listed


@pytest.mark.parametrize(("device_id", "device_name", "hint"), [
    ("", "ロビー", "wrong-id"), ("a b", "ロビー", "wrong-id"), ("x" * 65, "ロビー", "wrong-id"), ("a/b", "ロビー", "wrong-id"),
    ("box", "", "wrong-name"), ("box", "あ" * 81, "wrong-name"), ("box", "\x00", "wrong-name"),
])  # fmt: skip
def test_what_is_wrong_is_said_beside_the_field(log_in, device_id, device_name, hint):
    answer = log_in("lead").post("/devices/codes", data={"device_id": device_id, "device_name": device_name})
    assert answer.status_code == 422
    assert f'id="{hint}"' in answer.text
    assert f'aria-describedby="{hint}"' in answer.text or f'aria-describedby="hint-id {hint}"' in answer.text


def test_a_silent_device_stands_out(log_in, enrolled, clock):
    enrolled()
    clock.pass_time(hours=24)
    assert "24時間以上連絡なし" in log_in("lead").get("/devices").text


def test_revoking_asks_once_more(log_in, device, office):
    lead = log_in("lead")
    asked = lead.get("/devices/box-1/revoke")
    assert "無効にしますか" in asked.text
    assert device.get("/slots?topic=x").status_code == 200
    done = lead.post("/devices/box-1/revoke")
    assert (done.status_code, done.headers["location"]) == (303, "/devices?revoked=box-1")
    assert "「1階ロビー」を無効にしました" in lead.get("/devices?revoked=box-1").text
    assert device.get("/slots?topic=x").status_code == 401
    assert "は無効です" in lead.get("/devices/box-1/revoke").text


def test_a_name_is_shown_as_it_is(log_in, office, clock):
    code = office.devices.make_code("box-1", "<b>ロビー</b>", by="lead", now=clock())
    office.devices.enrol(code, now=clock())
    assert "<b>ロビー</b>" not in log_in("lead").get("/devices").text


def test_guesses_are_told_on_the_page(log_in, browser):
    for _ in range(10):
        browser.post("/devices/enrol", json={"code": "AAAA-AAAA"})
    assert "端末の登録を一時的に止めています" in log_in("lead").get("/devices").text


def test_only_who_may_manages_devices(log_in, office, enrolled):
    enrolled()
    for login in ("sato", "viewer"):
        somebody = log_in(login)
        assert somebody.get("/devices").status_code == 403
        assert somebody.post("/devices/codes", data={"device_id": "x", "device_name": "x"}).status_code == 403
        assert somebody.post("/devices/box-1/revoke").status_code == 403
    lead = log_in("lead")
    lead.headers.pop("X-CSRF-Token")
    assert lead.post("/devices/box-1/revoke").status_code == 403
    assert office.devices.get("box-1").revoked_at is None
    assert log_in("lead").get("/devices/nobody/revoke").status_code == 404
