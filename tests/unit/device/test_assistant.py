from dataclasses import replace
from datetime import date

import pytest

from intents.conversation import Outcome
from intents.transcripts import typed
from kb.errors import BaseLocked
from kb.fakes import MemoryKnowledgeBase
from tests.article_samples import HOURS, RETURNS
from voice.assistant import Assistant
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge


@pytest.fixture
def base() -> MemoryKnowledgeBase:
    return MemoryKnowledgeBase([HOURS, RETURNS])


@pytest.fixture
def day() -> list[date]:
    return [date(2026, 11, 22)]


@pytest.fixture
def assistant(base, day, tmp_path) -> Assistant:
    return Assistant(
        Knowledge(base, Readings(tmp_path / "readings"), Indexes(tmp_path / "index"), today=lambda: day[0])
    )


def test_a_question_gets_its_article(assistant):
    turn = assistant.hear(typed("営業時間を教えてください"))
    assert turn.article == HOURS
    assert turn.text == "19時までです。"
    assert turn.match_ms > 0


def test_a_changed_base_is_known_at_the_next_question(assistant, base):
    before = assistant.mind
    base.put(replace(HOURS, answer="20時までです。"))
    assert assistant.hear(typed("営業時間を教えてください")).text == "20時までです。"
    assert assistant.mind is not before


def test_nothing_is_rebuilt_without_a_change(assistant):
    assert assistant.mind is assistant.mind


def test_articles_hold_in_their_time_only(assistant, base, day):
    base.put(replace(HOURS, valid_until=date(2026, 11, 30)))
    assert assistant.hear(typed("営業時間を教えてください")).reaction.outcome is Outcome.ANSWER
    day[0] = date(2026, 12, 1)
    assert assistant.hear(typed("営業時間を教えてください")).article is None


def test_a_locked_base_is_no_reason_to_be_silent(assistant, base, monkeypatch, caplog, tmp_path):
    _ = assistant.mind

    def locked():
        raise BaseLocked(tmp_path)

    monkeypatch.setattr(base, "revision", locked)
    assert assistant.hear(typed("営業時間を教えてください")).article == HOURS
    assert "going on" in caplog.text


def test_a_base_that_was_never_readable_is_an_error(base, monkeypatch, tmp_path):
    def locked():
        raise BaseLocked(tmp_path)

    monkeypatch.setattr(base, "revision", locked)
    with pytest.raises(BaseLocked):
        _ = Assistant(Knowledge(base, Readings(tmp_path), Indexes(tmp_path / "index"))).mind
