"""Nobody answers: live conversations in audio time, with sound that a fake recogniser takes for the lines of a script."""

from datetime import datetime
from itertools import pairwise
from uuid import uuid4

import numpy as np
import pytest

from intents.callback_form import Setting
from intents.news import CallNews
from intents.transcripts import typed
from intents.when_types import TOKYO
from kb.articles import Article, Step
from kb.fakes import MemoryKnowledgeBase
from voice.assistant import Assistant
from voice.customer_sayings import NobodyKnown
from voice.desk_calls import Change
from voice.fakes import MemorySource
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.recognition.fakes import ScriptedRecognizer
from voice.speaker import Speaker
from voice.speech.fakes import SilentSink
from voice.talking import converse_by_voice

HOURS = Article(
    id="hours", title="営業時間", category="店", variants=("営業時間は何時までですか",), answer="19時までです。"
)
CLEANING = Article(
    id="clean",
    title="加湿器の掃除",
    category="掃除",
    variants=("加湿器を洗いたい",),
    answer="洗えます。",
    steps=(Step(text="水を捨てます。"), Step(text="拭きます。")),
)
NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
ENDS_MS = 900  # of quiet, when the recogniser takes an utterance for ended
PLACE_MS = 200  # how exact the times are: chunks of 100 ms, windows of 32 ms


def said(seconds: float = 0.6) -> np.ndarray:
    return np.full(int(seconds * 16_000), 5_000, np.int16)


def quiet(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * 16_000), np.int16)


class Desk:
    """A desk that may have news, and keeps nothing."""

    sayings = NobodyKnown()

    def __init__(self) -> None:
        self.changes = ()

    def setting(self, now):
        return Setting(now=now)

    def news(self):
        return self.changes

    def note_told(self, request_id, news) -> None:
        self.changes = ()

    def rate(self, request_id, rating) -> None:
        raise AssertionError("nobody answered")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def assistant(desk, tmp_path) -> Assistant:
    base = MemoryKnowledgeBase([HOURS, CLEANING])
    knowledge = Knowledge(base, Readings(tmp_path), Indexes(tmp_path / "index"))
    return Assistant(knowledge, desk=desk, follows_up=True, now=lambda: NOW)


@pytest.fixture
def talk(assistant):
    """Let the sound pass, its loud stretches heard as the lines; [(audio time in ms, what was said)]."""

    def go(lines, *sound, then=lambda _ms: None):
        source, told = MemorySource(np.concatenate(sound)), []
        script = iter(lines)

        def show(turn, _times) -> None:
            told.append((source.given_ms, turn.text))

        converse_by_voice(
            source,
            lambda _: ScriptedRecognizer(script),
            assistant,
            Speaker({}, SilentSink(), personal={}),
            show,
            lambda _: then(source.given_ms),
        )
        return told

    return go


def waits(told) -> list[int]:
    """Seconds between one thing said and the next, the utterance that came between left out."""
    return [round((b[0] - a[0]) / 1000) for a, b in pairwise(told)]


def test_who_is_asked_whether_it_helped_and_has_gone_is_asked_once(talk, assistant):
    told = talk(["営業時間を教えてください"], said(), quiet(600))
    assert [text for _, text in told[1:]] == [
        "「はい」か「いいえ」で、お答えください。",
        "では、いったん終わります。また、いつでもお声がけください。",
    ]
    assert waits(told) == [8, 8]
    assert assistant.is_idle


def test_an_answer_without_a_question_behind_it_is_over_without_a_word(talk, assistant):
    asleep = []
    told = talk(
        ["営業時間を教えてください", "はい"],
        said(),
        quiet(3),
        said(),
        quiet(70),
        then=lambda ms: asleep.append((ms, assistant.is_idle)),
    )
    assert len(told) == 2
    assert assistant.is_idle
    assert abs(next(ms for ms, idle in asleep if idle and ms > told[1][0]) - told[1][0] - 60_000) <= PLACE_MS


def test_a_form_nobody_finishes_is_left_and_forgotten(talk, assistant):
    told = talk(["人と話したい", "はい", "山田花子です"], *[said(), quiet(3)] * 2, said(), quiet(600))
    assert "山田" in told[2][1] or "ヤマダ" in told[2][1]
    assert [round((at - told[2][0]) / 1000) for at, _ in told[3:]] == [8, 16, 24]
    assert "いったん終わります" in told[-1][1]
    assert assistant.is_idle
    assert assistant.stage is None
    assert "山田" not in assistant.hear(typed("もう一度")).text


def test_whoever_follows_steps_has_minutes(talk, assistant):
    told = talk(["加湿器を洗いたい", "はい"], said(), quiet(3), said(), quiet(600))
    assert told[2][1] == "終わりましたら、「次」とお話しください。"
    assert waits(told)[1] == 120
    assert len(told) == 3
    assert assistant.is_idle


def test_speech_that_begins_in_time_is_heard_to_its_end(talk):
    told = talk(["営業時間を教えてください", "いいえ"], said(), quiet(8.5), said(5), quiet(1.5))
    assert len(told) == 2
    assert "はい」か" not in told[1][1]


def test_a_room_that_never_falls_silent_is_nobody(talk, assistant):
    told = talk(["営業時間を教えてください", *[""] * 9], said(), quiet(1), said(120))
    assert waits(told)[0] == pytest.approx(38, abs=1)
    assert assistant.is_idle


def test_who_greets_is_greeted_by_the_time_of_day_and_only_once(talk):
    told = talk(["すみません", "もしもし"], said(), quiet(2), said(), quiet(2))
    assert told[0][1].startswith("おはようございます")
    assert "おはよう" not in told[1][1]
    assert "ご質問を" in told[1][1]


def test_the_next_customer_is_greeted_anew(talk):
    told = talk(["すみません", "すみません"], said(), quiet(120), said(), quiet(2))
    assert [text[:5] for _, text in (told[0], told[-1])] == ["おはようご"] * 2
    assert len(told) == 5  # three prompts between them
    assert "担当者" in told[3][1]


def test_switched_on_it_greets_with_a_hint_and_is_quiet_when_nobody_is_there(talk, assistant):
    assert assistant.greet().text.endswith("「返品したい」のように、お話しください。")
    told = talk([], quiet(3_600))
    assert [at for at, _ in told] == pytest.approx([8_000, 16_000, 24_000], abs=PLACE_MS)
    assert [len(text) for _, text in told[:2]] == sorted((len(text) for _, text in told[:2]), reverse=True)
    assert assistant.is_idle


def test_news_waits_for_the_end_of_the_conversation_and_its_question_for_nobody(talk, desk, assistant):
    def later(ms):
        if ms == 5_000:
            after = CallNews(state="closed", calls=1, close_reason="satisfied")
            desk.changes = (Change(id=uuid4(), before=CallNews(state="waiting"), after=after),)

    told = talk(["営業時間を教えてください"], said(), quiet(600), then=later)
    assert ["ご満足" in text for _, text in told] == [False, False, False, True, True]
    assert told[3][0] - told[2][0] <= 5_000 + PLACE_MS
    assert round((told[4][0] - told[3][0]) / 1000) == 8
    assert assistant.is_idle
