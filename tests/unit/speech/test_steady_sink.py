from threading import Thread

import numpy as np
import pytest

from hardware.chosen_device import ChosenDevice
from hardware.fake_sockets import FakeSockets, FakeSoundDevice
from hardware.portaudio import PortAudio
from intents.answers import Spoken
from intents.conversation import Pace
from voice.audio import AudioChunk
from voice.errors import AudioDeviceError
from voice.speaker import Speaker
from voice.speech.fakes import HummingSynthesizer, SilentSink
from voice.speech.steady_sink import SteadySink

PATIENCE_S = 10


def chunk(level):
    return AudioChunk(samples=np.full(4_800, level, np.int16), rate_hz=48_000)


def usb(name="USB (hw:1,0)"):
    return FakeSoundDevice(name=name, outputs=2)


class Rig:
    """A loudspeaker over sockets: what was played, on what and to the end or not; a clock that goes on while it waits."""

    def __init__(self, *devices, wanted="USB", falls_back=False, is_there=True):
        self.sockets = FakeSockets(plugged=list(devices))
        self.heard, self.halves = [], []
        self.now_s, self.waits = 0.0, []
        self.breaks_at = ()  # levels of chunks in the middle of which the device is pulled out
        self.plan = []  # (when, what is plugged in)
        self.while_waiting = lambda: None
        self.chosen = ChosenDevice(wanted, "output", falls_back=falls_back, portaudio=PortAudio(self.sockets))
        if is_there:
            self.chosen.at_start()
        self.sink = SteadySink(
            self.chosen, self._open, is_there=is_there, wait=self._wait, monotonic=lambda: self.now_s
        )

    def _open(self, device):
        return Piece(self, device)

    def _wait(self, stopped, seconds):
        self.waits.append(seconds)
        self.now_s += seconds
        self.sockets.plugged += [what for when_s, what in self.plan if when_s <= self.now_s]
        self.plan = [(when_s, what) for when_s, what in self.plan if when_s > self.now_s]
        self.while_waiting()
        return stopped.is_set()


class Piece:
    """The sink of one device."""

    def __init__(self, rig, device):
        self._rig, self._device = rig, device

    def play(self, chunk):
        there = {device.name: device for device in self._rig.sockets.plugged}
        level = int(chunk.samples[0])
        if self._device.name not in there:
            raise AudioDeviceError("the loudspeaker cannot be opened")
        if level in self._rig.breaks_at:
            self._rig.breaks_at = tuple(other for other in self._rig.breaks_at if other != level)
            self._rig.sockets.plugged.remove(there[self._device.name])
            self._rig.halves.append(level)
            raise AudioDeviceError("the loudspeaker went away while it played")
        self._rig.heard.append((level, self._device.name))

    def stop(self):
        pass


def levels(rig):
    return [level for level, _ in rig.heard]


@pytest.mark.parametrize("away_s", [0.1, 2.0, 5.0, 9.0])
def test_a_sentence_lost_half_way_is_said_again_from_its_beginning(away_s, caplog):
    rig = Rig(usb())
    rig.breaks_at = (2,)
    rig.plan = [(away_s, usb("USB (hw:3,0)"))]
    for level in (1, 2, 3):
        rig.sink.play(chunk(level))
    assert rig.halves == [2]
    assert rig.heard == [(1, "USB (hw:1,0)"), (2, "USB (hw:3,0)"), (3, "USB (hw:3,0)")]
    assert away_s <= rig.now_s <= away_s + 2.0
    assert max(rig.waits) <= 2.0
    assert [r.getMessage() for r in caplog.records] == [
        "the loudspeaker went away while it played; what is said is not heard until it is back",
        "speaking again, with USB (hw:3,0)",
    ]


def test_after_ten_seconds_the_rest_is_not_waited_for_but_what_comes_later_is_heard(caplog):
    rig = Rig(usb())
    rig.breaks_at = (1,)
    rig.sink.play(chunk(1))
    assert 10 <= rig.now_s <= 12
    gave_up_s = rig.now_s
    for level in (2, 3, 4):
        rig.sink.play(chunk(level))
    assert rig.now_s == gave_up_s
    assert rig.heard == []
    assert rig.sink.is_away
    rig.sockets.plugged.append(usb())
    rig.now_s += 3
    rig.sink.play(chunk(5))
    assert levels(rig) == [5]
    assert not rig.sink.is_away
    assert len(caplog.records) == 2


