"""The loop of the smart speaker with ears, voice and room that a test drives; time is audio time."""

import threading
import time

import numpy as np
import pytest

from hardware.fakes import FakeButtons, FakeIndicator
from hardware.ports import ButtonEvent, Light
from intents.callback_form import Setting
from intents.news import CallNews
from kb.articles import Article
from kb.fakes import MemoryKnowledgeBase
from voice import smart_speaker
from voice.assistant import Assistant
from voice.audio import AudioChunk
from voice.customer_sayings import NobodyKnown
from voice.desk_calls import Change
from voice.errors import AudioDeviceError
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.recognition.fakes import ScriptedRecognizer
from voice.smart_speaker import SmartSpeaker
from voice.speaker import Speaker
from voice.speaker_box import Box, Manner
from voice.speaker_states import Mode
from voice.speech.earcons import Earcon, sound
from voice.speech.fakes import SilentSink
from voice.speech.output_stage import OutputStage
from voice.volume import KeptVolume
from voice.wake.fakes import ScriptedWakeWords

RATE = 16_000
PIECE = RATE // 10
WITHIN_S = 20.0
HOURS = Article(
    id="hours", title="営業時間", category="店", variants=("営業時間は何時までですか",), answer="19時までです。"
)


class Room:
    """A microphone in a quiet room; somebody speaks in `speech` (pairs of seconds), and `at` a second something happens."""

    def __init__(self, seconds: float, speech=(), at=None):
        self._samples = np.zeros(int(seconds * RATE), np.int16)
        for begin_s, end_s in speech:
            self._samples[int(begin_s * RATE) : int(end_s * RATE)] = 5_000
        self._happens = sorted((at or {}).items())
        self._at = 0
        self.is_busy = lambda: False
        self.opened = 0

    def forget(self):
        """Time stands still while nobody listens."""

    def chunks(self):
        self.opened += 1
        while self._at < len(self._samples):
            self._wait_for_thought()
            while self._happens and self._happens[0][0] * RATE <= self._at:
                self._happens.pop(0)[1]()
            piece = self._samples[self._at : self._at + PIECE]
            self._at += PIECE
            yield AudioChunk(samples=piece, rate_hz=RATE)
        self._wait_for_thought()  # of what the last piece brought

    def _wait_for_thought(self):
        until = time.monotonic() + WITHIN_S
        while self.is_busy():
            assert time.monotonic() < until, "it thinks for ever"
            threading.Event().wait(0.001)


class Desk:
    """Has one piece of news until it is told."""

    sayings = NobodyKnown()

    def __init__(self):
        self.changes = ()

    def setting(self, now):
        return Setting(now=now)

    def happens(self):
        """A request from earlier is closed."""
        after = CallNews(state="closed", calls=1, close_reason="satisfied")
        self.changes = (Change(id=None, before=CallNews(state="waiting"), after=after),)

    def news(self):
        return self.changes

    def note_told(self, _request_id, _news):
        self.changes = ()

    def rate(self, _request_id, _rating):
        """Nobody reads it."""


class House:
    """A box that runs in a room until the room's sound is over."""

    def __init__(self, tmp_path):
        self._folder = tmp_path
        self.desk, self.buttons, self.indicator, self.sink = Desk(), FakeButtons(), FakeIndicator(), SilentSink()
        self.turns = []

    def run(self, room, *, wakes=(), script=(), **manner):
        knowledge = Knowledge(MemoryKnowledgeBase([HOURS]), Readings(self._folder), Indexes(self._folder / "index"))
        lines = iter(script)
        box = Box(
            source=room,
            sink=self.sink,
            stage=OutputStage(),
            speaker=Speaker({}, self.sink, personal={}),
            buttons=self.buttons,
            indicator=self.indicator,
            volume=KeptVolume(self._folder / "volume.json"),
            wake=ScriptedWakeWords(wakes),
        )
        self.speaker = SmartSpeaker(
            box,
            lambda _: ScriptedRecognizer(lines),
            Assistant(knowledge, desk=self.desk),
            Manner(news_waits=lambda: bool(self.desk.news()), show=self.turns.append, **manner),
        )
        room.is_busy = lambda: self.speaker.mouth.is_busy
        self.speaker.run()

    def tones(self):
        known = {id(sound(one)): one for one in Earcon}
        return [known[id(chunk)] for chunk in self.sink.played if id(chunk) in known]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_the_light_says_while_the_desk_is_away(house):
    away = threading.Event()
    house.run(Room(25.0, at={6.0: away.set, 14.0: away.clear}), is_offline=away.is_set)
    assert house.indicator.shown == [Light.IDLE, Light.OFFLINE, Light.IDLE]


