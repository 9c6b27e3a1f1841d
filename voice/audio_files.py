"""Sound files and raw streams as chunks of 16 kHz mono, the form recognition takes.

libsndfile (through soundfile) decodes, soxr resamples; this module adds the checks libsndfile leaves out: it reads a
truncated WAV in silence, and passes on values that are not numbers.
"""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.errors import BadAudio

CHUNK_MS = 100
MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 96_000
CANCELLED = 0.1  # of the loudest channel's power; a mix that keeps less has channels against each other
_UNTIL_THE_END = b"\xff\xff\xff\xff"  # as a size: libsndfile then reads to the end of the file
_UNKNOWN_SIZES = (0, 0xFFFFFFFF, 0x7FFFFFFF - 36, 0x7FFFF000)  # what programs write that stream a WAV into a pipe
_RAW_FRAME_BYTES = 2


class AudioFile:
    """A sound file of 8-96 kHz, any number of channels, any sample format libsndfile knows, as an AudioSource.

    The channels are mixed, unless the mix of the whole file is nearly silent (a plug wired in antiphase): then the
    loudest channel is heard.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def chunks(self) -> Iterator[AudioChunk]:
        """Yield the sound in pieces of 100 ms, in bounded memory whatever its length.  Raises BadAudio."""
        unfinished_at = _check_file(self.path)
        try:
            with _opened(self.path, unfinished_at) as file:
                _check_format(self.path, file)
                yield from _resampled(self._blocks(file), file.samplerate)
        except soundfile.LibsndfileError as error:
            raise BadAudio(f"{self.path} is no sound file or is damaged: {_reason(error)}") from error

    def _blocks(self, file: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
        read, channel = 0, _channel_to_hear(file)
        for block in _frames(file):
            if not np.isfinite(block).all():
                raise BadAudio(f"{self.path} holds values that are not numbers (NaN or infinite): record it again")
            read += len(block)
            yield block.mean(axis=1) if channel is None else np.ascontiguousarray(block[:, channel])
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
        while arrived := self._read(size - len(rest)):
            data = rest + arrived
            whole = len(data) - len(data) % _RAW_FRAME_BYTES
            rest = data[whole:]
            if whole:
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


def _frames(file: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """The file from where it stands, in blocks of (frames, channels)."""
    yield from file.blocks(file.samplerate * CHUNK_MS // 1000, dtype="float32", always_2d=True)


def _channel_to_hear(file: soundfile.SoundFile) -> int | None:
    """The loudest channel when the channels cancel each other, None for their mix.

    Looks through the whole file first, so that the choice never changes within it.
    """
    if file.channels == 1 or not file.seekable():
        return None
    power, mixed_power = np.zeros(file.channels), 0.0
    for block in _frames(file):
        power += np.square(block, dtype=np.float64).sum(axis=0)
        mixed_power += float(np.square(block.mean(axis=1), dtype=np.float64).sum())
    file.seek(0)
    return int(power.argmax()) if mixed_power < CANCELLED * power.max() else None


@contextmanager
def _opened(path: Path, unfinished_at: int | None) -> Iterator[soundfile.SoundFile]:
    if unfinished_at is None:
        with soundfile.SoundFile(path) as file:
            yield file
        return
    with path.open("rb") as raw, soundfile.SoundFile(_Overwritten(raw, unfinished_at, _UNTIL_THE_END)) as file:
        yield file


class _Overwritten(io.RawIOBase):
    """A file for reading in which some bytes look different."""

    def __init__(self, file: BinaryIO, position: int, replacement: bytes) -> None:
        self._file = file
        self._position = position
        self._replacement = replacement

    def readinto(self, buffer: Any) -> int:
        """As RawIOBase has it."""
        start = self._file.tell()
        data = bytearray(self._file.read(len(buffer)))
        for offset, byte in enumerate(self._replacement, self._position - start):
            if 0 <= offset < len(data):
                data[offset] = byte
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As RawIOBase has it."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As RawIOBase has it."""
        return self._file.tell()


def _check_file(path: Path) -> int | None:
    """Where in the file a size is to be mended, None if nowhere.  Raises BadAudio."""
    try:
        if path.is_dir():
            raise BadAudio(f"{path} is a folder: give a sound file")
        with path.open("rb") as file:
            head = file.read(12)
            if not head:
                raise BadAudio(f"{path} is empty: give a sound file")
            if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
                return _check_wave(path, file)
    except OSError as error:
        raise BadAudio(f"{path} cannot be read: {error.strerror}") from error
    return None


def _check_wave(path: Path, file: BinaryIO) -> int | None:
    """Compare the size the data chunk claims with the bytes there are (RIFF: Microsoft multimedia standard, 1991).

    Returns where the size stands if it is 0 although sound follows: libsndfile would take the file for empty.
    """
    while len(header := file.read(8)) == 8:  # noqa: PLR2004 - a RIFF chunk header
        name, size = struct.unpack("<4sI", header)
        if name != b"data":
            file.seek(size + size % 2, 1)
            continue
        there = path.stat().st_size - file.tell()
        if size > there and size not in _UNKNOWN_SIZES:
            raise BadAudio(f"{path} is truncated: its header promises {size} bytes of sound, {there} are there")
        size_at = file.tell() - 4
        return size_at if size == 0 and there and not _is_chunks(file, there) else None
    raise BadAudio(f"{path} is truncated: its header ends before any sound")


def _is_chunks(file: BinaryIO, left: int) -> bool:
    """Whether the rest of the file, of `left` bytes, is whole RIFF chunks (titles, cue points) and not sound."""
    while left > 0:
        header = file.read(8)
        name, size = struct.unpack("<4sI", header.ljust(8, b"\0"))
        if not (name.isascii() and name.decode("ascii").isprintable()):
            return False
        left -= 8 + size + size % 2
        file.seek(size + size % 2, 1)
    return left >= -1  # some programs leave out the last byte of padding


def _check_format(path: Path, file: soundfile.SoundFile) -> None:
    if not MIN_RATE_HZ <= file.samplerate <= MAX_RATE_HZ:
        raise BadAudio(f"{path} has {file.samplerate} samples a second: 8000 to 96000 are understood")


def _reason(error: soundfile.LibsndfileError) -> str:
    return str(error.error_string).rstrip(". ")