def test_a_device_that_is_listed_but_cannot_be_opened_is_given_up_too():
    rig = Rig(usb())
    rig.sockets.plugged.clear()
    rig.chosen.after_another_look = rig.chosen.now  # the list keeps it, as ALSA's names of PulseAudio's devices do
    rig.sink.play(chunk(1))
    gave_up_s = rig.now_s
    assert gave_up_s < 13
    rig.sink.play(chunk(2))
    assert rig.now_s == gave_up_s


def test_dropped_sentences_look_for_the_device_every_two_seconds_only():
    rig = Rig(is_there=False, wanted="")
    for _ in range(50):
        rig.sink.play(chunk(1))
        rig.now_s += 0.1
    assert 2 <= rig.sockets.begun <= 4


def test_where_there_never_was_a_loudspeaker_nothing_waits_and_nothing_is_logged(caplog):
    rig = Rig(is_there=False, wanted="")
    rig.sink.play(chunk(1))
    assert rig.waits == []
    assert caplog.records == []
    rig.sockets.plugged.append(usb())
    rig.now_s += 3
    rig.sink.play(chunk(2))
    assert levels(rig) == [2]


def test_stop_ends_the_waiting():
    rig = Rig(usb())
    rig.breaks_at = (1,)
    rig.while_waiting = rig.sink.stop
    rig.sink.play(chunk(1))
    assert len(rig.waits) == 1
    rig.sockets.plugged.append(usb())
    rig.sink.play(chunk(2))
    assert levels(rig) == [2]


def test_stop_ends_what_is_playing_in_another_thread():
    inner = SilentSink(held=True)
    rig = Rig(usb())
    sink = SteadySink(rig.chosen, lambda _: inner)
    playing = Thread(target=sink.play, args=(chunk(1),), daemon=True)
    playing.start()
    assert inner.wait_until_playing(PATIENCE_S)
    sink.stop()
    playing.join(PATIENCE_S)
    assert not playing.is_alive()
    assert inner.cut_short == 1


def test_another_loudspeaker_stands_in_until_the_chosen_one_is_back():
    rig = Rig(FakeSoundDevice(name="HDMI", outputs=2), usb(), falls_back=True)
    rig.breaks_at = (1,)
    rig.sink.play(chunk(1))
    assert rig.heard == [(1, "HDMI")]
    rig.sockets.plugged.append(usb())
    rig.now_s += 6
    rig.sink.play(chunk(2))
    assert rig.heard[1:] == [(2, "USB (hw:1,0)")]


def test_numbers_that_changed_meanwhile_do_no_harm():
    rig = Rig(usb(), wanted="USB")
    rig.sockets.plugged.insert(0, FakeSoundDevice(name="HDMI", outputs=2))
    rig.sink.play(chunk(1))
    rig.chosen.after_another_look()  # the microphone's
    rig.sink.play(chunk(2))
    assert {name for _, name in rig.heard} == {"USB (hw:1,0)"}


def test_a_speaker_repeats_the_sentence_and_not_the_answer():
    rig = Rig(usb())
    rig.plan = [(1.0, usb())]
    whole = []
    played = Piece.play

    def play(self, chunk):
        if len(whole) == 1 and not rig.halves:
            rig.breaks_at = (int(chunk.samples[0]),)
        played(self, chunk)
        whole.append(len(chunk.samples))

    rig.sink = SteadySink(
        rig.chosen,
        lambda device: type("Counted", (Piece,), {"play": play})(rig, device),
        wait=rig._wait,
        monotonic=lambda: rig.now_s,
    )
    synthesizer = HummingSynthesizer()
    voices = {Pace.NORMAL: synthesizer}
    Speaker(voices, rig.sink, personal=voices).say([Spoken(text="はい。承知しました。では。")])
    assert len(whole) == 3
    assert len(rig.halves) == 1
    assert whole[1] > whole[0]  # all of it, after the half
    assert len(synthesizer.texts) == 3
