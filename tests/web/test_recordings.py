"""Recordings that customers agreed to: handed in by devices, heard by staff who may, written down, on no other page."""

from base64 import b64encode
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from server.app import create_app, open_office
from server.errors import DeskUnavailable, RecordingRefused
from server.recordings import LARGEST_RECORDING, wav_of
from server.settings import SETTINGS_FILE
from server.store.accounts import csrf_token
from server.web.guard import COOKIE
from server.work import insight
from tests.callback_samples import request_of
from tests.insight_samples import answered, talk, unanswered
from tests.knowledge_samples import furnished_office
from tests.recording_samples import given, pcm


@pytest.fixture
def logged(office, clock):
    """A conversation of two turns and one of the form that is in the log."""
    one = talk("r", ("返品したい", "answer", "return"), "はい", ("", "callback", None, "[name]", "name"), at=clock())
    office.talks.keep([one], device="box-1", now=clock())
    return one.id


def path(talk_id):
    return f"/recordings/{talk_id}"


def kept(device, talk_id, **changes):
    answer = device.put(path(talk_id), json=given({0: pcm(0.3)}, withheld=[2], **changes))
    assert answer.status_code == 204, answer.text
    return talk_id


def listened(office):
    return [(x.actor, x.detail["turn"]) for x in office.journal.latest() if x.action == "listened"]


def test_handed_in_and_heard_byte_by_byte(device, office, logged, log_in):
    kept(device, logged)
    answer = log_in("lead").get(f"/voices/talks/{logged}/sound/0")
    assert (answer.content, answer.headers["content-type"]) == (wav_of(pcm(0.3)), "audio/wav")
    assert answer.headers["cache-control"] == "no-store"
    assert listened(office) == [("lead", 0)]
    assert "録音を再生" in log_in("lead").get("/journal").text


def test_only_who_may_hear_customers(device, logged, log_in, browser, office):
    kept(device, logged)
    sound = f"/voices/talks/{logged}/sound/0"
    assert log_in("viewer").get(sound).status_code == 403
    assert browser.get(sound).status_code in (303, 401)
    assert device.get(sound).status_code == 401
    assert listened(office) == []


@pytest.mark.parametrize("turn", ["1", "2", "199", "200", "-1", "x"])
def test_where_there_is_no_sound(device, logged, log_in, turn, office):
    kept(device, logged)
    assert log_in("lead").get(f"/voices/talks/{logged}/sound/{turn}").status_code in (404, 422)
    assert listened(office) == []


def test_the_page_has_a_player_where_there_is_sound(device, logged, log_in, office):
    kept(device, logged)
    answer = log_in("lead").get(f"/voices/talks/{logged}")
    assert (
        f'<audio controls controlslist="nodownload" preload="none" src="/voices/talks/{logged}/sound/0" aria-label="1番目のお話の録音、0.3秒">'
        in (answer.text)
    )
    assert answer.text.count("<audio") == 1
    assert "(お名前・お電話番号の部分は録音していません)" in answer.text
    assert "(ここの録音はありません)" in answer.text
    assert "合成音声で聞く" not in answer.text
    assert "media-src 'self'" in answer.headers["content-security-policy"]
    assert listened(office) == []  # looking is not listening


def test_without_one_there_is_no_player(logged, log_in):
    text = log_in("lead").get(f"/voices/talks/{logged}").text
    assert "<audio" not in text
    assert "この会話にはありません" in text


def test_taken_back(device, logged, log_in, office):
    kept(device, logged)
    for _ in range(2):
        assert device.delete(path(logged)).status_code == 204
    assert log_in("lead").get(f"/voices/talks/{logged}/sound/0").status_code == 404
    assert "<audio" not in log_in("lead").get(f"/voices/talks/{logged}").text
    assert device.put(path(logged), json=given()).status_code == 410
    assert device.delete(path(uuid4())).status_code == 204


