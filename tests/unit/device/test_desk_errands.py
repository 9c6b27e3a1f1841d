"""What may wait is done by another thread than requests: a desk that hangs over it holds no request up."""

import logging
import queue
import threading
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from intents.news import Rating
from intents.when_types import TOKYO
from server.client import DeskClient
from server.clock import system_clock
from server.deliveries import Arrived
from server.wire import CallbackRequest
from voice.desk_courier import DeskLine
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.desk_errands import Errands
from voice.desk_link import DeskLink

WITHIN_S = 30
NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)


class Desk:
    """Takes requests; of everything else it tells what it is, and hangs until released."""

    def __init__(self):
        self.asked, self.released = queue.Queue(), threading.Event()

    def __call__(self, request):
        if request.url.path == "/callbacks":
            return httpx.Response(201, json={"id": httpx.Response(200, content=request.content).json()["id"]})
        if request.url.path != "/callbacks/news":
            self.asked.put(request.url.path)
        self.released.wait(WITHIN_S)
        return httpx.Response(503)


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.released.set()


@pytest.fixture
def enrolment(tmp_path):
    file = EnrolmentFile(tmp_path / "desk-device.json")
    with file.writing() as keep:
        keep(Enrolment(url="http://desk.test", id="box-1", token="kd_secret"))
    return file


def connect(answer):
    return lambda one: DeskClient(one.url, one.token, transport=httpx.MockTransport(answer))


def a_request():
    return CallbackRequest.model_validate(
        {
            "id": uuid4(), "phone": "+819012345678", "topic": "general", "device": "box-1", "conversation": [],
            "consent": {"at": NOW, "wording": "よろしいでしょうか。"}, "windows": [{"begins": NOW, "ends": NOW + timedelta(hours=3)}],
        }
    )  # fmt: skip


def test_a_request_passes_whatever_hangs(tmp_path, desk, enrolment):
    with DeskLink(
        enrolment, tmp_path / "outbox.db", clock=system_clock, jitter=lambda: 0.0, connect=connect(desk)
    ) as link:
        assert desk.asked.get(timeout=WITHIN_S) == "/hours"
        made = a_request()
        link.outbox().put(made)
        assert isinstance(link.delivered(made.id, WITHIN_S), Arrived)
        assert desk.asked.empty()
        desk.released.set()
        assert desk.asked.get(timeout=WITHIN_S) == "/devices/heartbeat"


def test_ending_waits_for_no_errand(tmp_path, desk, enrolment):
    link = DeskLink(enrolment, tmp_path / "outbox.db", clock=system_clock, jitter=lambda: 0.0, connect=connect(desk))
    with link:
        link.rate(uuid4(), Rating.YES)
        desk.asked.get(timeout=WITHIN_S)
        began = system_clock()
    assert system_clock() - began < timedelta(seconds=WITHIN_S / 2)


def test_one_that_fails_spares_the_others_and_is_run_again(enrolment, caplog):
    caplog.set_level(logging.INFO)
    ran = queue.Queue()

    def fails(_client):
        raise ValueError("山田花子")

    errands = Errands(DeskLine(enrolment, connect(lambda _: httpx.Response(204))), (fails, ran.put))
    errands.start()
    for _ in range(2):
        errands.go()
        assert isinstance(ran.get(timeout=WITHIN_S), DeskClient)
    errands.close()
    assert "ValueError" in caplog.text
    assert "山田" not in caplog.text
