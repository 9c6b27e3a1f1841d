"""How devices are: told by heartbeats, shown on the page."""

import pytest

from server.access import Condition

TOLD = {
    "model": "vosk-model-small-ja-0.22", "up_s": 200_000, "free_mb": 120, "waiting": 2, "audio": "lost", "error": "ModelError",
}  # fmt: skip


def beat(device, **told):
    return device.post("/devices/heartbeat", json={"version": "0.2.0"} | told).status_code


def test_a_heartbeat_tells_how_the_device_is(device, office):
    assert beat(device, **TOLD) == 204
    assert office.devices.get("box-1").condition == Condition(**TOLD)
    assert beat(device, audio="ok", error="") == 204  # what is not said stays
    assert office.devices.get("box-1").condition == Condition(**TOLD | {"audio": "ok", "error": ""})


@pytest.mark.parametrize("wrong", [
    {"free_mb": -1}, {"free_mb": 2**31}, {"free_mb": "9"}, {"free_mb": True}, {"waiting": 1.5}, {"up_s": -5},
    {"audio": "loud"}, {"error": "a b"}, {"error": "山田"}, {"error": "x" * 65}, {"model": "a/b"}, {"more": 1},
])  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_of_it_kept(device, office, wrong):
    assert beat(device, **wrong) == 422
    assert office.devices.get("box-1").condition == Condition()


def test_the_page_says_what_is_wrong_in_japanese(device, log_in):
    beat(device, **TOLD)
    shown = log_in("lead").get("/devices").text
    for words in ("マイクが外れています", "エラーがありました", "音声認識モデルが壊れているか、見つかりません (ModelError)",
                  "未送信のご依頼があります", "2件", "残り120MB", "vosk-model-small-ja-0.22", "連続稼働 2日"):  # fmt: skip
        assert words in shown


def test_a_device_that_is_well_shows_no_problem(device, log_in):
    beat(device, model="m", up_s=7_300, free_mb=5_000, waiting=0, audio="ok", error="")
    shown = log_in("lead").get("/devices").text
    assert "連続稼働 2時間" in shown
    assert "tag warn" not in shown


def test_one_that_falls_silent_is_shown_within_two_heartbeats(device, log_in, clock):
    beat(device, model="m", audio="ok", error="")
    clock.pass_time(minutes=64)
    assert "tag warn" not in log_in("lead").get("/devices").text
    clock.pass_time(minutes=1)
    shown = log_in("lead").get("/devices").text
    assert "要確認" in shown
    assert "1時間以上、連絡がありません" in shown
    clock.pass_time(hours=23)
    shown = log_in("lead").get("/devices").text
    assert "24時間以上連絡なし" in shown
    assert "1時間以上、連絡がありません" not in shown
    beat(device)
    assert "正常" in log_in("lead").get("/devices").text


def test_silent_ones_stand_first_then_those_with_problems(enrolled, office, log_in, clock):
    for name in ("a-well", "b-bad", "c-silent", "d-revoked"):
        enrolled(name)
    office.devices.revoke("d-revoked", by="lead", now=clock())
    clock.pass_time(hours=25)
    for name in ("a-well", "b-bad"):
        condition = Condition(audio="lost" if name == "b-bad" else "ok")
        office.devices.heartbeat(office.devices.get(name), "1", now=clock(), condition=condition)
    shown = log_in("lead").get("/devices").text
    places = [shown.index(f"<td>{name}</td>") for name in ("c-silent", "b-bad", "a-well", "d-revoked")]
    assert places == sorted(places)


def test_enrolled_anew_nothing_is_known_of_it(device, enrolled, office):
    beat(device, **TOLD)
    enrolled()
    assert office.devices.get("box-1").condition == Condition()
