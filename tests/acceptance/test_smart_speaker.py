"""The smart speaker in a simulated room: the real sink, recogniser, wake word and voice; only the devices are not."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import soundfile

from benchmarks.speaking_room import TICK_MS, Room
from benchmarks.speaking_room import Path as Way
from benchmarks.spoken import BEFORE_MS, customers, shared_folder
from hardware.fakes import FakeButtons, FakeIndicator
from hardware.ports import ButtonEvent, Light
from intents.transcripts import typed
from kb.sample import sample_articles
from voice import compose, compose_speaker
from voice.assistant import Assistant
from voice.audio_files import resample
from voice.smart_speaker import SmartSpeaker
from voice.speaker_box import Box, Manner
from voice.speaker_states import Mode
from voice.speech.output_stage import OutputStage
from voice.speech.playback import SounddeviceSink
from voice.volume import FILE, KeptVolume

pytestmark = pytest.mark.acceptance

LATE_S = 0.002  # chunks of a real microphone come a little sooner or later


@dataclass
class House:
    """A box in a room."""

    room: Room
    box: SmartSpeaker
    buttons: FakeButtons
    indicator: FakeIndicator
    volume: KeptVolume
    assistant: Assistant
    said: list[str] = field(default_factory=list)

    def quiet_from(self, begin_s: float, end_s: float) -> bool:
        rate = 16_000
        return not np.abs(self.room.played[int(begin_s * rate) : int(end_s * rate)]).max() > 3


@pytest.fixture
def house(settings, shared):
    """A house of so many seconds."""
    ears = compose.Ears(settings)
    ears.prepare()

    def build(seconds: float) -> House:
        samples, rate_hz = soundfile.read(sorted((shared / "noise/ir").glob("*.wav"))[0], dtype="int16")
        response = resample(samples, rate_hz, 16_000).astype(float)[:6_000]
        way = Way(delay_ms=40, level_db=-14, response=response / np.sqrt(np.sum(response**2)))
        room, said, late = Room(way, seconds), [], np.random.default_rng(4)
        stage = OutputStage(monotonic=lambda: room.now_s)
        sink = SounddeviceSink(open_stream=room.open_stream, through=stage.through)
        box = Box(
            source=room,
            sink=sink,
            stage=stage,
            speaker=compose.speaker(settings, sink),
            buttons=FakeButtons(),
            indicator=FakeIndicator(),
            volume=KeptVolume(settings.data_dir / FILE),
            wake=compose_speaker.wake_words(settings),
        )
        manner = Manner(
            earcons=False,
            monotonic=lambda: room.now_s + late.exponential(LATE_S),
            show=lambda turn: said.append(turn.text),
        )
        assistant = compose.assistant(settings, follows_up=True)
        speaker = SmartSpeaker(box, ears.listening_to, assistant, manner)
        room.is_busy = lambda: speaker.mouth.is_busy
        return House(room, speaker, box.buttons, box.indicator, box.volume, assistant, said)

    return build


@pytest.fixture
def voice(studio):
    who = customers(shared_folder())[1]
    return lambda text: studio.take(text, who).astype(float) * 0.6


def test_it_wakes_answers_and_is_stopped_by_the_button_within_200_ms(house, voice):
    house = house(13.0)
    house.room.say(voice("ねえ、こえまど、営業時間は何時までですか"), 0.5)
    pressed = []

    def press(now_s: float) -> None:
        if house.box.state.mode is Mode.SPEAKING and not pressed:
            began.append(now_s)
            if len(began) > 50:  # a second into the answer
                pressed.append(now_s)
                house.buttons.do(ButtonEvent.PRESSED)

    began: list[float] = []
    house.room.on_tick = press
    house.box.run()
    assert house.said
    assert "19時" in house.said[0]
    assert pressed
    stopped_s = next(s for s in np.arange(pressed[0], 13.0, 0.01) if house.quiet_from(s, s + 0.05))
    assert stopped_s - pressed[0] < 0.2
    shown = house.indicator.shown
    assert shown[:5] == [Light.IDLE, Light.LISTENING, Light.THINKING, Light.SPEAKING, Light.LISTENING]
    assert house.box.state.mode is not Mode.SPEAKING


def test_muted_by_voice_it_hears_nothing_until_the_button(house, voice):
    house = house(11.0)
    house.room.say(voice("ねえ、こえまど、マイクを切って"), 0.5)
    take_news = house.box._take_news

    def closed(news) -> None:
        take_news(news)
        if house.box.state.is_muted and house.box.state.mode is Mode.SLEEPING:
            opened.append(house.room.opened)
            house.buttons.do(ButtonEvent.PRESSED)

    opened: list[int] = []
    house.box._take_news = closed
    house.box.run()
    assert Light.MUTED in house.indicator.shown
    assert opened == [1]
    assert house.room.opened == 2  # closed, and opened again by the button


def test_louder_is_obeyed_and_kept(house, voice):
    house = house(9.0)
    before = house.volume.percent
    house.room.say(voice("ねえ、こえまど、もっと大きく"), 0.5)
    house.box.run()
    assert house.volume.percent == before + 10
    assert house.said == []


def test_a_reply_in_one_breath_with_the_wake_word_is_one(house, voice):
    house = house(9.0)
    house.room.say(voice("ねえ、こえまど、担当者"), 0.5)
    house.box.run()
    assert len(house.said) == 1
    assert "担当の者がお話を伺います" in house.said[0]


class Questions:
    """Asks one after the other as if they had been heard, and watches the answers; over the last one somebody speaks."""

    OVER_AFTER_S = 2.5

    def __init__(self, house: House, questions: list[str], over: np.ndarray | None = None) -> None:
        self._house, self._left, self._over = house, list(questions), over
        self._before, self._rest_s = Mode.SLEEPING, 0.5
        self.spoke_at_s = 0.0
        self.ends: list[tuple[float, bool]] = []  # when each answer ended, and whether it was stopped
        house.room.on_tick = self._tick

    def _tick(self, now_s: float) -> None:
        mode, before = self._house.box.state.mode, self._before
        self._before = mode
        if mode is Mode.SPEAKING:
            self._rest_s = 1.5
            if before is not Mode.SPEAKING and not self._left and self._over is not None and not self.spoke_at_s:
                self.spoke_at_s = now_s + self.OVER_AFTER_S
                self._house.room.say(self._over, self.spoke_at_s - BEFORE_MS / 1000)
        elif before is Mode.SPEAKING:
            self.ends.append((now_s, self._house.box.mouth.was_stopped))
            if self._over is not None and not self._left:
                self._rest_s = 0.6
        elif mode is not Mode.THINKING:
            self._rest_s -= TICK_MS / 1000
            if self._rest_s <= 0:
                self._ask()

    def _ask(self) -> None:
        if not self._left:
            self._house.room.finish()
        elif self._house.box.state.mode is Mode.SLEEPING:
            self._house.buttons.do(ButtonEvent.PRESSED)
        else:
            self._house.assistant.forget()
            self._house.box.understand([typed(self._left.pop(0))])


def long_answers() -> list[str]:
    return [article.variants[0] for article in sample_articles() if 60 < len(article.answer) < 90]


def test_its_own_voice_never_stops_it(house):
    house = house(90.0)
    house.volume.set(100)
    asking = Questions(house, long_answers()[:3])
    house.box.run()
    assert [stopped for _, stopped in asking.ends] == [False] * 3
    assert len(house.said) == 3


@pytest.mark.parametrize("over", ["ねえ、こえまど", "もう一度お願いします", "止めて"])
def test_a_voice_stops_it_and_the_sound_ends_within_200_ms(house, voice, over):
    house = house(60.0)
    house.volume.set(100)
    asking = Questions(house, long_answers()[:2], voice(over))
    house.box.run()
    assert [stopped for _, stopped in asking.ends][:2] == [False, True]
    decided_s = asking.ends[1][0]
    assert asking.spoke_at_s < decided_s < asking.spoke_at_s + 3.0
    silent_s = next(s for s in np.arange(decided_s, decided_s + 1.0, 0.01) if house.quiet_from(s, s + 0.05))
    assert silent_s - decided_s <= 0.2
    assert not house.quiet_from(decided_s - 0.3, decided_s)
