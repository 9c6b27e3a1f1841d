"""What every AudioSink keeps, real and fake alike."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

import numpy as np
import pytest
import soundfile

from hardware.chosen_device import ChosenDevice
from hardware.fake_sockets import FakeSockets, FakeSoundDevice
from hardware.portaudio import PortAudio
from voice.audio import AudioChunk
from voice.ports import AudioSink
from voice.speech.fakes import FakeLoudspeaker, SilentSink
from voice.speech.playback import SounddeviceSink, WavFileSink, has_loudspeaker
from voice.speech.steady_sink import SteadySink

PATIENCE_S = 10


@dataclass
class Rig:
    """A sink, and what a test can do around it."""

    sink: AudioSink
    heard: Callable[[], np.ndarray] | None  # None: only ears could tell
    wait_until_playing: Callable[[float], object] | None  # None: `play` is over at once


def chunk(level=1_000, ms=100, rate_hz=48_000):
    return AudioChunk(samples=np.full(rate_hz * ms // 1000, level, np.int16), rate_hz=rate_hz)


def silent(tmp_path):
    sink = SilentSink()
    return Rig(sink, lambda: np.concatenate([c.samples for c in sink.played]), None)


def silent_held(tmp_path):
    sink = SilentSink(held=True)
    return Rig(sink, lambda: np.concatenate([c.samples for c in sink.played]), sink.wait_until_playing)


def wav_file(tmp_path):
    sink = WavFileSink(tmp_path / "out.wav")

    def heard():
        sink.close()
        return soundfile.read(tmp_path / "out.wav", dtype="int16")[0]

    return Rig(sink, heard, None)


def loudspeaker(tmp_path):
    hardware = FakeLoudspeaker()
    return Rig(SounddeviceSink(open_stream=hardware.open_stream), lambda: hardware.sound, None)


def loudspeaker_driven(tmp_path):
    hardware = FakeLoudspeaker(driven=True)
    sink = SounddeviceSink(open_stream=hardware.open_stream)
    return Rig(sink, lambda: hardware.sound, hardware.wait_until_playing)


def steady_over(hardware):
    sockets = FakeSockets(plugged=[FakeSoundDevice(name="USB", outputs=2)])
    chosen = ChosenDevice("USB", "output", portaudio=PortAudio(sockets))
    return SteadySink(chosen, lambda _: SounddeviceSink(open_stream=hardware.open_stream))


def loudspeaker_steady(tmp_path):
    hardware = FakeLoudspeaker()
    return Rig(steady_over(hardware), lambda: hardware.sound, None)


def loudspeaker_steady_driven(tmp_path):
    hardware = FakeLoudspeaker(driven=True)
    return Rig(steady_over(hardware), lambda: hardware.sound, hardware.wait_until_playing)


def loudspeaker_real(tmp_path):
    if not has_loudspeaker():
        pytest.skip("this machine has no loudspeaker, or PortAudio is not installed")
    return Rig(SounddeviceSink(volume=0.0), None, None)


AT_ONCE = [silent, wav_file, loudspeaker, loudspeaker_steady, loudspeaker_real]
HELD = [silent_held, loudspeaker_driven, loudspeaker_steady_driven]


@pytest.fixture(params=AT_ONCE, ids=lambda make: make.__name__)
def rig(request, tmp_path):
    return request.param(tmp_path)


@pytest.fixture(params=HELD, ids=lambda make: make.__name__)
def held_rig(request, tmp_path):
    return request.param(tmp_path)


def test_play_returns_and_the_chunks_are_heard_in_order(rig):
    rig.sink.play(chunk(level=1_000))
    rig.sink.play(chunk(level=2_000))
    if rig.heard:
        np.testing.assert_array_equal(rig.heard(), [1_000] * 4_800 + [2_000] * 4_800)


def test_chunks_may_have_different_rates(rig):
    rig.sink.play(chunk(rate_hz=48_000))
    rig.sink.play(chunk(rate_hz=16_000))
    if rig.heard:
        assert len(rig.heard()) >= 6_400


def test_an_empty_chunk_is_nothing(rig):
    rig.sink.play(chunk(ms=0))
    rig.sink.play(chunk())
    if rig.heard:
        assert len(rig.heard()) == 4_800


def test_an_empty_chunk_never_waits(held_rig):
    held_rig.sink.play(chunk(ms=0))


def test_stop_without_play_does_nothing_to_the_next(rig):
    rig.sink.stop()
    rig.sink.stop()
    rig.sink.play(chunk())
    if rig.heard:
        np.testing.assert_array_equal(rig.heard(), [1_000] * 4_800)


def test_a_chunk_is_left_as_it_was(rig):
    sound = chunk()
    rig.sink.play(sound)
    assert (sound.samples == 1_000).all()


def test_stop_ends_play_within_100_ms_again_and_again(held_rig):
    for _ in range(3):
        playing = Thread(target=held_rig.sink.play, args=(chunk(ms=60_000),), daemon=True)
        playing.start()
        assert held_rig.wait_until_playing(PATIENCE_S)
        began = time.perf_counter()
        held_rig.sink.stop()
        playing.join(PATIENCE_S)
        assert not playing.is_alive()
        assert time.perf_counter() - began < 0.1


def test_play_stays_until_its_end(held_rig):
    playing = Thread(target=held_rig.sink.play, args=(chunk(ms=60_000),), daemon=True)
    playing.start()
    assert held_rig.wait_until_playing(PATIENCE_S)
    playing.join(0.05)
    assert playing.is_alive()
    held_rig.sink.stop()
    playing.join(PATIENCE_S)
    assert not playing.is_alive()
