"""What became of a call, between a customer at the keyboard and the real desk: moved, withdrawn, rated, called again."""

import socket
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest

from intents.transcripts import typed
from intents.when_types import TOKYO
from server.app import create_app, open_office
from server.attempts import Attempt, CallOutcome
from server.ratings import Rating
from server.store.engine import reading
from tests.acceptance.desk_pages import answering, open_desk
from voice import compose
from voice.assistant import Assistant
from voice.cli.app import run

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)  # Tuesday, by the desk's and the device's clock
WITH_DESK_S = 30
ASKED_FOR = (
    "月までの切符はいくらですか", "はい", "山田花子です", "はい", "090-1234-5678", "はい", "明日の午後", "二番", "はい",
)  # fmt: skip


@pytest.fixture
def desk(settings, tmp_path, monkeypatch):
    """A desk with one promised call of this device's customer, and what belongs to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = settings.model_copy(update={"desk_phone": "03-1555-1234", "desk_url": f"http://127.0.0.1:{port}"})
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("KOEMADO_DESK_URL", settings.desk_url)
    open_desk(tmp_path / "desk", clock=lambda: NOW).close()
    office = open_office(tmp_path / "desk", clock=lambda: NOW)
    with answering(create_app(office), port):
        assert run(["enrol", office.devices.make_code("box-1", "test", by="system", now=NOW)]) == 0
        with talk(settings) as talking:
            assert "担当の者に届きました" in [talking.hear(typed(line)).text for line in ASKED_FOR][-1]
        yield SimpleNamespace(office=office, settings=settings, case=lambda: only_case(office))


def only_case(office):
    with reading(office.engine) as session:
        (one,) = session.connection().exec_driver_sql("SELECT id FROM cases").scalars().all()
    return office.desk.queue.case(UUID(str(one)))


@contextmanager
def talk(settings):
    with compose.desk_link(settings) as link:
        talking = Assistant(compose.knowledge(settings), desk=link, follows_up=True, now=lambda: NOW)
        talking.link = link
        yield talking


def until(is_so):
    """Wait for another thread, be it the desk's."""
    end = time.monotonic() + WITH_DESK_S
    while not is_so() and time.monotonic() < end:
        Event().wait(0.05)
    assert is_so()


@contextmanager
def told(desk, words):
    """Return a conversation that began with these news, before anything was said."""
    with talk(desk.settings) as talking:
        until(talking.link.news)
        assert words in talking.opening().text
        yield talking


def rang_in_vain(desk):
    rang_at = NOW - timedelta(minutes=5)
    attempt = Attempt(id=uuid4(), agent="sato", dialled_at=rang_at, rang_at=rang_at, outcome=CallOutcome.NO_ANSWER)
    desk.office.desk.settle(desk.case().id, attempt)


def test_not_reached_and_another_time_is_chosen(desk):
    rang_in_vain(desk)
    with told(desk, "つながりませんでした") as talking:
        offered = talking.hear(typed("時間を変えて")).text
        assert "どれがよろしいでしょうか" in offered
        other = talking.hear(typed("木曜の午後がいいです")).text
        assert "26日木曜日" in other
        done = talking.hear(typed("最初ので")).text
        promised = desk.case().promise.slot.span.begins.astimezone(TOKYO)
        assert (promised.month, promised.day) == (11, 26)
        assert promised.hour >= 12
        assert "26日木曜日" in done
        assert talking.link.news() == ()  # what customers do themselves is no news to them


def test_no_call_is_wanted_any_more(desk):
    rang_in_vain(desk)
    with told(desk, "つながりませんでした") as talking:
        assert "取りやめます" in talking.hear(typed("電話はもういりません")).text
        assert desk.case().closed_at is None
        assert "取り下げました" in talking.hear(typed("はい")).text
    assert desk.case().closed_at is not None


def test_the_rating_comes_to_the_desk_and_an_unhappy_customer_is_called_again(desk):
    desk.office.desk.close(desk.case().id, reason="calmed", by="sato")
    case = desk.case()
    with told(desk, "ご満足いただけましたか") as talking:
        assert "もう一度、担当の者から" in talking.hear(typed("いいえ")).text
        until(lambda: desk.office.ratings.of_case(case.id))
        assert [one.rating for one in desk.office.ratings.of_case(case.id)] == [Rating.NO]
        assert "よろしいでしょうか" in talking.hear(typed("はい")).text
        assert talking.stage is not None


def test_a_desk_that_went_away_is_said_to_be_away(desk):
    rang_in_vain(desk)
    with told(desk, "つながりませんでした") as talking:
        before = desk.case().promise
        desk.office.devices.revoke("box-1", by="system", now=NOW)
        assert "届きません" in talking.hear(typed("時間を変えて")).text
        talking.hear(typed("電話はもういりません"))
        assert "まだできておりません" in talking.hear(typed("はい")).text
    assert desk.case().promise == before
