"""One suite over everything sound comes from."""

import io
from contextlib import suppress

import numpy as np
import pytest
import soundfile

from hardware.chosen_device import ChosenDevice
from hardware.fake_sockets import FakeSockets, FakeSoundDevice
from hardware.portaudio import PortAudio
from voice.audio_files import AudioFile, RawStream
from voice.errors import AudioDeviceError
from voice.fakes import MemorySource
from voice.microphone import Microphone
from voice.steady_microphone import SteadyMicrophone

SAMPLES = (np.sin(np.arange(16_000) / 20) * 9_000).astype(np.int16)


class Stream:
    """A microphone that hears SAMPLES and is then unplugged."""

    def __init__(self, callback) -> None:
        self._callback = callback

    def start(self) -> None:
        for i in range(0, len(SAMPLES), 800):
            self._callback(SAMPLES[i : i + 800].reshape(-1, 1), 800, None, None)

    def close(self) -> None:
        pass


def over(_seconds) -> None:
    raise AudioDeviceError("a steady microphone would wait for ever")


def steady_microphone() -> SteadyMicrophone:
    """One that is unplugged after SAMPLES and stays so."""
    sockets = FakeSockets(plugged=[FakeSoundDevice(name="USB", inputs=1)])
    chosen = ChosenDevice("USB", "input", portaudio=PortAudio(sockets))

    def opened(device):
        if not sockets.plugged:
            over(0)
        sockets.plugged.clear()
        return microphone()

    return SteadyMicrophone(chosen, opened, wait=over)


def microphone() -> Microphone:
    return Microphone(
        device=None, rate_hz=16_000, open_stream=lambda callback, **_: Stream(callback), lost_after_s=0.01
    )


@pytest.fixture(params=["memory", "file", "stream", "microphone", "steady microphone"])
def source(request, tmp_path):
    if request.param == "memory":
        return MemorySource(SAMPLES)
    if request.param == "file":
        soundfile.write(tmp_path / "a.wav", SAMPLES, 16_000)
        return AudioFile(tmp_path / "a.wav")
    if request.param == "stream":
        return RawStream(io.BytesIO(SAMPLES.tobytes()))
    return microphone() if request.param == "microphone" else steady_microphone()


def taken(source) -> list:
    chunks = []
    with suppress(AudioDeviceError):  # how a microphone ends
        for chunk in source.chunks():
            chunks.append(chunk)
    return chunks


def test_all_of_the_sound_in_order(source):
    heard = np.concatenate([c.samples for c in taken(source)])
    assert len(heard) == pytest.approx(16_000, abs=500)
    assert np.abs(heard[:8_000].astype(int) - SAMPLES[:8_000]).max() <= 2


def test_small_chunks_of_16_khz(source):
    chunks = taken(source)
    assert len(chunks) >= 9
    assert all(c.rate_hz == 16_000 and 0 < c.duration_ms <= 120 and c.samples.dtype == np.int16 for c in chunks)


def test_leaving_early(source):
    chunks = source.chunks()
    next(chunks)
    chunks.close()
