"""Whether the desk answers, as the light of a smart speaker shows it: what anybody who tried last was told."""

import threading
from datetime import datetime

import httpx
import pytest

from intents.when_types import TOKYO
from server.client import DeskClient
from server.deliveries import Arrived
from tests.callback_samples import request_of
from voice.desk_courier import DeskLine
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.desk_link import DeskLink
from voice.news_watch import NewsWatch

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
WITHIN_S = 20


class Desk:
    """Answers or does not; holds the question for news until it is over."""

    def __init__(self):
        self.is_there, self.over = True, threading.Event()
        self.status = 204

    def __call__(self, request):
        if request.url.path == "/callbacks/news" and not self.over.wait(0):
            return self._news()
        return self.answer(request)

    def _news(self):
        self.over.wait(WITHIN_S)
        return httpx.Response(200, json={"news": [], "next": 0})

    def answer(self, request):
        if not self.is_there:
            raise httpx.ConnectError("nobody there", request=request)
        if request.url.path == "/callbacks":
            return httpx.Response(201, json={"id": httpx.Response(200, content=request.content).json()["id"]})
        return httpx.Response(self.status, json={})


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.over.set()


@pytest.fixture
def enrolment(tmp_path):
    return EnrolmentFile(tmp_path / "desk-device.json")


def enrol(file):
    with file.writing() as keep:
        keep(Enrolment(url="http://desk.test", id="box-1", token="kd_secret"))


def client(answer):
    return lambda one: DeskClient(one.url, one.token, transport=httpx.MockTransport(answer))


def test_a_request_that_finds_nobody_says_so_and_one_that_arrives_takes_it_back(tmp_path, desk, enrolment):
    enrol(enrolment)
    with DeskLink(
        enrolment, tmp_path / "outbox.db", clock=lambda: NOW, jitter=lambda: 0.0, connect=client(desk)
    ) as link:
        assert not link.is_away
        desk.is_there = False
        first = request_of()
        link.outbox().put(first)
        assert link.delivered(first.id, WITHIN_S) is None
        assert link.is_away
        desk.is_there = True
        second = request_of()
        link.outbox().put(second)
        assert isinstance(link.delivered(second.id, WITHIN_S), Arrived)
        assert not link.is_away


@pytest.fixture
def line(enrolment, desk):
    return DeskLine(enrolment, client(desk.answer))


def watch(line, look):
    return NewsWatch(line, look, jitter=lambda: 0.0, monotonic=lambda: 0.0)


def ask(desk_client, _name, _wait_s):
    desk_client.heartbeat("1.0")
    return True


def test_the_question_for_news_says_so_too(line, desk, enrolment):
    enrol(enrolment)
    watching, seen = watch(line, ask), []
    for is_there, status in ((True, 204), (False, 204), (False, 204), (True, 503), (True, 204)):
        desk.is_there, desk.status = is_there, status
        watching.ask()
        seen.append(line.is_away)
    assert seen == [False, True, True, True, False]


def test_what_goes_wrong_here_is_not_the_desks_fault(line, enrolment):
    enrol(enrolment)

    def fail(*_):
        raise RuntimeError("?")

    watch(line, fail).ask()
    assert not line.is_away


def test_who_is_not_enrolled_has_no_desk_to_miss(tmp_path, desk, enrolment):
    link = DeskLink(enrolment, tmp_path / "outbox.db", clock=lambda: NOW, jitter=lambda: 0.0, connect=client(desk))
    link._line.is_away = True
    assert not link.is_away
