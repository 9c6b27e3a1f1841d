"""The thread that looks for articles: what it tells the desk, and that it goes on."""

import json
from threading import Event

import httpx
import pytest

from kb.fakes import MemoryKnowledgeBase
from tests.bundle_samples import HOURS, KEY, RETURNS, PublishingDesk, bundle_of
from voice.bundle_base import BundleBase
from voice.bundle_check import Verdict
from voice.bundle_shelf import BundleShelf
from voice.desk_courier import DeskLine
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.knowledge_updates import KnowledgeUpdates
from voice.knowledge_watch import EVERY_S, NOT_ENROLLED_S, KnowledgeWatch


@pytest.fixture
def desk():
    return PublishingDesk()


@pytest.fixture
def shelf(tmp_path):
    return BundleShelf(tmp_path / "shelf")


@pytest.fixture
def file(tmp_path):
    return EnrolmentFile(tmp_path / "desk-device.json")


def passing(_articles):
    return Verdict()


def enrol(file, key=KEY.public.text, token="kd_token"):  # noqa: S107
    with file.writing() as keep:
        keep(Enrolment(url="http://desk.test", id="box-1", token=token, bundle_key=key))


@pytest.fixture
def watch(desk, shelf, file):
    line = DeskLine(file, lambda enrolment: desk.client())

    def made(check=passing, **times):
        updates = KnowledgeUpdates(shelf, check, wanted=lambda: True, program="1")
        return KnowledgeWatch(line, updates, jitter=lambda: 0.5, **times)

    yield made
    line.close()


def told(desk):
    beats = [json.loads(beat) for beat in desk.beats]
    return [(beat["knowledge"], beat["knowledge_refused"]) for beat in beats]


def test_the_desk_hears_of_changes_and_of_nothing_else(desk, watch, file):
    enrol(file)
    one = watch()
    assert one.look() == EVERY_S  # nothing is published, and this device says that it uses nothing of the desk's
    version = desk.put_out(bundle_of(HOURS))
    for _ in range(2):
        one.look()
    assert told(desk) == [("", ""), (version, "")]
    enrol(file, token="another")
    one.look()
    assert told(desk)[2:] == [(version, "")]


def test_a_refusal_is_told(desk, watch, file):
    enrol(file)
    desk.put_out(bundle_of(HOURS))
    watch(lambda articles: Verdict(problems=("x",))).look()
    assert told(desk) == [("", "v")]


def test_the_time_between_looks_is_spread(desk, shelf, file):
    enrol(file)
    times = []
    for jitter in (0.0, 1.0):
        updates = KnowledgeUpdates(shelf, lambda articles: Verdict(), wanted=lambda: True, program="1")
        line = DeskLine(file, lambda enrolment: desk.client())
        times.append(KnowledgeWatch(line, updates, jitter=lambda: jitter).look())  # noqa: B023
        line.close()
    assert times == [EVERY_S * 0.8, EVERY_S * 1.2]


def test_not_enrolled_it_waits(desk, watch):
    assert watch().look() == NOT_ENROLLED_S
    assert desk.asked == []


def test_a_device_of_before_is_told_once_to_enrol_anew(desk, watch, file, caplog):
    file_of_before = json.dumps({"url": "http://desk.test", "id": "box-1", "token": "kd_token"})
    file._path.write_text(file_of_before)
    one = watch()
    for _ in range(3):
        one.look()
    assert caplog.text.count("enrol it anew") == 1
    assert desk.asked == []


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(200, text="<html>")])
def test_whatever_is_answered_it_goes_on(desk, watch, file, answer):
    enrol(file)
    desk.put_out(bundle_of(HOURS))
    desk.spoil = lambda _: answer
    assert watch().look() == EVERY_S


def test_the_thread_brings_the_articles(desk, watch, file, shelf):
    enrol(file)
    desk.put_out(bundle_of(HOURS))
    checked = Event()
    one = watch(lambda articles: checked.set() or Verdict(), first_s=0, every_s=0.001)
    one.start()
    assert checked.wait(10)
    desk.put_out(bundle_of(RETURNS))
    checked.clear()
    assert checked.wait(10)
    one.close()
    one._thread.join(10)
    base = BundleBase(shelf, MemoryKnowledgeBase, program="1")
    assert [article.id for article in base.articles()] == ["returns"]
