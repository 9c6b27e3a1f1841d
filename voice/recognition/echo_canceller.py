"""Takes Koemado's own voice out of what the microphone hears, knowing what the loudspeaker played.

Two steps.  A partitioned frequency-domain Kalman filter learns the way from loudspeaker to microphone and subtracts the echo; it
slows down by itself while a customer talks over it (Enzner and Vary, "Frequency-domain adaptive Kalman filter for acoustic
echo control in hands-free telephones", Signal Processing 86, 2006; partitions as in Kuech, Mabande and Enzner, ICASSP 2014).
What is left of the echo is turned down where it could be no more than that.  Measured by `python -m benchmarks.barge_in`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice.audio import Samples
from voice.recognition.echo_delay import EchoDelay

BLOCK: Final = 256  # samples, 16 ms
PARTS: Final = 14  # of the filter, a block each: 224 ms of room
_KEEPS: Final = 0.999**2  # how far the room is the same a block later
_NOISE_KEEPS: Final = 0.8
_LEVEL_KEEPS: Final = 0.9
_CONVERGED: Final = 4.0  # the echo's power over what is left of it, 6 dB
_UNSURE: Final = 0.25  # of the echo, taken for left over before that
_LEFT_RISES: Final = 0.995
_OVER: Final = 6.0  # how often what may be left is taken out
_FLOOR: Final = 0.03  # of the amplitude; -30 dB
_ACTIVE: Final = 1e-6  # power of what is played, of full scale: -60 dB
_TINY: Final = 1e-12
_PLAYS_ON: Final = PARTS + 4  # blocks after the last sound for which the room may answer

Spectra = NDArray[np.complex128]
Wave = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What is left of a piece of sound; as long as the whole blocks that were known."""

    subtracted: Samples  # without the echo as far as it can be computed: as natural as it came
    suppressed: Samples  # and with what remained of it turned down: silence while nobody but the loudspeaker speaks