def test_of_its_own_conversations_alone(device, app, enrolled, logged):
    other = TestClient(app, headers={"Authorization": f"Bearer {enrolled('box-2')}"})
    assert other.put(path(logged), json=given()).status_code == 404
    assert device.put(path(uuid4()), json=given()).status_code == 404
    kept(device, logged)
    other.delete(path(logged))
    assert device.put(path(logged), json=given()).status_code == 204
    assert TestClient(app).put(path(logged), json=given()).status_code == 401


def wav(data):
    return {"utterances": [{"turn": 0, "wav": b64encode(data).decode()}]}


GOOD = wav_of(pcm())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"utterances": []}, "request"),
        (wav(b""), "utterances.0.wav"),
        (wav(pcm()), "utterances.0.wav"),
        (wav(GOOD[:-1]), "utterances.0.wav"),
        (wav(GOOD[:100]), "utterances.0.wav"),
        (wav(GOOD + b"\x00\x00"), "utterances.0.wav"),
        (wav(GOOD + b"LIST\x04\x00\x00\x00name"), "utterances.0.wav"),
        (wav(b"RIFX" + GOOD[4:]), "utterances.0.wav"),
        (wav(GOOD[:22] + b"\x02\x00" + GOOD[24:]), "utterances.0.wav"),  # two channels
        (wav(GOOD[:24] + (8000).to_bytes(4, "little") + GOOD[28:]), "utterances.0.wav"),
        (wav(wav_of(b"")), "utterances.0.wav"),
        ({"utterances": [{"turn": 0, "wav": "山田"}]}, "utterances.0.wav"),
        ({"utterances": [{"turn": 0, "wav": 7}]}, "utterances.0.wav"),
        ({"utterances": [{"turn": -1, "wav": ""}]}, "utterances.0.turn"),
        ({"utterances": [{"turn": 200, "wav": ""}]}, "utterances.0.turn"),
        ({"utterances": given({0: pcm()})["utterances"] * 2}, "request"),
        ({"withheld": [0]}, "request"),
        (given({turn: pcm(61) for turn in range(3)}), "request"),
        ({"consent": None}, "consent"),
        ({"consent": {"at": "2026-11-24T09:59:00", "wording": "x"}}, "consent.at"),
        ({"name": "山田"}, "name"),
    ],
)
def test_what_is_damaged_or_no_such_sound_is_refused(device, logged, changes, field, office):
    answer = device.put(path(logged), json=given() | changes)
    assert answer.status_code == 422
    assert field in {one["field"] for one in answer.json()["problems"]}
    assert "山田" not in answer.text
    assert office.recordings.of(logged) is None


