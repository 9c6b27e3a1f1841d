"""Recordings made to sound as if they came from other speakers, rooms, noises and microphones, at random."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

from voice.modelkit.shards import Wave
from voice.modelkit.topology import RATE_HZ

Signal = npt.NDArray[np.floating]

_TINY: Final = 1e-9  # never divide by silence
# How often a rendering has each of these.
_SPEED_SHARE, _ROOM_SHARE, _NOISE_SHARE, _BABBLE_SHARE, _BAND_SHARE, _CLIP_SHARE = 0.7, 0.4, 0.75, 0.35, 0.15, 0.05
_HUM_SHARE, _SWELL_SHARE = 0.2, 0.3  # of the noises


def augment(wave: npt.NDArray[np.generic], rng: np.random.Generator, pool: Sequence[Wave]) -> Wave:
    """Render a clean recording (any scale) anew, a little longer; `pool` has the voices of a babble."""
    sound: Signal = wave.astype(np.float32)
    if rng.random() < _SPEED_SHARE:  # speed and pitch together, 0.85 to 1.2 times
        sound = resample_poly(sound, 20, int(rng.integers(17, 25))).astype(np.float32)
    sound = np.concatenate([_silence(rng, 0.05, 0.6), sound, _silence(rng, 0.15, 0.8)])
    sound = sound / (np.sqrt((sound**2).mean()) + _TINY)
    if rng.random() < _ROOM_SHARE:
        sound = fftconvolve(sound, room(rng))[: len(sound)]
    sound = _with_noise(sound, rng, pool)
    if rng.random() < _BAND_SHARE:
        band = [rng.uniform(80, 350), rng.uniform(3200, 7000)]
        sound = sosfilt(butter(3, band, "bandpass", fs=RATE_HZ, output="sos"), sound)
    return _recorded(sound, rng)


def coloured_noise(rng: np.random.Generator, size: int) -> Signal:
    """White, pink or brown noise of any level, sometimes with mains hum or a slow swell."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    power = rng.choice([0.0, 0.5, 1.0])
    spectrum /= np.maximum(np.arange(len(spectrum)), 20.0) ** power
    noise = np.fft.irfft(spectrum, size)
    noise /= noise.std() + _TINY
    seconds = np.arange(size) / RATE_HZ
    if rng.random() < _HUM_SHARE:
        base_hz = rng.choice([50, 60]) * rng.integers(1, 4)
        noise += sum(np.sin(2 * np.pi * base_hz * k * seconds) / k for k in (1, 2, 3)) * rng.uniform(0.2, 1.0)
    if rng.random() < _SWELL_SHARE:
        noise *= 1 + 0.7 * np.sin(2 * np.pi * rng.uniform(0.2, 3) * seconds + rng.uniform(0, 6))
    return noise


def room(rng: np.random.Generator) -> Signal:
    """A room impulse response: the direct sound and noise that decays by 60 dB (Polack's model of late reverberation)."""
    decay_s = rng.uniform(0.08, 0.5)
    size = int(RATE_HZ * decay_s)
    tail: Signal = rng.standard_normal(size) * 10 ** (-3 * np.arange(size) / size)
    tail[: int(rng.uniform(16, 120))] = 0
    tail *= rng.uniform(0.1, 0.9) / (np.sqrt((tail**2).sum()) + _TINY)
    tail[0] = 1.0
    return tail


def _silence(rng: np.random.Generator, least_s: float, most_s: float) -> Signal:
    return np.zeros(int(RATE_HZ * rng.uniform(least_s, most_s)))


def _with_noise(sound: Signal, rng: np.random.Generator, pool: Sequence[Wave]) -> Signal:
    """Add noise 5 to 35 dB below the level 1, or a hiss of 40 to 70 dB below it."""
    if rng.random() >= _NOISE_SHARE:
        return sound + rng.standard_normal(len(sound)) * 10 ** (-rng.uniform(40, 70) / 20)
    noise = coloured_noise(rng, len(sound))
    if rng.random() < _BABBLE_SHARE:
        noise = noise * 0.2
        for _ in range(int(rng.integers(2, 7))):
            noise += _another_voice(rng, pool, len(sound))
    noise *= 10 ** (-rng.uniform(5, 35) / 20) / (noise.std() + _TINY)
    return sound + noise


def _another_voice(rng: np.random.Generator, pool: Sequence[Wave], size: int) -> Signal:
    other = pool[int(rng.integers(len(pool)))].astype(np.float32)
    return np.roll(np.resize(other / (other.std() + _TINY), size), int(rng.integers(size)))


def _recorded(sound: Signal, rng: np.random.Generator) -> Wave:
    """Bring the peak to -1 to -30 dB of full scale; some recordings are clipped at half of it."""
    peak = 10 ** (-rng.uniform(1, 30) / 20) * 32767
    sound = sound * (peak / (np.abs(sound).max() + _TINY))
    if rng.random() < _CLIP_SHARE:
        sound = np.clip(sound, -peak * 0.5, peak * 0.5)
    return np.rint(sound).astype(np.int16)
