"""The last step before the loudspeaker: how loud it is just now, and a memory of what left, for the echo canceller."""

import time
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice.audio import RECOGNITION_RATE_HZ, Samples

DUCKED: Final = 0.3  # of the amplitude, while somebody seems to speak
REMEMBERED_BLOCKS: Final = 500  # 10 s; who reads is never that late
_JOINS_S: Final = 0.01  # a block later than this after the end of the one before comes after a silence
_STALE_S: Final = 5.0
_TAPS: Final = 47  # of the low pass before 16 kHz


class OutputStage:
    """Volume and ducking, block by block in the audio thread, without a click; any thread may set them."""

    def __init__(self, volume_percent: int = 100, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._percent = volume_percent
        self._ducked = False
        self._gain = amplitude(volume_percent)
        self.played = PlayedSound()

    def through(self, samples: Samples, rate_hz: int) -> Samples:
        """What the loudspeaker is to play of this block; at once, for the audio thread waits."""
        wanted = amplitude(self._percent) * (DUCKED if self._ducked else 1.0)
        gains = np.linspace(self._gain, wanted, len(samples), dtype=np.float32)
        self._gain = wanted
        shaped = np.asarray(np.rint(samples * gains), np.int16)
        self.played.put(shaped, rate_hz, self._monotonic())
        return shaped

    def set_volume(self, percent: int) -> None:
        """From 0 to 100."""
        self._percent = percent

    def duck(self) -> None:
        """Be quiet, for somebody may be speaking."""
        self._ducked = True

    def unduck(self) -> None:
        """Go on as loud as before."""
        self._ducked = False

    @property
    def is_ducked(self) -> bool:
        """Whether it is quiet just now."""
        return self._ducked


def amplitude(percent: int) -> float:
    """The factor of a volume; squared, so that each step of 10 sounds alike."""
    return (min(100, max(0, percent)) / 100) ** 2


class PlayedSound:
    """What was played when, at the recognition rate; one thread puts, one takes."""

    def __init__(self) -> None:
        self._blocks: deque[tuple[float, int, Samples]] = deque(maxlen=REMEMBERED_BLOCKS)
        self._lock = Lock()
        self._rate_hz = 0
        self._resampler: _PromptResampler | None = None
        self._ready: Samples = np.zeros(0, np.int16)
        self._ready_at_s = 0.0  # when the first of them was played
        self._end_s = 0.0

    def put(self, samples: Samples, rate_hz: int, at_s: float) -> None:
        """A block that is played from that moment on."""
        with self._lock:
            self._blocks.append((at_s, rate_hz, samples))

    def take(self, from_s: float, count: int) -> Samples:
        """So many samples at 16 kHz from that moment on; zeros where nothing was played.  Moments must not go back."""
        self._collect()
        taken = np.zeros(count, np.int16)
        start = round((from_s - self._ready_at_s) * RECOGNITION_RATE_HZ)
        begin, end = max(0, start), max(0, min(len(self._ready), start + count))
        if end > begin:
            taken[begin - start : end - start] = self._ready[begin:end]
        self._forget(end)
        return taken

    def _forget(self, count: int) -> None:
        self._ready = self._ready[count:]
        self._ready_at_s += count / RECOGNITION_RATE_HZ

    def _collect(self) -> None:
        with self._lock:
            blocks = list(self._blocks)
            self._blocks.clear()
        for at_s, rate_hz, samples in blocks:
            self._append(at_s, rate_hz, samples)

    def _append(self, at_s: float, rate_hz: int, samples: Samples) -> None:
        if rate_hz != self._rate_hz or at_s - self._end_s > _JOINS_S or self._resampler is None:
            self._begin(at_s, rate_hz)
        if self._resampler is not None:
            self._ready = np.concatenate([self._ready, self._resampler.take(samples)])
        self._end_s = max(self._end_s, at_s) + len(samples) / rate_hz

    def _begin(self, at_s: float, rate_hz: int) -> None:
        """Another sound begins: until then there is silence."""
        self._rate_hz = rate_hz
        self._resampler = _PromptResampler(rate_hz)
        gap = at_s - self._ready_at_s - len(self._ready) / RECOGNITION_RATE_HZ
        if not len(self._ready) or gap > _STALE_S:
            self._ready, self._ready_at_s = np.zeros(0, np.int16), at_s
        elif gap > 0:
            silence = np.zeros(round(gap * RECOGNITION_RATE_HZ), np.int16)
            self._ready = np.concatenate([self._ready, silence])
        self._end_s = at_s


class _PromptResampler:
    """To the recognition rate, a block at a time with nothing held back: soxr keeps some 20 ms, and the echo is quicker."""

    def __init__(self, rate_hz: int) -> None:
        self._step = rate_hz / RECOGNITION_RATE_HZ
        places = np.arange(_TAPS) - (_TAPS - 1) / 2
        cut = min(1.0, 0.9 / self._step)
        taps = np.sinc(places * cut) * np.hamming(_TAPS)
        self._taps: NDArray[np.float64] = taps / taps.sum()
        self._before: NDArray[np.float64] = np.zeros(_TAPS)
        self._at = 1.0  # of the next sample, counted from the one before this block

    def take(self, samples: Samples) -> Samples:
        wave = np.concatenate([self._before, samples])
        self._before = wave[-_TAPS:]
        smooth = np.convolve(wave, self._taps, "valid")  # one more than the block: the last of the one before
        places = np.arange(self._at, len(samples) + 1e-9, self._step)
        self._at += len(places) * self._step - len(samples)
        return np.asarray(np.rint(np.interp(places, np.arange(len(smooth)), smooth)), np.int16)
