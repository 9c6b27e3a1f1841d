import logging
from itertools import islice

import numpy as np
import pytest

from hardware.chosen_device import ChosenDevice
from hardware.fake_sockets import FakeSockets, FakeSoundDevice
from hardware.portaudio import PortAudio
from voice.errors import AudioDeviceError
from voice.microphone import Microphone
from voice.steady_microphone import SteadyMicrophone

LOUD = 5_000


def speaking(level=LOUD, blocks=4):
    """Give as much sound, each time the device is opened, and then none: as if it had been pulled out."""
    return lambda number: np.full((800, 1), level, np.int16) if number < blocks else None


class Rig:
    """A microphone over sockets; the clock goes on when the microphone waits, and a plan happens at its times."""

    def __init__(self, *devices, wanted="USB", falls_back=False):
        self.sockets = FakeSockets(plugged=list(devices))
        self.portaudio = PortAudio(self.sockets)
        self.now_s = 0.0
        self.plan = []  # (when, what)
        chosen = ChosenDevice(wanted, "input", falls_back=falls_back, portaudio=self.portaudio)
        chosen.at_start()
        self.microphone = SteadyMicrophone(chosen, self._open, wait=self._wait, monotonic=lambda: self.now_s)
        self.opened = []

    def at(self, when_s, what, *arguments):
        self.plan.append((when_s, lambda: what(*arguments)))

    def _wait(self, seconds):
        self.now_s += seconds
        due = [what for when_s, what in self.plan if when_s <= self.now_s]
        self.plan = [(when_s, what) for when_s, what in self.plan if when_s > self.now_s]
        for what in due:
            what()

    def _open(self, device):
        self.opened.append((round(self.now_s, 3), device.name))
        return Microphone(
            device=device.number,
            rate_hz=16_000,
            open_stream=lambda **asked: self.portaudio.opened(lambda module: module.InputStream(**asked), yields=True),
            lost_after_s=0.001,
        )


def usb(**more):
    return FakeSoundDevice(name="USB (hw:1,0)", inputs=1, hears=speaking(), **more)


def is_loud(chunk):
    return bool(np.abs(chunk.samples).max() > LOUD / 2)


def test_unplugged_and_plugged_in_again_it_hears_within_two_and_a_half_seconds(caplog):
    device = usb()
    rig = Rig(FakeSoundDevice(name="Camera", inputs=1), device)
    chunks = rig.microphone.chunks()
    assert all(is_loud(chunk) for chunk in islice(chunks, 4))
    rig.sockets.plugged.remove(device)
    for back_s in (31.0, 62.5):
        back = FakeSoundDevice(name=f"USB (hw:{int(back_s)},0)", inputs=1, hears=speaking())
        rig.at(back_s, rig.sockets.plugged.append, back)
        while not is_loud(next(chunks)):
            assert rig.microphone.is_away
        assert not rig.microphone.is_away
        assert back_s <= rig.now_s < back_s + 2.5
        rig.sockets.plugged.remove(back)
        list(islice(chunks, 3))
    chunks.close()
    assert [r.getMessage().partition(";")[0] for r in caplog.records] == [
        "the microphone went away: plug it in again", "listening again, with USB (hw:31,0)",
        "the microphone went away: plug it in again", "listening again, with USB (hw:62,0)",
    ]  # fmt: skip


def test_meanwhile_there_is_silence_in_real_time_in_small_pieces():
    device = usb()
    rig = Rig(device)
    chunks = rig.microphone.chunks()
    list(islice(chunks, 4))
    rig.sockets.plugged.remove(device)
    silence = list(islice(chunks, 200))
    assert all(c.duration_ms == 100 and c.rate_hz == 16_000 and not c.samples.any() for c in silence)
    assert rig.now_s == pytest.approx(20.0, abs=0.11)


def test_it_looks_at_least_every_two_seconds_and_not_all_the_time():
    device = usb()
    rig = Rig(device)
    chunks = rig.microphone.chunks()
    list(islice(chunks, 4))
    rig.sockets.plugged.remove(device)
    list(islice(chunks, 600))  # a minute
    assert 30 <= rig.sockets.begun <= 34


def test_a_device_that_opens_but_gives_no_sound_is_away_too(caplog):
    device = usb()
    rig = Rig(device)
    chunks = rig.microphone.chunks()
    list(islice(chunks, 4))
    device.hears = None
    assert not is_loud(next(chunks))
    list(islice(chunks, 100))
    assert len(rig.opened) < 12
    device.hears = speaking()
    while not is_loud(next(chunks)):
        pass
    assert len(caplog.records) == 2


def test_a_look_that_the_loudspeaker_takes_costs_no_word_and_no_wait(caplog):
    rig = Rig(usb())
    chunks = rig.microphone.chunks()
    list(islice(chunks, 2))
    rig.portaudio.look_again()
    assert all(is_loud(chunk) for chunk in islice(chunks, 6))  # two that were recorded before, four of the new stream
    assert rig.now_s == 0.0
    assert caplog.records == []


def test_another_microphone_stands_in_until_the_chosen_one_is_back(caplog):
    device = usb()
    camera = FakeSoundDevice(name="Camera", inputs=1, hears=speaking(blocks=10_000 // 50))
    rig = Rig(camera, device, falls_back=True)
    chunks = rig.microphone.chunks()
    list(islice(chunks, 4))
    rig.sockets.plugged.remove(device)
    while not is_loud(next(chunks)):
        pass
    assert rig.opened[-1][1] == "Camera"
    rig.sockets.plugged.append(usb())
    list(islice(chunks, 5))
    assert rig.opened[-1][1] == "Camera"  # in the middle of a sentence nothing is changed
    rig.now_s += 6
    rig.microphone.forget()  # the assistant has spoken
    list(islice(chunks, 2))
    assert rig.opened[-1][1] == "USB (hw:1,0)"
    chunks.close()
    assert caplog.records[-1].getMessage() == "listening again, with Camera"


def test_the_chosen_one_is_looked_for_after_half_a_minute_of_silence_too():
    device = usb()
    rig = Rig(FakeSoundDevice(name="Camera", inputs=1, hears=speaking(blocks=150)), device, falls_back=True)
    chunks = rig.microphone.chunks()
    list(islice(chunks, 4))
    rig.sockets.plugged.remove(device)
    while not is_loud(next(chunks)):
        pass
    rig.sockets.plugged.append(usb())
    rig.now_s += 31
    list(islice(chunks, 3))
    assert rig.opened[-1][1] == "USB (hw:1,0)"
    chunks.close()


def test_without_leave_to_fall_back_no_other_microphone_listens():
    device = usb()
    rig = Rig(FakeSoundDevice(name="Camera", inputs=1, hears=speaking()), device)
    chunks = rig.microphone.chunks()
    list(islice(chunks, 4))
    rig.sockets.plugged.remove(device)
    assert not any(is_loud(chunk) for chunk in islice(chunks, 100))
    assert {name for _, name in rig.opened} == {"USB (hw:1,0)"}


def test_a_microphone_that_never_worked_is_an_error(caplog):
    rig = Rig(FakeSoundDevice(name="USB", inputs=1, rates_hz=[1]))
    with caplog.at_level(logging.WARNING), pytest.raises(AudioDeviceError, match="cannot be opened"):
        next(rig.microphone.chunks())
    assert caplog.records == []


def test_leaving_frees_the_device():
    rig = Rig(usb())
    chunks = rig.microphone.chunks()
    next(chunks)
    chunks.close()
    assert [stream.closed for stream in rig.sockets.streams] == [True]