def test_three_minutes_come_in_and_no_more_bytes_than_that(device, logged):
    whole = {turn: pcm(30, tone=100 + turn) for turn in range(6)}
    assert device.put(path(logged), json=given(whole)).status_code == 204
    large = b"x" * (LARGEST_RECORDING + 1)
    assert device.put(path(logged), content=large).status_code == 413
    assert device.put(path(logged), content=large[: LARGEST_RECORDING // 2]).status_code == 422
    assert device.post("/conversations", content=large[: LARGEST_RECORDING // 2]).status_code == 413


@pytest.mark.parametrize("setting", ["recording_days", "turns_days"])
def test_a_desk_that_keeps_none_says_so(office, enrolled, logged, setting, clock):
    token = enrolled()
    file = office.folder / SETTINGS_FILE
    lines = [f"{setting} = 0" if one.startswith(f"{setting} =") else one for one in file.read_text().splitlines()]
    file.write_text("\n".join(lines))
    other = open_office(office.folder, clock=clock)
    try:
        client = TestClient(create_app(other), headers={"Authorization": f"Bearer {token}"})
        assert client.put(path(logged), json=given()).status_code == 409
    finally:
        other.close()


def test_what_the_devices_client_makes_of_it(desk_client, logged):
    from json import dumps

    body = dumps(given()).encode()
    desk_client.send_recording(logged, body)
    with pytest.raises(DeskUnavailable):  # not there yet
        desk_client.send_recording(uuid4(), body)
    desk_client.withdraw_recording(logged)
    with pytest.raises(RecordingRefused):
        desk_client.send_recording(logged, body)
    with pytest.raises(RecordingRefused):
        desk_client.send_recording(logged, b"{}")


def test_the_weekly_ten_prefer_those_that_can_be_heard_among_equals(device, office, clock, log_in):
    from datetime import timedelta

    week_ago = clock() - timedelta(days=7)
    talks = [answered(f"s{n}", "返品したい", "return", at=week_ago) for n in range(30)]
    talks += [unanswered(f"l{n}", "対応がひどい", at=week_ago) for n in range(5)]
    office.talks.keep(talks, device="box-1", now=clock())
    insight.find_out(office)
    page = log_in("lead").get("/voices/reading").text
    assert "録音あり" not in page
    outside = next(one.id for one in talks[:30] if str(one.id) not in page)
    kept(device, outside)
    page = log_in("lead").get("/voices/reading").text
    assert page.count("録音あり") == 1
    assert f'<a class="button" href="/voices/talks/{outside}">録音を聞く</a>' in page
    assert page.count("回のやりとり") == 10


def test_an_erased_customers_recording_is_on_no_page(device, office, clock, log_in):
    request = request_of()
    office.desk.receive(request)
    one = answered("e", "返品したい", "return", callback=request.id)
    office.talks.keep([one], device="box-1", now=clock())
    kept(device, one.id)
    office.erasure.erase("+819012345678", "admin", clock())
    assert log_in("lead").get(f"/voices/talks/{one.id}/sound/0").status_code == 404
    assert device.put(path(one.id), json=given(callback=str(request.id))).status_code == 410


def test_no_export_holds_sound(device, office, logged, log_in):
    kept(device, logged)
    lead = log_in("lead")
    for page in ("/voices.csv", "/voices.json"):
        assert b"RIFF" not in lead.get(page).content


def test_reading_aloud_without_a_synthesiser(logged, log_in):
    lead = log_in("lead")
    assert lead.post(f"/voices/talks/{logged}/read-aloud/0").status_code == 409
    assert lead.post(f"/voices/talks/{logged}/read-aloud/2").status_code == 404
    assert lead.post(f"/voices/talks/{logged}/read-aloud/2", data={"who": "device"}).status_code == 404
    assert lead.post(f"/voices/talks/{uuid4()}/read-aloud/0").status_code == 404
    assert log_in("viewer").post(f"/voices/talks/{logged}/read-aloud/0").status_code == 403


@pytest.fixture
def equipped(furnished, tmp_path, clock):
    """A lead at a desk that can say things, and a conversation there."""
    office = furnished_office(furnished, tmp_path, clock)
    one = talk(
        "r", ("返品したい、〔番号〕です", "answer", "return"), ("", "callback", None, "[name]", "name"), at=clock()
    )
    office.talks.keep([one], device="box-1", now=clock())
    token = office.accounts.open_session("lead", now=clock())
    headers = {"Accept": "text/html", "X-CSRF-Token": csrf_token(token)}
    lead = TestClient(create_app(office), cookies={COOKIE: token}, headers=headers, follow_redirects=False)
    yield lead, one.id
    office.close()


def test_masked_words_are_read_aloud_and_called_synthesised(equipped):
    lead, talk_id = equipped
    text = lead.get(f"/voices/talks/{talk_id}").text
    assert "合成音声で聞く" in text
    assert "お客様の声ではありません" in text
    assert text.count("data-aloud=") == 2  # what is in brackets is not read
    for who in ("customer", "device"):
        answer = lead.post(f"/voices/talks/{talk_id}/read-aloud/0", data={"who": who})
        assert (answer.status_code, answer.content[:4], answer.headers["cache-control"]) == (200, b"RIFF", "no-store")
    for turn, who, status in ((1, "device", 404), (1, "customer", 404), (7, "customer", 404), (0, "nobody", 422)):
        assert lead.post(f"/voices/talks/{talk_id}/read-aloud/{turn}", data={"who": who}).status_code == status
