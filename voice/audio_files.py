"""Sound files and raw streams as chunks of 16 kHz mono, the form recognition takes.

libsndfile (through soundfile) decodes, soxr resamples; this module adds the checks libsndfile leaves out: it reads a
truncated WAV in silence, and passes on values that are not numbers.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.errors import BadAudio

CHUNK_MS = 100
MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 96_000
_UNKNOWN_SIZES = (0, 0xFFFFFFFF, 0x7FFFFFFF - 36, 0x7FFFF000)  # what programs write that stream a WAV into a pipe
_RAW_FRAME_BYTES = 2


class AudioFile:
    """A sound file of 8-96 kHz, any number of channels, any sample format libsndfile knows, as an AudioSource."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def chunks(self) -> Iterator[AudioChunk]:
        """Yield the sound in pieces of 100 ms, in bounded memory whatever its length.  Raises BadAudio."""
        _check_file(self.path)
        try:
            with soundfile.SoundFile(self.path) as file:
                _check_format(self.path, file)
                yield from _resampled(self._blocks(file), file.samplerate)
        except soundfile.LibsndfileError as error:
            raise BadAudio(f"{self.path} is no sound file or is damaged: {_reason(error)}") from error

    def _blocks(self, file: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
        read = 0
        for block in file.blocks(file.samplerate * CHUNK_MS // 1000, dtype="float32", always_2d=True):
            if not np.isfinite(block).all():
                raise BadAudio(f"{self.path} holds values that are not numbers (NaN or infinite): record it again")
            read += len(block)
            yield block.mean(axis=1)
        if read < file.frames:
            raise BadAudio(f"{self.path} is truncated: {read} of {file.frames} frames are there")
        if not read:
            raise BadAudio(f"{self.path} holds no sound: record it again")


class RawStream:
    """Headerless 16 kHz mono s16le, as `arecord -f S16_LE -r 16000 -t raw` writes it, as an AudioSource."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def chunks(self) -> Iterator[AudioChunk]:
        """Yield what arrives, at most 100 ms at a time, until the stream ends (half a sample at the end is dropped)."""
        size = RECOGNITION_RATE_HZ * CHUNK_MS // 1000 * _RAW_FRAME_BYTES
        rest = b""
        while data := rest + self._read(size - len(rest)):
            whole = len(data) - len(data) % _RAW_FRAME_BYTES
            rest = data[whole:]
            if not whole:
                return
            yield AudioChunk(samples=np.frombuffer(data[:whole], "<i2"), rate_hz=RECOGNITION_RATE_HZ)

    def _read(self, size: int) -> bytes:
        # read1 returns what is there instead of waiting for a full buffer: a live stream must not be held back.
        read = getattr(self._stream, "read1", self._stream.read)
        return bytes(read(size) or b"")


def resample(samples: Samples, rate_hz: int, target_rate_hz: int) -> Samples:
    """A whole recording at another rate."""
    if rate_hz == target_rate_hz:
        return samples
    return np.asarray(soxr.resample(samples, rate_hz, target_rate_hz), np.int16)


def _resampled(blocks: Iterator[NDArray[np.float32]], rate_hz: int) -> Iterator[AudioChunk]:
    stream = soxr.ResampleStream(rate_hz, RECOGNITION_RATE_HZ, 1, dtype="float32")
    for block in blocks:
        yield from _chunk(stream.resample_chunk(block))
    yield from _chunk(stream.resample_chunk(np.zeros(0, np.float32), last=True))


def _chunk(samples: NDArray[np.float32]) -> Iterator[AudioChunk]:
    if len(samples):
        pcm = np.rint(np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16)
        yield AudioChunk(samples=pcm, rate_hz=RECOGNITION_RATE_HZ)


def _check_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise BadAudio(f"{path} is a folder: give a sound file")
        with path.open("rb") as file:
            head = file.read(12)
            if not head:
                raise BadAudio(f"{path} is empty: give a sound file")
            if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
                _check_wave(path, file)
    except OSError as error:
        raise BadAudio(f"{path} cannot be read: {error.strerror}") from error


def _check_wave(path: Path, file: BinaryIO) -> None:
    """Compare the size the data chunk claims with the bytes there are (RIFF: Microsoft multimedia standard, 1991)."""
    while len(header := file.read(8)) == 8:  # noqa: PLR2004 - a RIFF chunk header
        name, size = struct.unpack("<4sI", header)
        if name != b"data":
            file.seek(size + size % 2, 1)
            continue
        there = path.stat().st_size - file.tell()
        if size > there and size not in _UNKNOWN_SIZES:
            raise BadAudio(f"{path} is truncated: its header promises {size} bytes of sound, {there} are there")
        return
    raise BadAudio(f"{path} is truncated: its header ends before any sound")


def _check_format(path: Path, file: soundfile.SoundFile) -> None:
    if not MIN_RATE_HZ <= file.samplerate <= MAX_RATE_HZ:
        raise BadAudio(f"{path} has {file.samplerate} samples a second: 8000 to 96000 are understood")


def _reason(error: soundfile.LibsndfileError) -> str:
    return str(error.error_string).rstrip(". ")
