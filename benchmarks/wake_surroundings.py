"""Rooms and noises made by calculation, to develop the wake word: no recording is among them.

Everything follows from a seed, so that what is learned on one set can be tried on another.
"""

from functools import cache

import numpy as np

from voice.audio import RECOGNITION_RATE_HZ, Samples

DECAYS_S = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.5)
BANDS = ((0, 800, 1.15), (800, 3000, 1.0), (3000, 8001, 0.65))  # Hz, and of the decay: high tones die sooner


@cache
def rooms(seed: int, count: int = len(DECAYS_S)) -> list[Samples]:
    """Impulse responses: direct sound, 6 to 13 early reflections, a tail that decays in three bands, a microphone.

    The tail is 5 dB over to 5 dB under what comes first.
    """
    rng = np.random.default_rng(seed)
    return [_room(rng, DECAYS_S[number % len(DECAYS_S)]) for number in range(count)]


def _room(rng: np.random.Generator, decay_s: float) -> Samples:
    size = int(RECOGNITION_RATE_HZ * decay_s)
    early, tail = np.zeros(size), _tail(rng, size, decay_s)
    delay = int(16 * rng.uniform(3, 9))
    tail = np.r_[np.zeros(delay), tail[:-delay]]
    early[0] = 1
    for _ in range(rng.integers(6, 14)):
        at = int(16 * rng.uniform(1, 30))
        early[at] += rng.choice((-1, 1)) * rng.uniform(0.15, 0.6) * np.exp(-at / 16 / 25)
    share_db = rng.uniform(-5, 5)
    heard = early + tail * np.sqrt((early**2).sum() * 10 ** (-share_db / 10) / (tail**2).sum())
    coloured = _coloured(rng, heard)
    return np.rint(coloured / np.abs(coloured).max() * 16_000).astype(np.int16)


def _tail(rng: np.random.Generator, size: int, decay_s: float) -> np.ndarray:
    """Noise that decays by 60 dB in that time (Polack's model), each band in its own."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    hertz, seconds = np.fft.rfftfreq(size, 1 / RECOGNITION_RATE_HZ), np.arange(size) / RECOGNITION_RATE_HZ
    tail = np.zeros(size)
    for low, high, share in BANDS:
        band = np.where((hertz >= low) & (hertz < high), spectrum, 0)
        tail += np.fft.irfft(band, size) * 10 ** (-3 * seconds / (decay_s * share))
    return tail


def _coloured(rng: np.random.Generator, heard: np.ndarray) -> np.ndarray:
    """Through a microphone that is not flat, and deaf to the lowest tones."""
    hertz = np.fft.rfftfreq(len(heard), 1 / RECOGNITION_RATE_HZ)
    gain_db = np.zeros(len(hertz))
    for order in (1, 2, 3, 4):
        gain_db += rng.normal(0, 2.5) / order**0.5 * np.cos(order * np.pi * hertz / 8000)
    spectrum = np.fft.rfft(heard) * 10 ** (gain_db / 20) * (hertz / (hertz + rng.uniform(20, 120)))
    return np.asarray(np.fft.irfft(spectrum, len(heard)))


@cache
def noises(seed: int) -> list[Samples]:
    """Cries, rotors, crackle, rain, surf, hiss, hum, ticks and buzz, 8 s each."""
    rng, size = np.random.default_rng(seed), RECOGNITION_RATE_HZ * 8
    made = [_cries(rng, size) for _ in range(4)]
    made += [_rotor(rng, size, rate) for rate in (11.0, 18.0, 90.0)]
    made += [_crackle(rng, size, each_second) for each_second in (6, 40)]
    swell = 0.15 + np.sin(np.pi * np.arange(size) / RECOGNITION_RATE_HZ / 4) ** 2
    made += [rng.standard_normal(size), rng.standard_normal(size) * swell]
    made += [*(_coloured_noise(rng, size, power) for power in (0.0, 0.5, 1.0, 0.5, 1.0, 0.7))]
    made += [_ticks(rng, size), _buzz(rng, size)]
    return [np.rint(wave / np.abs(wave).max() * 20_000).astype(np.int16) for wave in made]


def _cries(rng: np.random.Generator, size: int) -> np.ndarray:
    """Harmonic bursts with pauses, as of animals and babies."""
    wave, at = np.zeros(size), 0
    while at < size - RECOGNITION_RATE_HZ:
        length = int(RECOGNITION_RATE_HZ * rng.uniform(0.15, 0.9))
        place = np.arange(length) / length
        pitch = rng.uniform(200, 900) * (1 + rng.uniform(-0.3, 0.5) * np.sin(np.pi * place))
        phase, loudest = 2 * np.pi * np.cumsum(pitch) / RECOGNITION_RATE_HZ, rng.uniform(2, 6)
        tone = sum((np.exp(-(((k - loudest) / 2.5) ** 2)) * np.sin(k * phase) for k in range(1, 12)), np.zeros(length))
        burst = tone * np.sin(np.pi * place) ** 0.5 + 0.1 * rng.standard_normal(length) * np.sin(np.pi * place)
        wave[at : at + length] += burst * rng.uniform(0.4, 1)
        at += length + int(RECOGNITION_RATE_HZ * rng.uniform(0.1, 1.0))
    return wave


def _rotor(rng: np.random.Generator, size: int, rate_hz: float) -> np.ndarray:
    swell = np.abs(np.sin(np.pi * rate_hz * np.arange(size) / RECOGNITION_RATE_HZ)) ** rng.uniform(2, 8)
    walk = np.cumsum(rng.standard_normal(size))
    walk -= np.convolve(walk, np.ones(200) / 200, "same")
    return np.asarray(walk * swell + 0.3 * walk.std() * rng.standard_normal(size) * swell)


def _crackle(rng: np.random.Generator, size: int, each_second: int) -> np.ndarray:
    wave = 0.03 * rng.standard_normal(size)
    for at in rng.integers(0, size - 900, each_second * 8):
        decay = np.exp(-np.arange(800) / rng.uniform(15, 200))
        wave[at : at + 800] += rng.standard_normal(800) * decay * rng.uniform(0.2, 1)
    return wave


def _coloured_noise(rng: np.random.Generator, size: int, power: float) -> np.ndarray:
    """White, pink or brown noise that swells."""
    spectrum = np.fft.rfft(rng.standard_normal(size)) / np.maximum(np.arange(size // 2 + 1), 20.0) ** power
    wave = np.fft.irfft(spectrum, size)
    return np.asarray(wave * (1 + 0.7 * np.sin(np.arange(size) / rng.uniform(2e3, 2e4))))


def _ticks(rng: np.random.Generator, size: int) -> np.ndarray:
    wave, decay = np.zeros(size), np.exp(-np.arange(800) / rng.uniform(60, 200))
    for start in range(2_000, size - 800, int(rng.uniform(4_000, 12_000))):
        wave[start : start + 800] = rng.standard_normal(800) * decay
    return wave


def _buzz(rng: np.random.Generator, size: int) -> np.ndarray:
    seconds, base_hz = np.arange(size) / RECOGNITION_RATE_HZ, rng.uniform(80, 130)
    return np.asarray(sum((np.sin(2 * np.pi * base_hz * k * seconds) / k for k in range(1, 30)), np.zeros(size)))
