"""The devices' log of conversations comes in."""

from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from server.app import create_app, open_office
from server.settings import SETTINGS_FILE
from server.talks import LoggedConversation, LoggedTurn
from server.wire import LARGEST_BODY
from tests.callback_samples import NOW

TURN = {
    "at": "2026-11-24T09:58:00+09:00", "heard": "返金したい", "said": "承知しました", "outcome": "answered",
    "topic": "refund", "score": 0.7, "stage": None, "understood": True,
}  # fmt: skip


def talk(turns=1, turn=TURN, **changes):
    times = {"began_at": "2026-11-24T09:58:00+09:00", "ended_at": "2026-11-24T09:59:00+09:00"}
    return {"id": str(uuid4()), "device": "box-1", **times, "callback": None, "turns": [turn] * turns} | changes


def send(device, *talks):
    return device.post("/conversations", json={"conversations": talks})


def kept(office):
    return {talk.conversation.id: talk.conversation for talk in office.talks.conversations()}


def test_what_came_in_is_kept(device, office):
    first, second = talk(), talk(turns=2)
    answer = send(device, first, second)
    assert (answer.status_code, sorted(answer.json()["kept"])) == (200, sorted([first["id"], second["id"]]))
    found = kept(office)[UUID(second["id"])]
    assert LoggedConversation.model_validate(second) == found
    assert send(device).json() == {"kept": []}


def test_a_longer_one_replaces_and_a_shorter_one_changes_nothing(device, office):
    first = talk(turns=2)
    longer = first | {"turns": [TURN | {"heard": "別の話"}] * 3, "ended_at": "2026-11-24T10:05:00+09:00"}
    shorter = first | {"turns": [TURN | {"heard": "短い"}]}
    equal = longer | {"turns": [TURN | {"heard": "同じ長さ"}] * 3}
    for sent in (first, longer, shorter, equal, first):
        assert send(device, sent).json() == {"kept": [first["id"]]}
    assert [turn.heard for turn in kept(office)[UUID(first["id"])].turns] == ["別の話"] * 3


def test_a_number_is_masked_once_more(device, office):
    spoken = TURN | {"heard": "090-1234-5678です", "said": "ゼロキューゼロ、イチニーサンヨン、ゴーロクナナハチですね"}
    send(device, one := talk(turn=spoken))
    (turn,) = kept(office)[UUID(one["id"])].turns
    assert (turn.heard, turn.said) == ("＊＊＊＊です", "＊＊＊＊ですね")


def test_a_device_speaks_for_itself_alone(device, app, enrolled, office):
    assert send(device, talk(), talk(device="box-2")).status_code == 403
    assert kept(office) == {}
    send(device, mine := talk())
    other = TestClient(app, headers={"Authorization": f"Bearer {enrolled('box-2')}"})
    own = talk(device="box-2")
    answer = send(other, own, mine | {"device": "box-2", "turns": [TURN] * 9})
    assert answer.json() == {"kept": [own["id"]]}  # the other id is somebody else's: neither told nor touched
    assert (kept(office)[UUID(mine["id"])].device, len(kept(office)[UUID(mine["id"])].turns)) == ("box-1", 1)
    assert send(TestClient(app), talk()).status_code == 401


def test_what_is_wrong_is_named_and_nothing_of_the_batch_is_kept(device, office):
    answer = send(device, talk(), talk(turn=TURN | {"heard": "x" * 1001}))
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "conversations.1.turns.0.heard"
    assert kept(office) == {}
    assert device.post("/conversations", content=b" " * (LARGEST_BODY + 1)).status_code == 413
    html = device.post("/conversations", content=b"{", headers={"Accept": "text/html"})
    assert html.json()["problems"]


def test_a_desk_that_keeps_no_log_takes_it_off_the_devices_hands(tmp_path, clock):
    folder = tmp_path / "none"
    open_office(folder, clock=clock).close()
    path = folder / SETTINGS_FILE
    path.write_text(path.read_text().replace("turns_days = 180", "turns_days = 0"))
    office = open_office(folder, clock=clock)
    token = office.devices.enrol(office.devices.make_code("box-1", "x", by="x", now=clock()), now=clock())[1]
    device = TestClient(create_app(office), headers={"Authorization": f"Bearer {token}"})
    one = talk()
    assert send(device, one).json() == {"kept": [one["id"]]}
    assert kept(office) == {}
    office.close()


def test_the_client_sends_more_than_a_body_holds(desk_client, office):
    turn = LoggedTurn(at=NOW, heard="返" * 900, said="", outcome="unknown", understood=False)
    talks = [
        LoggedConversation(id=uuid4(), device="box-1", began_at=NOW, ended_at=NOW, turns=(turn,) * 40) for _ in range(5)
    ]
    assert desk_client.send_conversations(talks) == {one.id for one in talks}
    assert office.talks.count() == 5


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b'{"conversations":' * 5000])
def test_what_is_no_log_is_refused(device, content):
    assert device.post("/conversations", content=content).status_code == 422
