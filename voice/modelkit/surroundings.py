"""Rooms, noises and microphones for many scenes at once, in PyTorch.

Rooms and noises are made of random numbers before the training begins (`noises`, voices for the babble); what varies is
which of them meet, where they begin, how loud they are and how the microphone colours them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from scipy.signal import butter, sosfilt

from voice.modelkit.augment import babble
from voice.modelkit.noises import Signal, any_noise
from voice.modelkit.scenes import SAMPLES
from voice.modelkit.shards import Wave
from voice.modelkit.topology import RATE_HZ

_TINY: Final = 1e-9
_LENGTH: Final = 2 * SAMPLES  # samples of a noise
_BABBLE_SHARE: Final = 0.3  # of the noises are voices
_FAR_SHARE: Final = 0.45  # of the rooms are heard from afar
_NEAR_S, _FAR_S = (0.08, 0.5), (0.25, 1.6)  # until a room is silent
_TRANSFORMED: Final = 180_000  # samples: a scene and its room
# How often a scene has each of these.
_ROOM_SHARE, _NOISE_SHARE, _SECOND_SHARE, _BAND_SHARE, _CLIP_SHARE = 0.45, 0.85, 0.25, 0.25, 0.05
_SNR_DB: Final = (-3.0, 27.0)
_LOUDEST_BLOW: Final = 10.0  # peak of a noise over the level of the speech
_HISS_DB: Final = (40.0, 70.0)  # below the speech
_COLOUR_DB: Final = 3.0  # how much a microphone colours, at each of some frequencies
_COLOURS: Final = 10  # of them
_QUIETEST_DB, _LOUDEST_DB = -32.0, -1.0  # peaks of a recording, of full scale
_FULL_SCALE: Final = 32767.0


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A batch of scenes as microphones heard them, and without room, noise and microphone, on the scale of int16."""

    heard: torch.Tensor  # (rows, SAMPLES)
    clean: torch.Tensor


