"""Noises of rooms, streets and machines, made of nothing but random numbers: no recording of a test is among them.

Every noise is a signal of `size` samples at 16 kHz, of any level; impulses and events come at random places, so a short
signal may have few.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, sosfilt

from voice.modelkit.topology import RATE_HZ

Signal = npt.NDArray[np.floating]
Noise = Callable[[np.random.Generator, int], Signal]

_NYQUIST_HZ: Final = RATE_HZ / 2
_HUM_SHARE, _SWELL_SHARE = 0.2, 0.3  # of coloured noise
_SILENT_DB: Final = 60  # a resonance is cut when it has decayed by so much
_HARMONICS: Final = 30
_DUTY: Final = (0.05, 0.6)  # of a rotor: the loud share of a turn


def coloured(rng: np.random.Generator, size: int) -> Signal:
    """White, pink or brown noise of any level, sometimes with mains hum or a slow swell."""
    noise = _normal(rng, size, float(rng.choice([0.0, 0.5, 1.0])))
    seconds = np.arange(size) / RATE_HZ
    if rng.random() < _HUM_SHARE:
        base_hz = rng.choice([50, 60]) * rng.integers(1, 4)
        noise += sum(np.sin(2 * np.pi * base_hz * k * seconds) / k for k in (1, 2, 3)) * rng.uniform(0.2, 1.0)
    if rng.random() < _SWELL_SHARE:
        noise *= 1 + 0.7 * np.sin(2 * np.pi * rng.uniform(0.2, 3) * seconds + rng.uniform(0, 6))
    return noise


def ticks(rng: np.random.Generator, size: int) -> Signal:
    """A clock, tapping or dripping: one to three sounds in turn, at a nearly steady pace."""
    period_s, jitter = rng.uniform(0.1, 1.1), rng.choice([0.005, 0.03, 0.15])
    count = int(size / RATE_HZ / period_s) + 2
    beats = (np.arange(count) + rng.uniform(0, 1) + rng.normal(0, jitter, count)) * period_s
    return _strokes(rng, size, beats, decay_ms=(1.0, 25.0))


def knocks(rng: np.random.Generator, size: int) -> Signal:
    """Keys, dishes, doors, steps, a touched microphone: single blows and bursts of them at random times."""
    count = 1 + rng.poisson(rng.choice([0.5, 2.0, 6.0]) * size / RATE_HZ)
    return _strokes(rng, size, rng.uniform(0, size / RATE_HZ, count), decay_ms=(3.0, 90.0))


def crackle(rng: np.random.Generator, size: int) -> Signal:
    """Fire, frying, rustling paper: very short clicks at random times, few of them loud, over a soft roar."""
    count = 1 + rng.poisson(rng.uniform(4, 120) * size / RATE_HZ)
    clicks = np.zeros(size)
    np.add.at(clicks, rng.integers(0, size, count), rng.lognormal(0, 1.2, count) * rng.choice([-1, 1], count))
    sound = _shaped(clicks, _blow(rng, decay_ms=(0.3, 8.0)))
    return _unit(sound) + rng.uniform(0.05, 0.7) * _normal(rng, size, 1.0)


def cries(rng: np.random.Generator, size: int) -> Signal:
    """A child, a dog, birds, alarms: tones with harmonics whose pitch glides, with pauses between them."""
    low_hz = float(np.exp(rng.uniform(np.log(150), np.log(2200))))
    length_s, pause_s = rng.uniform(0.08, 1.2), rng.uniform(0.05, 0.8)
    roughness, slope, body = rng.uniform(0, 0.8), rng.uniform(0.3, 1.8), _body(rng)
    sound, at = np.zeros(size), -int(rng.uniform(0, length_s) * RATE_HZ)
    while at < size:
        one = _glide(rng, low_hz * rng.uniform(0.85, 1.2), length_s * rng.uniform(0.6, 1.4), slope)
        _add(sound, one * (1 + roughness * rng.standard_normal(len(one))), at)
        at += len(one) + int(pause_s * rng.uniform(0.3, 2.0) * RATE_HZ)
    return _shaped(sound, body)


def rush(rng: np.random.Generator, size: int) -> Signal:
    """Rain, sea, wind, a fan, a crowd far away: noise in a band that swells or flutters."""
    low_hz = np.exp(rng.uniform(np.log(40), np.log(2500)))
    high_hz = min(_NYQUIST_HZ * 0.98, low_hz * rng.uniform(1.5, 30))
    band = butter(2, [low_hz, high_hz], "bandpass", fs=RATE_HZ, output="sos")
    swell = _smooth(rng, size, np.exp(rng.uniform(np.log(0.2), np.log(12))))
    noise: Signal = sosfilt(band, rng.standard_normal(size)) * np.exp(rng.uniform(0, 1.2) * swell)
    return noise


def bursts(rng: np.random.Generator, size: int) -> Signal:
    """Coughs, sneezes, breath, brushing and rubbing: noise that comes in bursts of 50 to 600 ms."""
    sound = np.zeros(size)
    for _ in range(1 + rng.poisson(rng.uniform(0.3, 2.0) * size / RATE_HZ)):
        length = int(rng.uniform(0.05, 0.6) * RATE_HZ)
        rise = rng.uniform(0.02, 0.6)
        shape = np.interp(np.linspace(0, 1, length), [0, rise, 1], [0, 1, 0]) ** rng.uniform(0.5, 3)
        burst = _shaped(rng.standard_normal(length), _body(rng)) * shape
        _add(sound, _unit(burst) * rng.lognormal(0, 0.5), int(rng.integers(-length // 2, size)))
    return sound


def machine(rng: np.random.Generator, size: int) -> Signal:
    """Motors, rotors, saws and cars: a low buzz that drifts, and noise in its rhythm."""
    pitch_hz = np.exp(rng.uniform(np.log(8), np.log(250))) * 2 ** (rng.uniform(0, 0.4) * _smooth(rng, size, 0.7))
    turn = (np.cumsum(pitch_hz) / RATE_HZ + rng.uniform(0, 1)) % 1
    loud = np.clip(turn / rng.uniform(*_DUTY), 0, 1)
    chopped = rng.standard_normal(size) * np.exp(-rng.uniform(0, 6) * loud)
    buzz = _shaped(_unit(turn - 0.5) + rng.uniform(0.1, 1.5) * _unit(chopped), _body(rng))
    return _unit(buzz) + rng.uniform(0, 0.5) * _normal(rng, size, 1.0)


# How often each is the noise of a recording.
NOISES: Final[Sequence[tuple[Noise, float]]] = (
    (coloured, 0.24), (ticks, 0.16), (knocks, 0.12), (crackle, 0.12), (cries, 0.13), (rush, 0.10), (bursts, 0.06),
    (machine, 0.07),
)  # fmt: skip


def any_noise(rng: np.random.Generator, size: int) -> Signal:
    """One of NOISES at the level 1 (root mean square)."""
    makers, shares = zip(*NOISES, strict=True)
    made: Signal = _unit(makers[int(rng.choice(len(makers), p=shares))](rng, size))
    return made


def _unit(sound: Signal) -> Signal:
    """Bring to the level 1; silence stays silence."""
    level = float(np.sqrt(np.mean(np.square(sound))))
    return sound / level if level > 0 else sound


def _shaped(sound: Signal, response: Signal) -> Signal:
    """Convolve, and cut to the length of the sound."""
    shaped: Signal = fftconvolve(sound, response)[: len(sound)]
    return shaped


def _normal(rng: np.random.Generator, size: int, power: float) -> Signal:
    """Noise at the level 1 whose amplitude falls with frequency to a power, flat below a few bands."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    spectrum /= np.maximum(np.arange(len(spectrum)), 20.0) ** power
    return _unit(np.fft.irfft(spectrum, size))


