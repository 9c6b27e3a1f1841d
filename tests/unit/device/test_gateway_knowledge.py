"""What talks know while a changed base is made ready beside them."""

from dataclasses import replace
from datetime import date
from threading import Event

import pytest

from kb.articles import Article
from kb.errors import BaseLocked
from kb.fakes import MemoryKnowledgeBase
from voice.background_work import BackgroundWork
from voice.gateway_knowledge import RETRY_S, SharedKnowledge
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge

HOURS = Article(
    id="hours", title="営業時間", category="店", variants=("営業時間は何時までですか",), answer="19時までです。"
)


class Compiling:
    """What is made ready with a Mind; `goes_on` is waited for, `fails` so many times."""

    def __init__(self):
        self.goes_on = Event()
        self.goes_on.set()
        self.began = Event()
        self.minds = []
        self.fails = 0

    def __call__(self, mind):
        self.began.set()
        assert self.goes_on.wait(10)
        self.minds.append(mind)
        if self.fails:
            self.fails -= 1
            raise OSError("no space left on device")


@pytest.fixture
def base():
    return MemoryKnowledgeBase([HOURS])


@pytest.fixture
def compiling():
    return Compiling()


@pytest.fixture
def work():
    found = BackgroundWork()
    yield found
    found.close(10)


@pytest.fixture
def seconds():
    return [0.0]


@pytest.fixture
def knowledge(base, compiling, work, seconds, tmp_path):
    made = Knowledge(base, Readings(tmp_path), Indexes(tmp_path / "index"), today=lambda: date(2026, 11, 22))
    return SharedKnowledge(made, compiling, work=work, monotonic=lambda: seconds[0])


def done(work):
    """Wait for all that was begun."""
    ended = Event()
    work.do(ended.set)
    assert ended.wait(10)


def test_the_first_is_ready_at_once(knowledge, compiling):
    assert compiling.minds == [knowledge.current()]


def test_talks_go_on_with_what_they_know_until_the_change_is_ready(knowledge, base, compiling, work):
    before = knowledge.current()
    compiling.goes_on.clear()
    compiling.began.clear()
    base.put(replace(HOURS, answer="20時までです。"))
    assert knowledge.current() is before
    assert compiling.began.wait(10)
    assert knowledge.current() is before  # while it is compiled
    compiling.goes_on.set()
    done(work)
    after = knowledge.current()
    assert after.revision > before.revision
    assert compiling.minds == [before, after]  # once


def test_what_cannot_be_made_ready_is_tried_again_later(knowledge, base, compiling, work, seconds, caplog):
    before = knowledge.current()
    compiling.fails = 1
    base.put(replace(HOURS, answer="20時までです。"))
    for _ in range(3):
        assert knowledge.current() is before
        done(work)
    assert len(compiling.minds) == 2
    assert "OSError" in caplog.text
    seconds[0] += RETRY_S
    knowledge.current()
    done(work)
    assert knowledge.current() is compiling.minds[2] is not before


def test_another_change_does_not_wait_for_that(knowledge, base, compiling, work):
    compiling.fails = 1
    base.put(replace(HOURS, answer="20時までです。"))
    knowledge.current()
    done(work)
    base.put(replace(HOURS, answer="21時までです。"))
    knowledge.current()
    done(work)
    assert knowledge.current() is compiling.minds[-1]
    assert len(compiling.minds) == 3


def test_a_base_that_is_locked_for_a_moment_changes_nothing(knowledge, base, monkeypatch, tmp_path):
    before = knowledge.current()

    def locked():
        raise BaseLocked(tmp_path)

    monkeypatch.setattr(base, "revision", locked)
    assert knowledge.current() is before
