"""How long after it was played a sound comes back: loudspeaker, room and both devices' buffers together.

Generalised cross-correlation with phase transform (Knapp and Carter, 1976) over some seconds in which something is played.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice.audio import RECOGNITION_RATE_HZ

Wave = NDArray[np.float64]

_WINDOW: Final = RECOGNITION_RATE_HZ  # samples that are compared
_EVERY: Final = RECOGNITION_RATE_HZ // 4
_SIZE: Final = 32_768
_KEEPS: Final = 0.7
_SURE: Final = 9.0  # the peak over the mean
_TWICE: Final = 2  # findings that agree,
_OFTEN: Final = 8  # and where the filter works well with what it has
_AGREE: Final = RECOGNITION_RATE_HZ * 5 // 1000
_HEADROOM: Final = RECOGNITION_RATE_HZ * 30 // 1000  # the echo may come that much sooner than found
_OFF: Final = RECOGNITION_RATE_HZ * 40 // 1000  # what the filter can follow by itself
_QUIET: Final = 1e-6


class EchoDelay:
    """Delays what was played to where its echo begins.  Blocks must be equally long."""

    MOST_S: Final = 0.6

    def __init__(self) -> None:
        most = int(self.MOST_S * RECOGNITION_RATE_HZ)
        self._heard: Wave = np.zeros(_WINDOW)
        self._played: Wave = np.zeros(_WINDOW + most)
        self._most = most
        self._cross = np.zeros(_SIZE // 2 + 1, np.complex128)
        self._since = 0
        self._size = 0
        self._last, self._agreed = 0, 0
        self.samples = 0  # by which the reference is held back

    def take(self, heard: Wave, played: Wave, *, is_settled: bool) -> bool:
        """Take the next block of both; whether the delay changed, for which a settled filter wants more evidence."""
        self._size = len(heard)
        self._heard = np.concatenate([self._heard[len(heard) :], heard])
        self._played = np.concatenate([self._played[len(played) :], played])
        self._since += len(heard)
        if self._since < _EVERY or min(np.mean(self._played[-_WINDOW:] ** 2), np.mean(self._heard**2)) < _QUIET:
            return False
        self._since = 0
        return self._moved_to(self._found(), _OFTEN if is_settled else _TWICE)

    def delayed(self) -> Wave:
        """What was played when the last block's echo was."""
        end = len(self._played) - self.samples
        return self._played[end - self._size : end]

    def _found(self) -> int | None:
        """The lag in samples; None where it is not clear."""
        cross = np.fft.rfft(self._heard, _SIZE) * np.fft.rfft(self._played, _SIZE).conj()
        self._cross = _KEEPS * self._cross + cross / (np.abs(cross) + 1e-12)
        lags = np.abs(np.fft.irfft(self._cross))
        early = np.roll(lags, self._most)[: self._most + 1]  # heard[n] is played[n + most - lag]
        peak = int(early.argmax())
        return peak if early[peak] > _SURE * float(early.mean()) else None

    def _moved_to(self, lag: int | None, needed: int) -> bool:
        if lag is None:
            self._agreed = 0
            return False
        self._agreed = self._agreed + 1 if abs(lag - self._last) <= _AGREE else 1
        self._last = lag
        wanted = max(0, lag - _HEADROOM)
        if self._agreed < needed or abs(wanted - self.samples) <= _OFF:
            return False
        self.samples = wanted
        return True