def test_news_wait_with_a_light_and_one_tone_and_are_told_after_the_wake_word(house):
    room = Room(24.0, at={2.0: house.desk.happens})
    house.run(room, wakes=[18.0])
    assert house.tones().count(Earcon.MESSAGE) == 1
    assert house.indicator.shown[:3] == [Light.IDLE, Light.MESSAGE_WAITING, Light.LISTENING]
    assert len(house.turns) == 1
    assert house.turns[0].reaction.says
    assert house.desk.changes == ()


def test_who_asks_after_the_wake_word_hears_the_answer_first(house):
    room = Room(20.0, speech=[(8.3, 9.3)], at={1.0: house.desk.happens})
    house.run(room, wakes=[8.0], script=["営業時間は何時までですか"])
    assert "19時" in house.turns[0].text


def test_news_are_told_at_once_where_that_is_wanted(house):
    house.run(Room(8.0, at={1.0: house.desk.happens}), tells_at_once=lambda: True)
    assert len(house.turns) == 1
    assert Earcon.MESSAGE not in house.tones()


def test_held_it_listens_until_it_is_let_go(house):
    """A pause in the sentence ends nothing, and nor does silence before it; letting go ends it at once."""
    seen = []
    room = Room(
        15.0,
        speech=[(12.0, 12.8)],
        at={
            1.0: lambda: house.buttons.do(ButtonEvent.PRESSED),
            2.0: lambda: house.buttons.do(ButtonEvent.HELD),
            11.5: lambda: seen.append(house.speaker.state.mode),  # ten seconds of silence
            12.9: lambda: house.buttons.do(ButtonEvent.RELEASED),
            13.1: lambda: seen.append(len(house.turns)),
        },
    )
    house.run(room, script=["営業時間は何時までですか"])
    assert seen == [Mode.LISTENING, 1]  # 0.2 s after; quiet would have taken 0.9 s
    assert "19時" in house.turns[0].text


def test_not_held_silence_ends_it(house):
    house.run(Room(12.0, at={1.0: lambda: house.buttons.do(ButtonEvent.PRESSED)}))
    assert house.speaker.state.mode is Mode.SLEEPING
    assert house.tones()[-1] is Earcon.SLEEP


def test_a_microphone_that_gives_nothing_is_shown(house):
    lost = threading.Event()
    house.run(Room(3.0, at={1.0: lost.set, 2.0: lost.clear}), is_lost=lost.is_set)
    assert house.indicator.shown == [Light.IDLE, Light.ERROR, Light.IDLE]


def test_a_microphone_that_fails_is_opened_again(house, monkeypatch):
    monkeypatch.setattr(smart_speaker, "RETRY_S", 0.01)

    def fail():
        raise AudioDeviceError("gone")

    room = Room(6.0, speech=[(4.0, 5.0)], at={1.0: fail})
    house.run(room, wakes=[2.0], script=["営業時間は何時までですか"])
    assert room.opened == 2
    assert house.indicator.shown[:3] == [Light.IDLE, Light.ERROR, Light.IDLE]
    assert house.turns
    assert "19時" in house.turns[0].text


def test_a_reply_behind_the_end_of_the_wake_word(house):
    room = Room(6.0, speech=[(1.2, 2.2)])
    house.run(room, wakes=[1.0], script=["マド、担当者"])
    assert [turn.heard.best.reading for turn in house.turns] == ["タントーシャ"]


def test_without_the_wake_word_it_is_heard_as_it_was(house):
    room = Room(6.0, speech=[(1.2, 2.2)], at={0.5: lambda: house.buttons.do(ButtonEvent.PRESSED)})
    house.run(room, script=["マド、担当者"])
    assert [turn.heard.best.reading for turn in house.turns] == ["マドタントーシャ"]


def test_the_tone_after_the_wake_word_is_not_put_into_a_question(house):
    house.run(Room(6.0, speech=[(1.2, 2.2)]), wakes=[1.0], script=["営業時間は何時までですか"])
    assert Earcon.HEARD not in house.tones()


def test_a_tone_answers_the_wake_word_alone(house):
    house.run(Room(4.0), wakes=[1.0])
    assert house.tones() == [Earcon.HEARD]
