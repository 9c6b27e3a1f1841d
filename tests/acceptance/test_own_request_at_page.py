"""A customer who types at the page /talk asks for a call, moves it and withdraws it; the desk's database knows of each."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from websockets.sync.client import connect

from server.app import create_app, open_office
from server.settings import SETTINGS_FILE
from server.store.engine import reading
from tests.acceptance.desk_pages import always_open, answering
from tests.own_database import desk_folder
from voice.assistant import tokyo_time
from voice.gateway_composed import voice_gateway

pytestmark = pytest.mark.acceptance
ASKED_FOR = ("担当者と話したい", "はい", "山田花子です", "はい", "090-1234-5678", "はい", "明日の午後", "二番", "はい")


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request, tmp_path):
    with desk_folder(tmp_path / "desk", request.param) as folder:
        file = folder / SETTINGS_FILE
        file.write_text(always_open(file.read_text(encoding="utf-8")), encoding="utf-8")
        office = open_office(folder)
        yield office
        office.close()


@pytest.fixture
def talk(office, settings):
    """A function that types a line and returns what is told then."""
    with (
        answering(create_app(office, voice_gateway(settings, office))) as address,
        connect(address.replace("http", "ws") + "/talk/socket", proxy=None) as socket,
    ):

        def told():
            messages = (json.loads(message) for message in socket if isinstance(message, str))
            return "".join(next(message for message in messages if message["type"] == "told")["texts"])

        def say(line):
            socket.send(json.dumps({"type": "line", "text": line}))
            return told()

        socket.send(json.dumps({"type": "hello", "version": 1}))
        assert "声窓" in told()
        yield say
        socket.send(json.dumps({"type": "bye"}))


def only_case(office):
    with reading(office.engine) as session:
        (one,) = session.connection().exec_driver_sql("SELECT id FROM cases").scalars().all()
    return office.desk.queue.case(UUID(str(one)))


def promised(office):
    return only_case(office).promise.slot.span.begins.astimezone(tokyo_time().tzinfo)


def test_a_call_is_asked_for_moved_and_withdrawn(talk, office):
    assert "担当の者に届きました" in [talk(line) for line in ASKED_FOR][-1]
    before, today = promised(office), tokyo_time().date()
    assert (before.date(), before.hour >= 12) == (today + timedelta(days=1), True)

    assert "どれがよろしいでしょうか" in talk("やっぱり時間を変えたいのですが")
    offered = talk("あさっての午前中がいいです")
    assert "ご希望の時間に、お電話できます" in offered
    assert promised(office) == before  # nothing is changed before it was chosen
    done = talk("最初ので")
    after = promised(office)
    assert (after.date(), after.hour < 12) == (today + timedelta(days=2), True)
    assert f"{after.day}日" in done
    assert f"{after.day}日" in talk("いつ電話が来るの")

    assert "取りやめます" in talk("やっぱり電話はいりません")
    assert only_case(office).closed_at is None
    assert "取り下げました" in talk("はい")
    case = only_case(office)
    assert (case.close_reason, case.promise) == ("withdrawn", None)
    actions = [(line.action, line.actor) for line in office.journal.latest() if line.actor == "device:browser"]
    assert actions[:2] == [("closed", "device:browser"), ("promised", "device:browser")]