def _smooth(rng: np.random.Generator, size: int, rate_hz: float) -> Signal:
    """A random curve of variance near 1 that turns about `rate_hz` times a second."""
    knots = int(size / RATE_HZ * rate_hz) + 3
    return np.interp(np.linspace(0, knots - 1, size), np.arange(knots), rng.standard_normal(knots))


def _add(sound: Signal, one: Signal, at: int) -> None:
    """Add an event where it fits into the sound."""
    first, behind = max(0, at), min(len(sound), at + len(one))
    if first < behind:
        sound[first:behind] += one[first - at : behind - at]


def _blow(rng: np.random.Generator, decay_ms: tuple[float, float]) -> Signal:
    """What a struck thing sounds like: a few resonances that decay, and a click."""
    size = int(RATE_HZ * decay_ms[1] / 1000 * _SILENT_DB / 20)
    seconds = np.arange(size) / RATE_HZ
    sound = np.zeros(size)
    for _ in range(int(rng.integers(1, 5))):
        pitch_hz = np.exp(rng.uniform(np.log(90), np.log(7000)))
        decay_s = np.exp(rng.uniform(*np.log(decay_ms))) / 1000
        sound += rng.uniform(0.2, 1) * np.sin(2 * np.pi * pitch_hz * seconds) * np.exp(-seconds / decay_s)
    decay_s = np.exp(rng.uniform(*np.log(decay_ms))) / 2000
    return _unit(sound + rng.uniform(0, 1.5) * rng.standard_normal(size) * np.exp(-seconds / decay_s))


