"""The smart speaker in a simulated room: the real sink, recogniser, wake word and voice; only the devices are not."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import soundfile

from benchmarks.speaking_room import Path as Way
from benchmarks.speaking_room import Room
from benchmarks.spoken import customers, shared_folder
from hardware.fakes import FakeButtons, FakeIndicator
from hardware.ports import ButtonEvent, Light
from voice import compose, compose_speaker
from voice.audio_files import resample
from voice.smart_speaker import Box, Manner, SmartSpeaker
from voice.speaker_states import Mode
from voice.speech.output_stage import OutputStage
from voice.speech.playback import SounddeviceSink
from voice.volume import FILE, KeptVolume

pytestmark = pytest.mark.acceptance


@dataclass
class House:
    """A box in a room."""

    room: Room
    box: SmartSpeaker
    buttons: FakeButtons
    indicator: FakeIndicator
    volume: KeptVolume
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
        room, said = Room(way, seconds), []
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
        manner = Manner(earcons=False, monotonic=lambda: room.now_s, show=lambda turn: said.append(turn.text))
        speaker = SmartSpeaker(box, ears.listening_to, compose.assistant(settings, follows_up=True), manner)
        room.is_busy = lambda: speaker.mouth.is_busy
        return House(room, speaker, box.buttons, box.indicator, box.volume, said)

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
