"""Waiting at the desk for news: never hasty, never for ever away, and never in a request's way."""

import threading
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.new_time import Moved, Taken
from intents.news import Rating
from intents.when_types import TOKYO, Window
from server.client import DeskClient
from server.deliveries import Arrived
from tests.callback_samples import request_of
from voice import desk_promises
from voice.desk_courier import DeskLine
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.desk_link import DeskLink
from voice.news_watch import HASTY_S, LONGEST_BACK_OFF_S, NOT_ENROLLED_S, SOON_S, WAIT_S, NewsWatch, pause_s

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
SLOT = {"begins": "2026-11-25T10:00:00+09:00", "ends": "2026-11-25T10:30:00+09:00"}
WINDOW = Window(
    begins=datetime.fromisoformat(SLOT["begins"]).astimezone(TOKYO), ends=datetime.fromisoformat(SLOT["ends"])
)


@given(
    failures=st.integers(0, 10_000),
    found=st.booleans(),
    took_s=st.floats(0, 1000),
    jitter=st.floats(0, 1),
)
def test_it_is_never_hasty_and_never_away_for_long(failures, found, took_s, jitter):
    waits = pause_s(failures=failures, found=found, took_s=took_s, jitter=jitter)
    assert SOON_S <= waits <= LONGEST_BACK_OFF_S
    if failures:
        more = pause_s(failures=failures + 1, found=found, took_s=took_s, jitter=jitter)
        assert more >= waits >= 2.5


@pytest.mark.parametrize(
    ("found", "took_s", "waits"), [(True, 0.0, SOON_S), (False, float(WAIT_S), SOON_S), (False, 0.1, HASTY_S)]
)
def test_a_desk_that_does_not_wait_is_not_asked_in_a_rush(found, took_s, waits):
    assert pause_s(failures=0, found=found, took_s=took_s, jitter=0.5) == waits


@pytest.fixture
def enrolment(tmp_path):
    return EnrolmentFile(tmp_path / "data" / "desk-device.json")


def enrol(file, **changes):
    with file.writing() as keep:
        keep(Enrolment(**({"url": "http://desk.test", "id": "box-1", "token": "kd_secret"} | changes)))


def watch(enrolment, look):
    line = DeskLine(enrolment, lambda one: DeskClient(one.url, one.token, transport=httpx.MockTransport(None)))
    return NewsWatch(line, look, jitter=lambda: 0.0, monotonic=lambda: 0.0)


def test_whatever_happens_it_goes_on(enrolment):
    errors = [RuntimeError("?"), ValueError("?"), KeyError("?"), OSError("?")]

    def look(*_):
        if errors:
            raise errors.pop()
        return True

    watching = watch(enrolment, look)
    assert watching.ask() == NOT_ENROLLED_S
    enrol(enrolment)
    assert [watching.ask() for _ in range(6)] == [5.0, 10.0, 20.0, 40.0, SOON_S, SOON_S]


def test_another_enrolment_has_another_name(enrolment):
    names = []

    def look(_client, desk, _wait_s):
        names.append(desk)
        return True

    watching = watch(enrolment, look)
    for changes in ({}, {}, {"url": "http://other.test"}, {"id": "box-2"}, {"token": "kd_new"}):
        enrol(enrolment, **changes)
        watching.ask()
    assert len(set(names)) == 4
    assert names[0] == names[1]
    assert not any("secret" in name or "desk.test" in name for name in names)


class Desk:
    """Holds the question for news for ever; takes requests, and answers `answers` to the rest."""

    def __init__(self):
        self.asked, self.over, self.hangs = threading.Event(), threading.Event(), threading.Event()
        self.hangs.set()
        self.answers, self.rated = {}, threading.Event()

    def __call__(self, request):
        path = request.url.path
        if path == "/callbacks/news":
            self.asked.set()
            self.over.wait(30)
            return httpx.Response(503)
        if path == "/callbacks":
            one = request.read().decode().split('"id":"')[1][:36]
            return httpx.Response(201, json={"id": one, "promise": SLOT})
        if path.endswith("/rating"):
            self.rated.set()
            return httpx.Response(204)
        self.hangs.wait(30)
        status, body = self.answers.get(path.rsplit("/", 1)[1], (503, {}))
        return httpx.Response(status, json=body)


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.hangs.set()
    desk.over.set()


@pytest.fixture
def link(tmp_path, desk, enrolment, monkeypatch):
    monkeypatch.setattr(desk_promises, "WAIT_S", 30.0)  # on a busy machine, too
    enrol(enrolment)
    with DeskLink(
        enrolment,
        tmp_path / "data" / "outbox.db",
        clock=lambda: NOW,
        jitter=lambda: 0.0,
        connect=lambda one: DeskClient(one.url, one.token, transport=httpx.MockTransport(desk)),
    ) as link:
        yield link


def test_a_request_is_sent_while_the_desk_holds_the_question(link, desk):
    assert desk.asked.wait(10)
    request = request_of()
    link.outbox().put(request)
    assert isinstance(link.delivered(request.id, 10), Arrived)
    assert not desk.over.is_set()


def test_a_rating_is_sent_at_once_too(link, desk):
    assert desk.asked.wait(10)
    link.rate(uuid4(), Rating.YES)
    assert desk.rated.wait(10)


def answer(one: UUID, **changes):
    body = {"id": str(one), "state": "promised", "promise": SLOT, "attempts": {"count": 1, "last_outcome": "no_answer"}}
    return 200, body | changes


def test_a_call_is_moved_and_that_is_no_news(link, desk):
    one = uuid4()
    desk.answers["promise"] = answer(one)
    assert link.choose(one, WINDOW) == Moved(promise=WINDOW)
    assert link.news_book().told(one).promise == WINDOW
    assert link.news() == ()


def test_a_call_is_withdrawn(link, desk):
    one = uuid4()
    desk.answers["withdraw"] = answer(one, state="closed", promise=None, close_reason="withdrawn")
    assert link.withdraw(one)
    assert link.news() == ()


def test_a_taken_time_comes_with_free_ones(link, desk):
    desk.answers["promise"] = 409, {"problems": [{"field": "begins", "message": "is taken"}], "offers": [SLOT]}
    assert link.choose(uuid4(), WINDOW) == Taken(offers=(WINDOW,))


def test_free_times_are_asked_for(link, desk):
    desk.answers["slots"] = 200, {"slots": [SLOT]}
    assert link.offers(uuid4(), None) == (WINDOW,)


@pytest.mark.parametrize("broken", [(503, {}), (200, {}), (404, {}), (200, {"id": 7})])
def test_a_desk_that_is_away_or_talks_nonsense_has_moved_nothing(link, desk, broken):
    desk.answers = dict.fromkeys(("promise", "withdraw"), broken)
    one = uuid4()
    assert link.choose(one, WINDOW) is None
    assert not link.withdraw(one)
    assert link.offers(one, None) is None
    assert link.news_book().told(one) is None


def test_a_desk_that_hangs_is_not_waited_for(link, desk, monkeypatch):
    monkeypatch.setattr(desk_promises, "WAIT_S", 0.05)
    desk.answers = {"promise": answer(one := uuid4()), "withdraw": answer(one), "slots": (200, {"slots": [SLOT]})}
    desk.hangs.clear()
    assert link.choose(one, WINDOW) is None
    assert link.offers(one, None) is None
    assert not link.withdraw(one)


def test_an_error_nobody_thought_of_is_no_answer(link, desk, caplog):
    desk.answers = {"promise": None}
    assert link.choose(uuid4(), WINDOW) is None
    assert "TypeError" in caplog.text
