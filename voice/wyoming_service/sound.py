"""Sound of any rate, width and number of channels as 16 kHz mono s16, piece by piece."""

from typing import Final, NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.audio_files import CANCELLED
from voice.wyoming_service.errors import RequestRefused

MIN_RATE_HZ, MAX_RATE_HZ = 4_000, 384_000
MAX_CHANNELS: Final = 16
_TYPES: Final = {1: "u1", 2: "<i2", 3: "u1", 4: "<i4"}
_PACKED: Final = 3  # bytes of a sample that numpy has no type for
_AUDIBLE: Final = 1e-6  # power of a channel, of full scale's: below it nothing can be said of cancelling


class SoundFormat(NamedTuple):
    """As the protocol gives it."""

    rate_hz: int
    width_bytes: int
    channels: int

    def checked(self) -> "SoundFormat":
        """Return itself.  Raises RequestRefused when no sound can have it."""
        numbers = all(isinstance(value, int) and not isinstance(value, bool) for value in self)
        if not numbers or not MIN_RATE_HZ <= self.rate_hz <= MAX_RATE_HZ:
            raise RequestRefused("bad-audio", f"the rate must be {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz")
        if self.width_bytes not in _TYPES or not 1 <= self.channels <= MAX_CHANNELS:
            raise RequestRefused("bad-audio", f"samples must have 1 to 4 bytes, and 1 to {MAX_CHANNELS} channels")
        return self


class Conversion:
    """One stream of sound; its format may change on the way.

    Channels are mixed, unless they cancel each other (a plug wired in antiphase): from then on the loudest is heard.
    """

    def __init__(self) -> None:
        self._format: SoundFormat | None = None
        self._resampler: soxr.ResampleStream | None = None
        self._rest = b""
        self._channel: int | None = None

    def add(self, sound_format: SoundFormat, data: bytes) -> AudioChunk:
        """Convert what came; half a sample waits for its rest.  Raises RequestRefused for a format that cannot be."""
        before = []
        if sound_format != self._format:
            before.append(self._flushed())
            self._begin(sound_format.checked())
        frame = sound_format.width_bytes * sound_format.channels
        data = self._rest + data
        whole = len(data) - len(data) % frame
        self._rest = data[whole:]
        mono = self._mono(_scaled(data[:whole], sound_format))
        return _chunk([*before, self._resampled(mono)])

    def end(self) -> AudioChunk:
        """Return what the resampler still holds."""
        return _chunk([self._flushed()])

    def _begin(self, sound_format: SoundFormat) -> None:
        self._format, self._rest, self._channel = sound_format, b"", None
        rate_hz = sound_format.rate_hz
        self._resampler = (
            None if rate_hz == RECOGNITION_RATE_HZ else soxr.ResampleStream(rate_hz, RECOGNITION_RATE_HZ, 1, "float32")
        )

    def _mono(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        if frames.shape[1] == 1 or not len(frames):
            return frames[:, 0]
        mixed: NDArray[np.float32] = frames.mean(axis=1)
        power = np.square(frames).mean(axis=0)
        if self._channel is None and power.max() > _AUDIBLE and np.square(mixed).mean() < CANCELLED * power.max():
            self._channel = int(power.argmax())
        return mixed if self._channel is None else np.ascontiguousarray(frames[:, self._channel])

    def _resampled(self, mono: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._resampler.resample_chunk(mono) if self._resampler and len(mono) else mono

    def _flushed(self) -> NDArray[np.float32]:
        nothing = np.zeros(0, np.float32)
        resampler, self._resampler, self._format = self._resampler, None, None
        return resampler.resample_chunk(nothing, last=True) if resampler else nothing


def _scaled(data: bytes, sound_format: SoundFormat) -> NDArray[np.float32]:
    """Samples of shape (frames, channels), from -1.0 to 1.0; of one byte they are unsigned, as in a WAV."""
    width = sound_format.width_bytes
    raw = np.frombuffer(data, _TYPES[width])
    values = raw.astype(np.float32)
    if width == 1:
        values -= np.float32(128)
    elif width == _PACKED:
        padded = np.zeros((len(raw) // _PACKED, 4), np.uint8)
        padded[:, 1:] = raw.reshape(-1, _PACKED)
        values = padded.view("<i4")[:, 0].astype(np.float32) / np.float32(256)
    full_scale = np.float32(2 ** (8 * width - 1))
    return (values / full_scale).reshape(-1, sound_format.channels)


def _chunk(pieces: list[NDArray[np.float32]]) -> AudioChunk:
    samples: Samples = np.rint(np.clip(np.concatenate(pieces) * 32768, -32768, 32767)).astype(np.int16)
    return AudioChunk(samples=samples, rate_hz=RECOGNITION_RATE_HZ)
