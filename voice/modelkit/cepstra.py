"""Mel cepstra of many recordings at once in PyTorch, equal to `mfcc` (a test holds them together), and their mel bands.

Source: Kaldi's feat/feature-window.cc and feat/mel-computations.cc, with the settings of topology.MFCC_CONF.  A warp
stretches the frequencies as another length of the vocal tract would (Jaitly and Hinton 2013, after Lee and Rose 1996).
"""

import math
from collections.abc import Sequence
from typing import Final

import torch

from voice.modelkit.batches import TO_CEPSTRA
from voice.modelkit.topology import FEATURES, MFCC_CONF, RATE_HZ

FRAME, SHIFT = 400, 160  # samples: 25 and 10 ms
_PADDED: Final = 512
_BINS: Final = _PADDED // 2
_PREEMPHASIS: Final = 0.97
_FLOOR: Final = torch.finfo(torch.float32).eps  # of a band's energy
_LOW_HZ, _HIGH_HZ = float(MFCC_CONF["low-freq"]), float(MFCC_CONF["high-freq"])
_BEND_HZ: Final = 5800.0  # above it a warp is undone, so that it ends at the highest frequency


class MelBands:
    """Logarithms of the energies in 40 mel bands, each recording with one of the warps (1.0 changes nothing)."""

    def __init__(self, warps: Sequence[float], device: str) -> None:
        self._analysis = _analysis().to(device)
        self._banks = torch.stack([_bank(warp) for warp in warps]).to(device)  # (warps, bins, bands)

    def __call__(self, waves: torch.Tensor, warps: torch.Tensor) -> torch.Tensor:
        """(rows, samples) on the scale of int16 and the (rows,) numbers of their warps to (rows, frames, 40)."""
        spectrum = waves.unfold(1, FRAME, SHIFT) @ self._analysis
        power = spectrum[..., :_BINS].square() + spectrum[..., _BINS:].square()
        return torch.bmm(power, self._banks[warps]).clamp(min=_FLOOR).log()


def cepstra(bands: torch.Tensor) -> torch.Tensor:
    """Cepstra (..., 40) of the logarithms of mel bands."""
    return bands @ TO_CEPSTRA.to(bands.device).T


def _analysis() -> torch.Tensor:
    """All that is linear in one matrix (400, 512): no offset, pre-emphasis, Povey's window, the Fourier transform."""
    place = torch.arange(FRAME, dtype=torch.float64) * (2 * math.pi / (FRAME - 1))
    steps = torch.eye(FRAME, dtype=torch.float64) - 1 / FRAME
    before = torch.cat([steps[:, :1], steps[:, :-1]], 1)
    windowed = (steps - _PREEMPHASIS * before) * (0.5 - 0.5 * place.cos()) ** 0.85
    spectrum = torch.fft.rfft(windowed, _PADDED)[:, :-1]
    return torch.cat([spectrum.real, spectrum.imag], 1).float()


def _bank(warp: float) -> torch.Tensor:
    """Triangles over the mel scale: the weights (256, 40) of the bins of the spectrum in each band."""
    hz = torch.arange(_BINS, dtype=torch.float64) * (RATE_HZ / _PADDED)
    bend = _BEND_HZ / max(1.0, warp)
    above = _HIGH_HZ - (_HIGH_HZ - hz) * (_HIGH_HZ - warp * bend) / (_HIGH_HZ - bend)
    places = _mel(torch.where(hz < bend, hz * warp, above) if warp != 1 else hz)[:, None]
    low, high = (_mel(torch.tensor(edge, dtype=torch.float64)) for edge in (_LOW_HZ, _HIGH_HZ))
    width = (high - low) / (FEATURES + 1)
    centres = low + width * torch.arange(1, FEATURES + 1, dtype=torch.float64)
    return (1 - (places - centres).abs() / width).clamp(min=0).float()


def _mel(hz: torch.Tensor) -> torch.Tensor:
    return 1127 * (1 + hz / 700).log()
