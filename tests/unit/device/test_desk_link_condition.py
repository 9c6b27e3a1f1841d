"""The heartbeat tells how the device is, at once and soon after something went wrong."""

import json
import queue
from uuid import uuid4

import httpx
import pytest

from server.client import DeskClient
from server.clock import system_clock
from server.outbox import Outbox
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.desk_errands import Heartbeat
from voice.desk_link import DeskLink

WITHIN_S = 20


@pytest.fixture
def beats():
    """Heartbeats as they come in."""
    return queue.Queue()


@pytest.fixture
def link(tmp_path, beats):
    def answer(request):
        if request.url.path == "/devices/heartbeat":
            beats.put(json.loads(request.content))
        return httpx.Response(204 if request.url.path == "/devices/heartbeat" else 503)

    file = EnrolmentFile(tmp_path / "desk-device.json")
    with file.writing() as keep:
        keep(Enrolment(url="http://desk", id="box-1", token="kd_x"))
    return DeskLink(
        file,
        tmp_path / "outbox.db",
        clock=system_clock,
        jitter=lambda: 0.5,
        connect=lambda one: DeskClient(one.url, one.token, transport=httpx.MockTransport(answer)),
    )


def test_how_the_device_is(link, beats):
    now = {"model": "m", "up_s": 1, "free_mb": 2, "audio": "ok", "error": ""}
    with link.tell(lambda: dict(now)):
        first = beats.get(timeout=WITHIN_S)
        assert first["version"]
        assert {name: first[name] for name in now} == now
        assert first["waiting"] == 0
        now["up_s"] = 5
        link.delivered(uuid4(), 0)  # wakes the courier: nothing has gone wrong, nothing to tell
        now["audio"] = "lost"
        link.delivered(uuid4(), 0)
        assert beats.get(timeout=WITHIN_S)["audio"] == "lost"
        assert beats.empty()


def test_without_it_the_version_alone(link, beats):
    with link:
        assert set(beats.get(timeout=WITHIN_S)) == {"version"}


def test_what_the_desk_did_not_hear_is_told_with_the_next_errands(tmp_path):
    asked = []

    def answer(request):
        asked.append(json.loads(request.content)["audio"])
        return httpx.Response(503 if len(asked) == 1 else 204)

    outbox = Outbox(tmp_path / "outbox.db", clock=system_clock, jitter=lambda: 0.5)
    heartbeat = Heartbeat(lambda: outbox, system_clock)
    heartbeat.condition = lambda: {"audio": "lost"}
    with DeskClient("http://desk", "kd_x", transport=httpx.MockTransport(answer)) as client:
        for _ in range(4):
            heartbeat.beat(client)
    assert asked == ["lost", "lost"]  # again until it is heard, then not for half an hour
