"""Recordings made to sound as if they came from other speakers, rooms, noises and microphones, at random."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

from voice.modelkit.noises import Signal, any_noise
from voice.modelkit.shards import Wave
from voice.modelkit.topology import RATE_HZ

_TINY: Final = 1e-9  # never divide by silence
# How often a rendering has each of these.
_SPEED_SHARE, _ROOM_SHARE, _NOISE_SHARE, _BAND_SHARE, _CLIP_SHARE = 0.7, 0.4, 0.75, 0.15, 0.05
_LONG_SHARE: Final = 0.35  # of the recordings have long silences around the speech
_FAR_SHARE: Final = 0.35  # of the rooms are heard from afar
_BABBLE_SHARE, _SECOND_SHARE = 0.25, 0.2  # of the noises are voices; have another noise with them
_SNR_DB: Final = (5, 30)
_LOUDEST_BLOW: Final = 10.0  # peak of a noise over the level of the speech
_HISS_DB: Final = (40, 70)  # below the speech
_CLEAN_PEAK: Final = 8000.0  # of what an alignment is made from


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """A recording as a microphone heard it, and the same, sample for sample, without room, noise and microphone."""

    heard: Wave
    clean: Wave


def augment(wave: npt.NDArray[np.generic], rng: np.random.Generator, pool: Sequence[Wave]) -> Rendering:
    """Render a clean recording (any scale) anew, a little longer; `pool` has the voices of a babble, may be empty."""
    speech: Signal = wave.astype(np.float32)
    if rng.random() < _SPEED_SHARE:  # speed and pitch together, 0.85 to 1.2 times
        speech = resample_poly(speech, 20, int(rng.integers(17, 25))).astype(np.float32)
    speech = _placed(speech / (np.sqrt((speech**2).mean()) + _TINY), rng)
    sound = fftconvolve(speech, room(rng))[: len(speech)] if rng.random() < _ROOM_SHARE else speech
    sound = _with_noise(sound, rng, pool)
    if rng.random() < _BAND_SHARE:
        band = [rng.uniform(80, 350), rng.uniform(3200, 7000)]
        sound = sosfilt(butter(3, band, "bandpass", fs=RATE_HZ, output="sos"), sound)
    return Rendering(_recorded(sound, rng), _as_int16(_hissing(speech, rng) * _CLEAN_PEAK, np.abs(speech).max()))


def room(rng: np.random.Generator) -> Signal:
    """A room impulse response: the direct sound and noise that decays by 60 dB (Polack's model of late reverberation).

    From afar the reverberation is as strong as the direct sound, or stronger.
    """
    far = rng.random() < _FAR_SHARE
    decay_s = rng.uniform(0.25, 0.9) if far else rng.uniform(0.08, 0.5)
    size = int(RATE_HZ * decay_s)
    tail: Signal = rng.standard_normal(size) * 10 ** (-3 * np.arange(size) / size)
    tail[: int(rng.uniform(16, 120))] = 0
    tail *= (rng.uniform(0.7, 1.8) if far else rng.uniform(0.1, 0.9)) / (np.sqrt((tail**2).sum()) + _TINY)
    tail[0] = 1.0
    return tail


def babble(rng: np.random.Generator, pool: Sequence[Wave], size: int) -> Signal:
    """Two to eight voices at once, some nearer than others, in a faint noise; the level is 1."""
    sound = any_noise(rng, size) * rng.uniform(0, 0.4)
    for _ in range(int(rng.integers(2, 9))):
        sound = sound + _another_voice(rng, pool, size) * rng.uniform(0.4, 1.0)
    levelled: Signal = sound / (sound.std() + _TINY)
    return levelled


def _placed(speech: Signal, rng: np.random.Generator) -> Signal:
    """Put silence around the speech; some recordings begin long before it and end long after."""
    before_s, after_s = (1.5, 1.5) if rng.random() < _LONG_SHARE else (0.6, 0.8)
    return np.concatenate([_silence(rng, 0.05, before_s), speech, _silence(rng, 0.15, after_s)])


def _silence(rng: np.random.Generator, least_s: float, most_s: float) -> Signal:
    return np.zeros(int(RATE_HZ * rng.uniform(least_s, most_s)))


def _with_noise(sound: Signal, rng: np.random.Generator, pool: Sequence[Wave]) -> Signal:
    """Add noise 5 to 30 dB below the level 1 of the speech, or a hiss of 40 to 70 dB below it."""
    if rng.random() >= _NOISE_SHARE:
        return _hissing(sound, rng)
    of_voices = rng.random() < _BABBLE_SHARE and len(pool) > 0
    noise = babble(rng, pool, len(sound)) if of_voices else any_noise(rng, len(sound))
    if rng.random() < _SECOND_SHARE:
        noise = noise + any_noise(rng, len(sound)) * rng.uniform(0.2, 1.0)
    noise = noise * 10 ** (-rng.uniform(*_SNR_DB) / 20) / (noise.std() + _TINY)
    mixed: Signal = sound + noise * min(1.0, _LOUDEST_BLOW / np.abs(noise).max())
    return mixed


def _hissing(sound: Signal, rng: np.random.Generator) -> Signal:
    return sound + rng.standard_normal(len(sound)) * 10 ** (-rng.uniform(*_HISS_DB) / 20)


def _another_voice(rng: np.random.Generator, pool: Sequence[Wave], size: int) -> Signal:
    other = pool[int(rng.integers(len(pool)))].astype(np.float32)
    return np.roll(np.resize(other / (other.std() + _TINY), size), int(rng.integers(size)))


def _recorded(sound: Signal, rng: np.random.Generator) -> Wave:
    """Bring the peak to -1 to -30 dB of full scale; some recordings are clipped at half of it."""
    peak = 10 ** (-rng.uniform(1, 30) / 20) * 32767
    sound = sound * (peak / (np.abs(sound).max() + _TINY))
    if rng.random() < _CLIP_SHARE:
        sound = np.clip(sound, -peak * 0.5, peak * 0.5)
    return _as_int16(sound, 1.0)


def _as_int16(sound: Signal, divisor: float) -> Wave:
    wave: Wave = np.clip(np.rint(sound / (divisor + _TINY)), -32768, 32767).astype(np.int16)
    return wave