class EchoCanceller:
    """One stream from a microphone, one loudspeaker.  Not thread-safe."""

    def __init__(self) -> None:
        self._delay = EchoDelay()
        self._rest_heard: Samples = np.zeros(0, np.int16)
        self._rest_played: Samples = np.zeros(0, np.int16)
        self._window = np.sqrt(np.hanning(2 * BLOCK + 1)[:-1])
        self._begin()

    def _begin(self) -> None:
        bins = BLOCK + 1
        self._filter: Spectra = np.zeros((PARTS, bins), np.complex128)
        self._doubt = np.ones((PARTS, bins))
        self._played: Spectra = np.zeros((PARTS, bins), np.complex128)
        self._last_played: Wave = np.zeros(BLOCK)
        self._noise = np.full(bins, 1e-3)
        self._left = np.full(bins, _UNSURE)  # of the echo, in power
        self._levels = [_TINY, _TINY]  # of the echo and of what is left of it
        self._converged = False
        self._since_played = _PLAYS_ON
        self._last_error: Wave = np.zeros(BLOCK)
        self._last_echo: Wave = np.zeros(BLOCK)
        self._overlap: Wave = np.zeros(BLOCK)

    @property
    def has_converged(self) -> bool:
        """Whether it knows the room well enough for what is left to be somebody."""
        return self._converged

    @property
    def is_playing(self) -> bool:
        """Whether the loudspeaker can be heard."""
        return self._since_played < _PLAYS_ON

    def cancel(self, heard: Samples, played: Samples) -> Cleaned:
        """Take what was heard and what was played at the same time, equally long, at 16 kHz."""
        heard = np.concatenate([self._rest_heard, heard])
        played = np.concatenate([self._rest_played, played])
        whole = len(heard) - len(heard) % BLOCK
        self._rest_heard, self._rest_played = heard[whole:], played[whole:]
        pairs = [self._block(heard[at : at + BLOCK], played[at : at + BLOCK]) for at in range(0, whole, BLOCK)]
        if not pairs:
            return Cleaned(subtracted=np.zeros(0, np.int16), suppressed=np.zeros(0, np.int16))
        return Cleaned(subtracted=_pcm([p[0] for p in pairs]), suppressed=_pcm([p[1] for p in pairs]))

    def _block(self, heard: Samples, played: Samples) -> tuple[Wave, Wave]:
        wave = heard / 32768.0
        if self._delay.take(wave, played / 32768.0, is_settled=self._converged):
            self._begin()
        reference = self._delay.delayed()
        is_active = float(np.mean(reference**2)) > _ACTIVE
        self._since_played = 0 if is_active else self._since_played + 1
        self._played = np.concatenate([_spectrum(self._last_played, reference)[np.newaxis], self._played[:-1]])
        self._last_played = reference
        if not self.is_playing:
            return wave, self._suppressed(wave, np.zeros(BLOCK))
        echo = np.fft.irfft((self._filter * self._played).sum(axis=0))[BLOCK:]
        error = wave - echo
        if float(np.mean(error**2)) > 2 * float(np.mean(wave**2)):  # it is worse than nothing: the room has changed
            echo, error = np.zeros(BLOCK), wave
        self._learn(wave - np.fft.irfft((self._filter * self._played).sum(axis=0))[BLOCK:])
        self._judge(wave, error, is_active=is_active)
        return error, self._suppressed(error, echo)

    def _learn(self, error: Wave) -> None:
        spectrum = np.fft.rfft(np.concatenate([np.zeros(BLOCK), error]))
        powers = np.abs(self._played) ** 2
        self._noise = _NOISE_KEEPS * self._noise + (1 - _NOISE_KEEPS) * np.abs(spectrum) ** 2
        step = self._doubt / (0.5 * (self._doubt * powers).sum(axis=0) + self._noise + _TINY)
        change = np.fft.irfft(step * self._played.conj() * spectrum, axis=1)
        change[:, BLOCK:] = 0.0
        self._filter = self._filter + np.fft.rfft(change, axis=1)
        self._doubt = np.maximum(
            _KEEPS * (1 - 0.5 * step * powers) * self._doubt + (1 - _KEEPS) * np.abs(self._filter) ** 2, _TINY
        )

    def _judge(self, wave: Wave, error: Wave, *, is_active: bool) -> None:
        if not is_active:
            return
        for place, sound in enumerate((wave, error)):
            power = float(np.mean(sound**2))
            self._levels[place] = _LEVEL_KEEPS * self._levels[place] + (1 - _LEVEL_KEEPS) * power
        self._converged = self._converged or self._levels[0] > _CONVERGED * self._levels[1] > 0

    def _suppressed(self, error: Wave, echo: Wave) -> Wave:
        """Half-overlapping blocks, one block late."""
        spectrum = np.fft.rfft(np.concatenate([self._last_error, error]) * self._window)
        estimate = np.abs(np.fft.rfft(np.concatenate([self._last_echo, echo]) * self._window)) ** 2
        self._last_error, self._last_echo = error, echo
        shaped = np.fft.irfft(spectrum * self._gain(np.abs(spectrum) ** 2, estimate)) * self._window
        ready = shaped[:BLOCK] + self._overlap
        self._overlap = shaped[BLOCK:]
        return np.asarray(ready)

    def _gain(self, power: NDArray[np.float64], echo: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self.is_playing:
            return np.ones(BLOCK + 1)
        if not self._converged:
            return np.full(BLOCK + 1, _FLOOR)
        share = np.minimum(power / (echo + _TINY), 1.0)
        heard = echo > np.mean(echo) / 10
        falls = np.where(share < self._left, 0.9, _LEFT_RISES)
        self._left = np.where(heard, falls * self._left + (1 - falls) * share, self._left)
        smooth = np.convolve(np.pad(echo, 2, mode="edge"), np.full(5, 0.2), "valid")
        gain = 1 - _OVER * self._left * smooth / (power + _TINY)
        return np.asarray(np.sqrt(np.maximum(gain, _FLOOR**2)))


def _spectrum(before: Wave, now: Wave) -> Spectra:
    return np.asarray(np.fft.rfft(np.concatenate([before, now])))


def _pcm(waves: list[Wave]) -> Samples:
    return np.clip(np.rint(np.concatenate(waves) * 32768.0), -32768, 32767).astype(np.int16)
