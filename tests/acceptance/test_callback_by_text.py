"""A typed conversation that ends as one case on the real desk, whatever the network and the disk do meanwhile."""

import json
import resource
import socket
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event
from uuid import UUID

import pytest

from intents.news import Rating
from intents.transcripts import typed
from intents.when_types import TOKYO
from server.app import create_app, open_office
from server.outbox import State
from server.store.engine import reading
from server.wire import Speaker, Urgency
from tests.acceptance.desk_pages import answering, open_desk
from voice import compose, desk_calls
from voice.assistant import Assistant
from voice.cli.app import run
from voice.doctor import examine

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)  # Tuesday, by the desk's and the device's clock
UNKNOWN = "月までの切符はいくらですか"  # no article of the sample
TO_WHEN = (UNKNOWN, "はい", "山田花子です", "はい", "０９０の１２３４の", "5679です", "最後は9じゃなくて8", "はい")
OFFLINE = (*TO_WHEN, "明日の午後3時以降", "はい")
PHONE = "+819012345678"
DESK_PHONE = "03-1555-1234"


@pytest.fixture
def folder(tmp_path):
    open_desk(tmp_path / "desk", clock=lambda: NOW).close()
    return tmp_path / "desk"


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def settings(settings, port, monkeypatch):
    """Those of the device, for its commands too; it waits until the desk has answered, which may take a busy machine long."""
    monkeypatch.setattr(desk_calls, "DELIVERY_WAIT_S", 60.0)
    found = settings.model_copy(update={"desk_phone": DESK_PHONE, "desk_url": f"http://127.0.0.1:{port}"})
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(found.data_dir))
    monkeypatch.setenv("KOEMADO_DESK_URL", found.desk_url)
    return found


@contextmanager
def desk_up(folder, port):
    """The desk answers; yields a device code, and gives the cases it has in the end."""
    office = open_office(folder, clock=lambda: NOW)
    with answering(create_app(office), port):
        yield office.devices.make_code("box-1", "test", by="system", now=NOW)


def case_ids(office):
    with reading(office.engine) as session:
        return session.connection().exec_driver_sql("SELECT id FROM cases").scalars().all()


def requests_of(folder):
    """What each case of the desk holds, and the promise."""
    office = open_office(folder, clock=lambda: NOW)
    cases = [office.desk.queue.case(UUID(str(one))) for one in case_ids(office)]
    office.close()
    return [([stored.request for stored in case.requests], case.promise) for case in cases]


@contextmanager
def assistant(settings):
    with compose.desk_link(settings) as desk:
        yield Assistant(compose.knowledge(settings), desk=desk, now=lambda: NOW)


def converse(settings, *lines):
    """Everything that was said to the last line."""
    with assistant(settings) as talking:
        return [talking.hear(typed(line)).text for line in lines]


def states(settings):
    return [kept.state for kept in compose.outbox(settings).kept()]


