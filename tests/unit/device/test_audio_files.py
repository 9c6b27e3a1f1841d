import io
import struct

import numpy as np
import pytest
import soundfile

from voice.audio_files import AudioFile, RawStream
from voice.errors import BadAudio

TONE_HZ = 440


def tone(rate: int, seconds: float = 0.5) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * TONE_HZ * np.arange(int(rate * seconds)) / rate)


def read(path) -> np.ndarray:
    chunks = list(AudioFile(path).chunks())
    assert all(c.rate_hz == 16_000 for c in chunks)
    return np.concatenate([c.samples for c in chunks])


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_rate_and_sample_format(tmp_path, rate, subtype):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.stack([tone(rate)] * 2, axis=1), rate, subtype=subtype)
    samples = read(path)
    assert len(samples) == pytest.approx(8_000, abs=2)
    spectrum = np.abs(np.fft.rfft(samples[:8_000].astype(float)))
    assert np.argmax(spectrum) * 2 == pytest.approx(TONE_HZ, abs=4)
    assert np.abs(samples).max() == pytest.approx(16_384, rel=0.03)


@pytest.mark.parametrize("name", ["a.flac", "a.ogg"])
def test_other_containers(tmp_path, name):
    soundfile.write(tmp_path / name, tone(48_000), 48_000)
    assert len(read(tmp_path / name)) == pytest.approx(8_000, abs=2)


def test_channels_are_mixed(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.stack([tone(16_000), np.zeros(8_000)], axis=1), 16_000)
    assert np.abs(read(tmp_path / "a.wav")).max() == pytest.approx(8_192, rel=0.01)


def test_channels_in_antiphase_do_not_cancel(tmp_path):
    sound = np.concatenate([np.zeros(32_000), tone(16_000)])
    soundfile.write(tmp_path / "a.wav", np.stack([sound, -sound], axis=1), 16_000)
    heard = read(tmp_path / "a.wav") / 32_768
    assert np.abs(heard - sound).max() < 0.001


def test_one_channel_for_the_whole_file(tmp_path):
    """In phase at first, in antiphase for most of it: changing over in the middle would click."""
    left = tone(16_000, 2.0)
    right = np.concatenate([left[:1_600], -left[1_600:]])
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], axis=1), 16_000)
    assert np.abs(read(tmp_path / "a.wav") / 32_768 - left).max() < 0.001


@pytest.fixture
def wav_bytes(tmp_path) -> bytes:
    soundfile.write(tmp_path / "whole.wav", tone(16_000), 16_000)
    return (tmp_path / "whole.wav").read_bytes()


@pytest.mark.parametrize(
    ("cut", "reason"),
    [
        (0, "is empty"),
        (3, "no sound file"),
        (12, "truncated"),
        (40, "truncated"),
        (44, "truncated"),
        (1_000, "truncated"),
    ],
)
def test_truncated_files(tmp_path, wav_bytes, cut, reason):
    (tmp_path / "cut.wav").write_bytes(wav_bytes[:cut])
    with pytest.raises(BadAudio, match=reason) as caught:
        read(tmp_path / "cut.wav")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_wav_from_a_pipe_has_no_true_length(tmp_path, wav_bytes):
    streamed = bytearray(wav_bytes)
    streamed[40:44] = struct.pack("<I", 0xFFFFFFFF)
    (tmp_path / "pipe.wav").write_bytes(bytes(streamed))
    assert len(read(tmp_path / "pipe.wav")) == pytest.approx(8_000, abs=2)


@pytest.mark.parametrize("riff_size", [0, 36, 0xFFFFFFFF])
def test_a_streamed_wav_that_says_it_holds_nothing(tmp_path, wav_bytes, riff_size):
    streamed = bytearray(wav_bytes)
    streamed[4:8] = struct.pack("<I", riff_size)
    streamed[40:44] = bytes(4)
    (tmp_path / "pipe.wav").write_bytes(bytes(streamed))
    assert np.array_equal(read(tmp_path / "pipe.wav"), read(tmp_path / "whole.wav"))


def test_streamed_silence_is_sound(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(8_000), 16_000)
    streamed = bytearray((tmp_path / "a.wav").read_bytes())
    streamed[40:44] = bytes(4)
    (tmp_path / "a.wav").write_bytes(bytes(streamed))
    assert len(read(tmp_path / "a.wav")) == 8_000


def test_a_title_behind_no_sound_is_no_sound(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16_000)
    title = b"LIST" + struct.pack("<I", 15) + b"INFOINAM" + struct.pack("<I", 3) + b"abc"
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes() + title)
    with pytest.raises(BadAudio, match="holds no sound"):
        read(tmp_path / "a.wav")


@pytest.mark.parametrize("content", [b"hello, this is text\n" * 50, bytes(range(256)) * 20, b"RIFF", b"\x00" * 5_000])
def test_files_that_are_no_sound(tmp_path, content):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(BadAudio):
        read(tmp_path / "a.wav")


def test_a_wav_without_a_single_sample(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16_000)
    with pytest.raises(BadAudio, match="holds no sound"):
        read(tmp_path / "a.wav")


def test_a_millisecond_is_a_file(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(16_000, 0.001), 16_000)
    assert len(read(tmp_path / "a.wav")) == 16


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers(tmp_path, value):
    samples = tone(16_000)
    samples[100] = value
    soundfile.write(tmp_path / "a.wav", samples, 16_000, subtype="FLOAT")
    with pytest.raises(BadAudio, match="not numbers"):
        read(tmp_path / "a.wav")


@pytest.mark.parametrize("rate", [4_000, 192_000])
def test_rates_out_of_range(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", tone(rate), rate)
    with pytest.raises(BadAudio, match="8000 to 96000"):
        read(tmp_path / "a.wav")


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(BadAudio, match="cannot be read"):
        read(tmp_path / "no.wav")
    with pytest.raises(BadAudio, match="is a folder"):
        read(tmp_path)


def test_loud_floats_are_clipped_not_wrapped(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.full(1_600, 3.0), 16_000, subtype="FLOAT")
    assert read(tmp_path / "a.wav").min() >= 0


def test_raw_stream():
    samples = np.arange(-4_000, 4_000, dtype="<i2")
    chunks = list(RawStream(io.BytesIO(samples.tobytes())).chunks())
    assert np.array_equal(np.concatenate([c.samples for c in chunks]), samples)
    assert max(c.duration_ms for c in chunks) <= 100


class Trickle(io.RawIOBase):
    """A pipe that gives a few bytes at a time, odd numbers too."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data = data
        self._step = step

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        piece, self._data = self._data[: self._step], self._data[self._step :]
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize("step", [1, 7])
def test_raw_stream_in_odd_pieces(step):
    samples = np.arange(500, dtype="<i2")
    stream = io.BufferedReader(Trickle(samples.tobytes() + b"\x01", step))
    assert np.array_equal(np.concatenate([c.samples for c in RawStream(stream).chunks()]), samples)
