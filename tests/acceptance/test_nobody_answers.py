"""A customer who asks and walks away, with real sound through the real libvosk; times are those of the sound."""

from datetime import datetime
from itertools import pairwise
from uuid import uuid4

import numpy as np
import pytest

from benchmarks.spoken import Customer
from intents.callback_form import Setting
from intents.news import CallNews
from intents.when_types import TOKYO
from voice import compose
from voice.assistant import Assistant
from voice.customer_sayings import NobodyKnown
from voice.desk_calls import Change
from voice.fakes import MemorySource
from voice.recognition.speech_detection import faint_noise
from voice.speaker import Speaker
from voice.speech.fakes import SilentSink
from voice.talking import converse_by_voice

pytestmark = pytest.mark.acceptance

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
EXACT_MS = 200


class Desk:
    """A desk that will have news."""

    sayings = NobodyKnown()

    def __init__(self) -> None:
        self.changes = ()

    def setting(self, now):
        return Setting(now=now)

    def news(self):
        return self.changes

    def note_told(self, request_id, news) -> None:
        self.changes = ()

    def moved(self) -> None:
        after = CallNews(state="closed", calls=1, close_reason="satisfied")
        self.changes = (Change(id=uuid4(), before=CallNews(state="waiting"), after=after),)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def assistant(settings, desk) -> Assistant:
    return Assistant(compose.knowledge(settings), desk=desk, follows_up=True, now=lambda: NOW)


@pytest.fixture
def talk(settings, assistant, studio):
    """Ask, then let the sound pass; [(audio time in ms, what was said)]."""

    def go(text, sound, at=lambda _ms: None):
        source, told = MemorySource(np.concatenate([studio.take(text, Customer(pitch=-2.0)), sound])), []
        converse_by_voice(
            source,
            compose.Ears(settings).listening_to,
            assistant,
            Speaker({}, SilentSink(), personal={}),
            lambda turn, _times: told.append((source.given_ms, turn.text)),
            lambda _: at(source.given_ms),
        )
        return told

    return go


@pytest.mark.parametrize("room", [lambda n: np.zeros(n, np.int16), faint_noise], ids=["digital", "room"])
def test_prompts_come_in_time_and_news_when_it_is_over(talk, desk, assistant, room):
    told = talk("返品は何日以内ですか", room(60 * 16_000), lambda ms: desk.moved() if ms == 6_000 else None)
    assert "解決しましたか" in told[0][1]
    waits = [b[0] - a[0] for a, b in pairwise(told)]
    assert waits[:2] == pytest.approx([8_000, 8_000], abs=EXACT_MS)
    assert "「はい」か「いいえ」" in told[1][1]
    assert "いったん終わります" in told[2][1]
    assert "ご満足" in told[3][1]  # not before, though it was there
    assert waits[2] <= 5_000 + EXACT_MS
    assert waits[3] == pytest.approx(8_000, abs=EXACT_MS)  # its question once more, and no more
    assert len(told) == 5
    assert assistant.is_idle


def test_talk_without_end_is_no_customer(talk, assistant, studio):
    voices = [
        studio.take(f"{who}は友達と映画を見て食事をして帰りました", Customer(pitch=2.0)) for who in ("母", "おととい")
    ]
    others = sum(np.resize(voice[8_000:-26_000], 85 * 16_000) // 4 for voice in voices)
    told = talk("返品は何日以内ですか", np.concatenate([faint_noise(16_000), others]))
    assert [b[0] - a[0] for a, b in pairwise(told)] == pytest.approx([38_000, 38_000], abs=1_000)
    assert "いったん終わります" in told[-1][1]
    assert assistant.is_idle


def test_a_form_is_left_and_nothing_of_it_kept(talk, assistant):
    told = talk("オペレーターをお願いします", faint_noise(60 * 16_000))
    assert [at - told[0][0] for at, _ in told[1:]] == pytest.approx([8_000, 16_000, 24_000], abs=EXACT_MS)
    assert "いったん終わります" in told[-1][1]
    assert assistant.is_idle