def _strokes(rng: np.random.Generator, size: int, beats_s: Signal, decay_ms: tuple[float, float]) -> Signal:
    """Up to three things struck in turn at the given times, not always equally hard, over a soft noise."""
    things, sound = int(rng.integers(1, 4)), np.zeros(size)
    hardness = rng.uniform(0.05, 0.6)
    for thing in range(things):
        blow, level = _blow(rng, decay_ms), rng.uniform(0.3, 1.0)
        for beat_s in beats_s[thing::things]:
            _add(sound, blow * level * rng.lognormal(0, hardness), int(beat_s * RATE_HZ))
    return _unit(sound) + rng.uniform(0, 0.3) * _normal(rng, size, float(rng.choice([0.0, 0.5, 1.0])))


def _body(rng: np.random.Generator) -> Signal:
    """An impulse response with up to four wide resonances: a throat, a box."""
    seconds = np.arange(RATE_HZ // 50) / RATE_HZ
    sound = np.zeros(len(seconds))
    sound[0] = 1.0
    for _ in range(int(rng.integers(1, 5))):
        pitch_hz, width_hz = np.exp(rng.uniform(np.log(250), np.log(6000))), rng.uniform(60, 400)
        wave = np.sin(2 * np.pi * pitch_hz * seconds) * np.exp(-np.pi * width_hz * seconds)
        sound += rng.uniform(0.2, 1.5) * wave
    return sound


def _glide(rng: np.random.Generator, pitch_hz: float, length_s: float, slope: float) -> Signal:
    """A tone with harmonics that fall by `slope`, its pitch on a curve of three points, fading in and out."""
    size = max(RATE_HZ // 50, int(length_s * RATE_HZ))
    place = np.linspace(0, 1, size)
    curve = np.interp(place, [0, rng.uniform(0.1, 0.8), 1], pitch_hz * 2 ** rng.uniform(-0.8, 0.8, 3))
    phase = 2 * np.pi * np.cumsum(curve) / RATE_HZ
    count = int(np.clip(_NYQUIST_HZ / curve.max(), 1, _HARMONICS))
    sound = sum((np.sin(k * phase) * k**-slope for k in range(1, count + 1)), np.zeros(size))
    return sound * np.interp(place, [0, 0.1, 0.7, 1], [0, 1, 1, 0])
