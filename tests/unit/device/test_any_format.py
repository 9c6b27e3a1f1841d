"""Devices of any rate, any number of channels, any samples: what is heard and recorded stays the same sound."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.fake_sockets import FakeSockets, FakeSoundDevice
from hardware.stream_formats import COMMON_RATES_HZ, SAMPLE_TYPES, StreamFormat, after, offers
from voice.audio import AudioChunk
from voice.errors import AudioDeviceError
from voice.microphone import BLOCK_MS, Microphone
from voice.speech.loudspeaker import LATENCY_S
from voice.speech.pcm import mono_int16, spread
from voice.speech.playback import SounddeviceSink

TONE_HZ = 500
FULL = {"int16": 1.0, "int32": 65_536.0, "float32": 1 / 32_768}


def wave(rate_hz, count, start=0):
    return 8_000 * np.sin(2 * np.pi * TONE_HZ * (np.arange(count) + start) / rate_hz)


def pitch_hz(samples, rate_hz):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate_hz / len(samples)


def microphone_of(device, sockets):
    return Microphone(
        device=0,
        rate_hz=device.rate_hz,
        most_channels=device.inputs,
        open_stream=sockets.InputStream,
        lost_after_s=0.01,
    )


def heard_by(device):
    """Two seconds of a tone, in the only format that the device takes."""
    [rate_hz], [channels], [dtype] = device.rates_hz, device.channels, device.dtypes
    count = rate_hz * BLOCK_MS // 1000

    def hears(number):
        if number == 2_000 // BLOCK_MS:
            return None
        mono = wave(rate_hz, count, start=number * count) * FULL[dtype]
        return np.repeat(mono[:, np.newaxis], channels, axis=1).astype(dtype)

    device.hears = hears
    pieces = []
    with pytest.raises(AudioDeviceError):  # it is over
        for chunk in microphone_of(device, FakeSockets(plugged=[device])).chunks():
            assert chunk.rate_hz == 16_000
            pieces.append(chunk.samples)
    return np.concatenate(pieces)


@settings(max_examples=60, deadline=None)
@given(
    own_hz=st.sampled_from(COMMON_RATES_HZ),
    taken_hz=st.sampled_from(COMMON_RATES_HZ),
    channels=st.sampled_from([1, 2, 4, 6, 8]),
    dtype=st.sampled_from(SAMPLE_TYPES),
)
def test_a_microphone_of_any_format_gives_16_khz_mono(own_hz, taken_hz, channels, dtype):
    device = FakeSoundDevice(
        name="M", inputs=channels, rate_hz=own_hz, rates_hz=[taken_hz], channels=[channels], dtypes=[dtype]
    )
    heard = heard_by(device)
    assert len(heard) == pytest.approx(32_000, rel=0.06)
    middle = heard[4_000:24_000]
    assert pitch_hz(middle, 16_000) == pytest.approx(TONE_HZ, abs=2)
    assert np.abs(middle).max() == pytest.approx(8_000, rel=0.03)


@pytest.mark.parametrize("rate_hz", [7_999 + 1, 12_345, 50_000, 192_000])
def test_an_unusual_rate_of_its_own_is_taken(rate_hz):
    device = FakeSoundDevice(name="M", inputs=1, rate_hz=rate_hz, rates_hz=[rate_hz], channels=[1], dtypes=["int16"])
    assert pitch_hz(heard_by(device)[4_000:24_000], 16_000) == pytest.approx(TONE_HZ, abs=2)


@settings(max_examples=60, deadline=None)
@given(
    own_hz=st.sampled_from(COMMON_RATES_HZ),
    taken_hz=st.sampled_from(COMMON_RATES_HZ),
    channels=st.sampled_from([1, 2, 6, 8]),
    dtype=st.sampled_from(SAMPLE_TYPES),
)
def test_a_loudspeaker_of_any_format_plays_the_same_sound(own_hz, taken_hz, channels, dtype):
    device = FakeSoundDevice(
        name="L", outputs=channels, rate_hz=own_hz, rates_hz=[taken_hz], channels=[channels], dtypes=[dtype]
    )
    sockets = FakeSockets(plugged=[device])
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "sounddevice", sockets)
        sound = wave(48_000, 48_000).astype(np.int16)
        SounddeviceSink(0).play(AudioChunk(samples=sound, rate_hz=48_000))
    frames = np.concatenate(sockets.streams[-1].heard)
    assert frames.dtype == dtype
    assert frames.shape[1] == channels
    assert len(frames) == pytest.approx(taken_hz * (1 + 2 * LATENCY_S), abs=taken_hz * 0.021)
    for channel in frames.T:
        as_int16 = channel[: taken_hz // 2] / FULL[dtype]
        assert pitch_hz(as_int16, taken_hz) == pytest.approx(TONE_HZ, abs=4)
        assert np.abs(as_int16).max() == pytest.approx(8_000, rel=0.03)


@given(st.sampled_from(SAMPLE_TYPES), st.integers(1, 8), st.lists(st.integers(-32_768, 32_767), min_size=1))
def test_what_is_spread_over_channels_mixes_down_to_itself(dtype, channels, samples):
    frames = np.zeros((len(samples), channels), dtype)
    spread(np.array(samples, np.int16), frames)
    np.testing.assert_array_equal(mono_int16(frames), samples)


def test_what_is_too_loud_is_cut_and_does_not_wrap():
    assert mono_int16(np.array([[1.5], [-1.5]], np.float32)).tolist() == [32_767, -32_768]


def test_a_block_is_copied():
    block = np.ones((4, 1), np.int16)
    mono = mono_int16(block)
    block[:] = 9
    assert mono.tolist() == [1, 1, 1, 1]


def test_a_refusal_of_another_kind_is_the_end():
    asked = StreamFormat(rate_hz=48_000, channels=1, dtype="int16")
    assert after(asked, -9_996, offers(rates_hz=[48_000], most_channels=2)) is None


def test_a_device_that_takes_nothing_says_so():
    sockets = FakeSockets(plugged=[FakeSoundDevice(name="M", inputs=2, rates_hz=[1])])
    with pytest.raises(AudioDeviceError, match="cannot be opened .*is refused"):
        next(microphone_of(sockets.plugged[0], sockets).chunks())


def test_a_loudspeaker_that_takes_no_rate_says_so(monkeypatch):
    monkeypatch.setitem(
        sys.modules, "sounddevice", FakeSockets(plugged=[FakeSoundDevice(name="L", outputs=1, rates_hz=[1])])
    )
    with pytest.raises(AudioDeviceError, match="no usual rate"):
        SounddeviceSink(0).play(AudioChunk(samples=np.ones(480, np.int16), rate_hz=48_000))