def command(capsys, *arguments):
    capsys.readouterr()
    code = run([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_one_case_with_all_that_was_said(settings, folder, port, capsys):
    with desk_up(folder, port) as code:
        assert command(capsys, "enrol", code) == (0, {"device": "box-1", "url": settings.desk_url})
        *_, offered, summary, done = converse(settings, *TO_WHEN, "明日の午後", "二番", "はい")
    assert "一、" in offered
    assert "山田花子さま" in summary
    assert "090-1234-5678" in summary
    ((requests, promise),) = requests_of(folder)
    (request,) = requests
    assert (request.phone, request.customer_name) == (PHONE, "山田花子")
    assert request.customer_reading.replace(" ", "") == "ヤマダハナコ"
    assert (request.topic, request.article_id, request.urgency) == ("general", None, Urgency.NORMAL)
    assert [(turn.speaker, turn.text) for turn in request.conversation] == [(Speaker.CUSTOMER, UNKNOWN)]
    assert request.consent.at == NOW
    assert "よろしいでしょうか" in request.consent.wording
    assert [window.span for window in request.windows] == [promise.slot.span]
    told = promise.slot.span.begins.astimezone(TOKYO)
    assert told.date() == NOW.date() + timedelta(days=1)
    assert "担当の者に届きました" in done
    assert "25日水曜日" in done
    assert states(settings) == [State.ARRIVED]
    assert b"12345678" not in b"".join(path.read_bytes() for path in settings.data_dir.glob("outbox.db*"))


def test_the_desk_is_down_and_comes_back(settings, folder, port, capsys):
    with desk_up(folder, port) as code:
        assert run(["enrol", code]) == 0
    *_, done = converse(settings, *OFFLINE)
    assert "これからお届けします" in done
    assert "届きました" not in done.replace("届きましたら", "")
    assert states(settings) == [State.WAITING]
    assert command(capsys, "outbox", "flush")[0] == 7
    with desk_up(folder, port):
        assert command(capsys, "outbox", "flush") == (
            0, {"arrived": 1, "rejected": 0, "waiting": 0, "enrolled": True, "stopped": False},
        )  # fmt: skip
        assert run(["outbox", "flush"]) == 0
    ((requests, promise),) = requests_of(folder)
    (request,) = requests
    (window,) = request.windows
    assert request.phone == PHONE
    assert window.begins == datetime(2026, 11, 25, 15, 0, tzinfo=TOKYO)
    assert window.span.contains(promise.slot.span)


def test_what_was_kept_before_the_device_was_enrolled_arrives(settings, folder, port, capsys):
    assert "つながりましたら、お届けします" in converse(settings, *OFFLINE)[-1]
    code, told = command(capsys, "outbox", "flush")
    assert (code, told["waiting"], told["enrolled"]) == (7, 1, False)
    with desk_up(folder, port) as enrolment_code:
        assert run(["enrol", enrolment_code]) == 0
        assert run(["outbox", "flush"]) == 0
    ((requests, _promise),) = requests_of(folder)
    assert [request.device for request in requests] == ["box-1"]


def test_the_thread_brings_it_when_the_desk_is_back(settings, folder, port):
    with desk_up(folder, port) as code:
        assert run(["enrol", code]) == 0
    converse(settings, *OFFLINE)
    (kept,) = compose.outbox(settings).kept()
    with desk_up(folder, port), compose.desk_link(settings) as desk:
        until = time.monotonic() + 60  # the first try failed: it waits some seconds for the next
        while not desk.news() and time.monotonic() < until:
            Event().wait(0.2)
        talking = Assistant(compose.knowledge(settings), desk=desk, now=lambda: NOW)
        assert "お電話は、明日、25日水曜日の、午後3時" in talking.opening().text  # 「届きましたら、お知らせします」
        assert talking.opening() is None
    assert compose.outbox(settings).get(kept.id).state is State.ARRIVED
    assert len(requests_of(folder)) == 1


@contextmanager
def full_disk():
    """No file of this process can grow: what the system says of a full disk, EFBIG for ENOSPC."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_confirms_nothing_and_tells_the_number(settings):
    with assistant(settings) as talking:
        *_, summary = [talking.hear(typed(line)).text for line in OFFLINE[:-1]]
        assert "これで、よろしいでしょうか" in summary
        with full_disk():
            done = talking.hear(typed("はい")).text
    assert DESK_PHONE in done
    assert "受け付けました" not in done
    assert states(settings) == []


def test_danger_reported_before_is_the_most_urgent(settings, folder, port):
    with desk_up(folder, port) as code:
        assert run(["enrol", code]) == 0
        *_, done = converse(
            settings, "充電器から煙が出ています", "人と話したい", "はい", "言いたくない", "090-1234-5678", "はい", "いつでも",
            "一番", "はい",
        )  # fmt: skip
    assert "届きました" in done
    (([request], _promise),) = requests_of(folder)
    assert request.urgency is Urgency.SAFETY
    assert request.article_id == request.topic
    assert [turn.speaker for turn in request.conversation] == [Speaker.CUSTOMER, Speaker.DEVICE, Speaker.CUSTOMER]


def test_what_became_of_it_is_told_once_and_rated_once(settings, folder, port):
    office = open_office(folder, clock=lambda: NOW)
    with answering(create_app(office), port):
        assert run(["enrol", office.devices.make_code("box-1", "test", by="system", now=NOW)]) == 0
        converse(settings, *TO_WHEN, "明日の午後", "二番", "はい")
        with assistant(settings) as talking:
            assert talking.opening() is None  # the time it was promised was told at once
        (case,) = [office.desk.queue.case(UUID(str(one))) for one in case_ids(office)]
        office.desk.close(case.id, reason="satisfied", by="sato")
        with compose.desk_link(settings) as desk:
            until = time.monotonic() + 30
            while not desk.news() and time.monotonic() < until:
                Event().wait(0.05)
            talking = Assistant(compose.knowledge(settings), desk=desk, now=lambda: NOW)
            assert "ご満足いただけましたか" in talking.opening().text
            assert "ありがとうございます" in talking.hear(typed("はい")).text
            assert talking.opening() is None
            assert list(desk.news_book().ratings().values()) == [Rating.YES]
            assert "いつごろ" not in talking.hear(typed("はい")).text


def test_a_used_code_and_no_desk(settings, folder, port, capsys):
    assert run(["enrol", "ABCD-EFGH"]) == 7
    with desk_up(folder, port) as code:
        assert run(["enrol", "ABCD-EFGH"]) == 7
        code_told, told = command(capsys, "enrol", "--status")
        assert "koemado enrol CODE" in told.pop("remedy")
        assert (code_told, told) == (
            1,
            {
                "enrolled": False, "device": None, "url": settings.desk_url, "reachable": None, "known": None, "detail": None,
            },
        )  # fmt: skip
        assert run(["enrol", code]) == 0
        assert run(["enrol", code]) == 7  # it works once; the enrolment stands
        assert command(capsys, "enrol", "--status")[0] == 0
    assert compose.enrolment_file(settings).read().id == "box-1"
    code, told = command(capsys, "enrol", "--status")
    assert (code, told["enrolled"], told["reachable"]) == (7, True, False)


def test_a_revoked_device_keeps_everything(settings, folder, port, capsys):
    with desk_up(folder, port) as code:
        assert run(["enrol", code]) == 0
    office = open_office(folder, clock=lambda: NOW)
    assert office.devices.revoke("box-1", by="system", now=NOW)
    office.close()
    with desk_up(folder, port) as new_code:
        assert "つながりましたら、お届けします" in converse(settings, *OFFLINE)[-1]
        code, told = command(capsys, "outbox", "flush")
        assert (code, told["stopped"], told["waiting"]) == (7, True, 1)
        assert run(["enrol", new_code]) == 0
        assert run(["outbox", "flush"]) == 0
    assert len(requests_of(folder)) == 1


def test_doctor_tells_of_the_desk(settings, folder, port):
    def found():
        checks = ("callback desk", "outbox")
        return [(f.check, f.state, f.detail) for f in examine(settings) if f.check in checks]

    converse(settings, *OFFLINE)
    ((check, state, detail),) = found()
    assert (check, state) == ("callback desk", "broken")
    assert "1 requests wait" in detail
    with desk_up(folder, port) as code:
        assert run(["enrol", code]) == 0
        assert [(check, state) for check, state, _ in found()] == [("callback desk", "ok")]
    assert [(check, state) for check, state, _ in found()] == [("callback desk", "limited")]


def test_talk_by_keyboard_takes_a_call_down(settings, tmp_path, koemado):
    """The program itself, by the real time."""
    office = open_desk(tmp_path / "now")
    with answering(create_app(office)) as url:
        assert (
            run(["enrol", office.devices.make_code("box-1", "test", by="system", now=office.clock()), "--url", url])
            == 0
        )
        lines = (
            UNKNOWN,
            "はい",
            "匿名で",
            "０３ー１５５５ー１２３４",
            "ちがいます",
            "090-1234-5678",
            "はい",
            "いつでも",
            "一番",
            "はい",
        )
        talked = koemado("talk", "--text", "--mute", stdin="".join(f"{line}\n" for line in lines).encode())
        assert len(case_ids(office)) == 1
    assert talked.code == 0
    assert "担当の者に届きました" in talked.out
    assert talked.err.count("\n") <= 2  # how to end, and that an index was made
