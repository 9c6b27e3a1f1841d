"""How loud a recording is, and whether that will do.  Pure."""

from dataclasses import dataclass
from enum import StrEnum
from math import log10
from typing import Final

import numpy as np

from voice.audio import AudioChunk, Samples

FULL_SCALE: Final = 32_768.0
NOTHING_BELOW_DBFS: Final = -72.0  # peak; the noise of the cheapest microphone lies above it, a muted one gives zeros
QUIET_BELOW_DBFS: Final = -42.0  # the loudest 300 ms; speech at 1 m has about -30
CLIPPED_FROM: Final = 32_700
CLIPPED_SAMPLES: Final = 8  # so many of them at 16 kHz are heard as distortion; a knock may give a few
WINDOW_MS: Final = 300


class Verdict(StrEnum):
    """What is to be said about a recording."""

    FINE = "fine"
    NOTHING = "nothing"  # not even noise
    TOO_QUIET = "too quiet"
    CLIPPED = "clipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Loudness of a recording in dB of full scale (a square wave as loud as can be has 0); None: digital silence."""

    peak_dbfs: float | None
    rms_dbfs: float | None
    loudest_dbfs: float | None  # RMS of the loudest 300 ms
    clipped_samples: int

    @property
    def verdict(self) -> Verdict:
        """Whether a recogniser can work with it."""
        if self.peak_dbfs is None or self.peak_dbfs < NOTHING_BELOW_DBFS:
            return Verdict.NOTHING
        if self.clipped_samples >= CLIPPED_SAMPLES:
            return Verdict.CLIPPED
        if self.loudest_dbfs is None or self.loudest_dbfs < QUIET_BELOW_DBFS:
            return Verdict.TOO_QUIET
        return Verdict.FINE


def level_of(sound: AudioChunk) -> Level:
    """The level of a sound; an empty one is silence."""
    samples = sound.samples.astype(np.float64)
    window = max(1, sound.rate_hz * WINDOW_MS // 1000)
    loudest = max(_rms(samples[i : i + window]) for i in range(0, max(1, len(samples) - window + 1), window))
    return Level(
        peak_dbfs=_dbfs(float(np.abs(samples).max(initial=0.0))),
        rms_dbfs=_dbfs(_rms(samples)),
        loudest_dbfs=_dbfs(loudest),
        clipped_samples=int((np.abs(samples) >= CLIPPED_FROM).sum()),
    )


def bar(level: Level, width: int = 30) -> str:
    """A level as a bar for a terminal: -60 dBFS is empty, 0 is full."""
    filled = 0 if level.rms_dbfs is None else round(width * max(0.0, 1 + level.rms_dbfs / 60))
    return "#" * filled + "." * (width - filled)


def tone(*, frequency_hz: float = 660.0, ms: int = 1_000, rate_hz: int = 48_000, peak: float = 0.25) -> AudioChunk:
    """A test tone that fades in and out, so that it does not click."""
    seconds = np.arange(rate_hz * ms // 1000) / rate_hz
    fade = np.clip(np.minimum(seconds, seconds[::-1]) / 0.02, 0.0, 1.0)
    wave: Samples = np.rint(np.sin(2 * np.pi * frequency_hz * seconds) * fade * peak * 32_767).astype(np.int16)
    return AudioChunk(samples=wave, rate_hz=rate_hz)


def _rms(samples: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def _dbfs(amplitude: float) -> float | None:
    return 20 * log10(amplitude / FULL_SCALE) if amplitude > 0 else None