class Surroundings:
    """Rooms and noises to draw from."""

    def __init__(
        self, rng: np.random.Generator, voices: Sequence[Wave], *, rooms: int, noises: int, device: str
    ) -> None:
        made = np.stack([_noise(rng, voices) for _ in range(noises)])
        self._noises = torch.from_numpy(made)
        echoes = [torch.from_numpy(_room(rng).astype(np.float32)) for _ in range(rooms)]
        self._rooms = torch.stack([torch.fft.rfft(echo, _TRANSFORMED).to(torch.complex64) for echo in echoes])
        self._device = device

    def render(self, waves: npt.NDArray[np.float32], rng: np.random.Generator) -> Heard:
        """Render (rows, SAMPLES) of clean speech at the level 1."""
        speech = torch.from_numpy(waves).to(self._device)
        spectra = torch.fft.rfft(speech, _TRANSFORMED)
        for row in np.nonzero(rng.random(len(waves)) < _ROOM_SHARE)[0]:
            spectra[row] *= self._rooms[int(rng.integers(len(self._rooms)))].to(self._device)
        noise = np.stack([self._noise_of_a_scene(rng) for _ in waves])
        spectra += torch.fft.rfft(torch.from_numpy(noise).to(self._device), _TRANSFORMED)
        spectra *= torch.from_numpy(np.stack([_microphone(rng) for _ in waves])).to(self._device)
        heard = torch.fft.irfft(spectra, _TRANSFORMED)[:, :SAMPLES]
        hiss = 10 ** (-rng.uniform(*_HISS_DB, (len(waves), 1)) / 20)
        clean = speech + torch.randn_like(speech) * _column(hiss, speech)
        return Heard(_recorded(heard, rng), (clean * (_FULL_SCALE / 10) / clean.abs().amax(1, keepdim=True)).round())

    def _noise_of_a_scene(self, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """One or two noises at a level below that of the speech, or a hiss."""
        if rng.random() >= _NOISE_SHARE:
            hiss = rng.standard_normal(SAMPLES, np.float32) * 10 ** (-rng.uniform(*_HISS_DB) / 20)
            return hiss.astype(np.float32)
        noise = self._part(rng)
        if rng.random() < _SECOND_SHARE:
            noise = noise + self._part(rng) * np.float32(rng.uniform(0.2, 1.0))
        noise *= 10 ** (-rng.uniform(*_SNR_DB) / 20) / (noise.std() + _TINY)
        limited: npt.NDArray[np.float32] = (noise * min(1.0, _LOUDEST_BLOW / np.abs(noise).max())).astype(np.float32)
        return limited

    def _part(self, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        begin = int(rng.integers(_LENGTH - SAMPLES))
        whole: npt.NDArray[np.float16] = self._noises[int(rng.integers(len(self._noises)))].numpy()
        return whole[begin : begin + SAMPLES].astype(np.float32)


def _noise(rng: np.random.Generator, voices: Sequence[Wave]) -> npt.NDArray[np.float16]:
    of_voices = rng.random() < _BABBLE_SHARE and len(voices) > 0
    noise = babble(rng, voices, _LENGTH) if of_voices else any_noise(rng, _LENGTH)
    return np.clip(noise, -1e4, 1e4).astype(np.float16)


def _room(rng: np.random.Generator) -> Signal:
    """The direct sound, a few early echoes, and noise that decays by 60 dB, in many rooms faster at high pitch.

    Source: Polack's model of late reverberation, one decay for each half of the spectrum.
    """
    far = rng.random() < _FAR_SHARE
    decay_s = rng.uniform(*(_FAR_S if far else _NEAR_S))
    tail = _decaying(rng, decay_s)
    low = butter(2, rng.uniform(800, 4000), fs=RATE_HZ, output="sos")
    duller = _decaying(rng, decay_s * rng.uniform(0.3, 1.0))
    tail = sosfilt(low, tail)
    tail[: len(duller)] += duller - sosfilt(low, duller)
    tail[: int(rng.uniform(16, 160))] = 0
    for at in rng.integers(16, min(len(tail), 800), int(rng.integers(0, 7))):
        tail[at] += rng.uniform(-0.5, 0.5) * np.abs(tail).max() * 3
    tail *= (rng.uniform(0.7, 2.2) if far else rng.uniform(0.1, 0.9)) / (np.sqrt((tail**2).sum()) + _TINY)
    tail[0] = 1.0
    level_one: Signal = tail / np.sqrt((tail**2).sum())
    return level_one


def _decaying(rng: np.random.Generator, decay_s: float) -> Signal:
    size = max(1000, int(RATE_HZ * decay_s))
    noise: Signal = rng.standard_normal(size) * 10 ** (-3 * np.arange(size) / size)
    return noise


def _microphone(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """The gain at every frequency of the transform: a smooth colour; some pass only a band, as a telephone does."""
    hz = np.fft.rfftfreq(_TRANSFORMED, 1 / RATE_HZ)[1:]
    places = np.geomspace(50, RATE_HZ / 2, _COLOURS)
    decibels = np.interp(hz, places, rng.normal(0, _COLOUR_DB, _COLOURS))
    gain = 10 ** (decibels / 20)
    if rng.random() < _BAND_SHARE:
        low, high, steep = rng.uniform(80, 550), rng.uniform(3000, 7000), rng.integers(2, 9)
        gain /= np.sqrt((1 + (low / hz) ** (2 * steep)) * (1 + (hz / high) ** (2 * steep)))
    return np.concatenate([[0.0], gain]).astype(np.float32)


def _recorded(sound: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Bring the peaks to -1 to -32 dB of full scale; some recordings are clipped at half of it."""
    peak = 10 ** (rng.uniform(_QUIETEST_DB, _LOUDEST_DB, (len(sound), 1)) / 20) * _FULL_SCALE
    limit = np.where(rng.random(peak.shape) < _CLIP_SHARE, 0.5, 1.0) * peak
    scaled = sound * (_column(peak, sound) / (sound.abs().amax(1, keepdim=True) + _TINY))
    return scaled.minimum(_column(limit, sound)).maximum(-_column(limit, sound)).round()


def _column(values: npt.NDArray[np.floating], like: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(like.device)
