"""Batches for the network: clips of similar length, perturbed anew every time, padded and stacked."""

import math
import random
from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
import torch

from voice.modelkit.network import Tdnn
from voice.modelkit.shards import Example, Features
from voice.modelkit.topology import FEATURES, SUBSAMPLING

Row = TypeVar("Row", bound=Example)

_LIFTER: Final = 22  # Kaldi's default --cepstral-lifter
_LENGTH_JITTER: Final = 20  # frames by which the order of lengths is blurred
# SpecAugment: how many masks, how wide at most, in mel bands and in frames.
_BAND_MASKS, _WIDEST_BAND = (0, 1, 2), 7
_TIME_MASKS, _SHORTEST_TIME, _LONGEST_TIME = (0, 1, 1, 2), 2, 14
_MASKS_A_SCENE: Final = 3  # times as many time masks: a scene is as long as three clips


def _mel_matrices() -> tuple[torch.Tensor, torch.Tensor]:
    """Log mel bands to cepstra and back (Kaldi's orthonormal DCT and liftering, feat/feature-mfcc.cc)."""
    count = np.arange(FEATURES)
    dct = np.cos(np.pi / FEATURES * (count[None, :] + 0.5) * count[:, None]) * math.sqrt(2 / FEATURES)
    dct[0] = math.sqrt(1 / FEATURES)
    lifter = 1 + 0.5 * _LIFTER * np.sin(np.pi * count / _LIFTER)
    divisor = np.where(np.abs(lifter) < 1e-3, 1.0, lifter)  # noqa: PLR2004 - a cepstrum that liftering removes
    forward, back = lifter[:, None] * dct, dct.T / divisor[None, :]
    return torch.tensor(forward, dtype=torch.float32), torch.tensor(back, dtype=torch.float32)


TO_CEPSTRA, _TO_MEL = _mel_matrices()


def perturb(feats: torch.Tensor, rng: random.Random) -> torch.Tensor:
    """Colour the microphone and mask bands and times of (frames, 40): SpecAugment, Park et al. (2019), no warping."""
    mel = feats @ _TO_MEL.T
    curve = torch.linspace(0, math.pi, FEATURES)
    mel += sum(rng.gauss(0, 0.5) * torch.cos(k * curve) / k for k in (1, 2, 3, 4)) + rng.gauss(0, 1.0)
    for _ in range(rng.choice(_BAND_MASKS)):
        width = rng.randint(1, _WIDEST_BAND)
        low = rng.randint(0, FEATURES - width)
        mel[:, low : low + width] = mel.mean()
    for _ in range(rng.choice(_TIME_MASKS)):
        width = rng.randint(_SHORTEST_TIME, _LONGEST_TIME)
        start = rng.randint(0, max(0, len(mel) - width))
        mel[start : start + width] = mel.mean(0)
    return mel @ TO_CEPSTRA.T


def coloured_and_masked(mel: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """The same for mel bands (rows, frames, 40) that come from many scenes; they are changed in place."""
    curve = torch.linspace(0, math.pi, FEATURES)
    waves = torch.stack([torch.ones(FEATURES), *(torch.cos(k * curve) / (2 * k) for k in (1, 2, 3, 4))])
    weights = torch.from_numpy(rng.standard_normal((len(mel), len(waves)), np.float32))
    mel += (weights @ waves)[:, None].to(mel.device)
    for row in mel:
        mean = row.mean(0)
        for _ in range(int(rng.choice(_BAND_MASKS))):
            low = int(rng.integers(FEATURES - _WIDEST_BAND))
            row[:, low : low + int(rng.integers(1, _WIDEST_BAND + 1))] = row.mean()
        for _ in range(int(rng.choice(_TIME_MASKS)) * _MASKS_A_SCENE):
            begin = int(rng.integers(len(row)))
            row[begin : begin + int(rng.integers(_SHORTEST_TIME, _LONGEST_TIME + 1))] = mean
    return mel


def batches(rows: Sequence[Row], rng: random.Random, frames: int) -> list[list[Row]]:
    """Cut the rows into batches of similar length that hold about `frames` feature frames, in random order."""
    out: list[list[Row]] = []
    batch: list[Row] = []
    for row in sorted(rows, key=lambda row: len(row.feats) + rng.random() * _LENGTH_JITTER):
        if batch and (len(batch) + 1) * len(row.feats) > frames:
            out.append(batch)
            batch = []
        batch.append(row)
    out += [batch] if batch else []
    rng.shuffle(out)
    return out


def collate(feats: Sequence[Features], model: Tdnn, rng: random.Random | None) -> torch.Tensor:
    """Stack clips as (batch, left + frames + right, 40), the last frame repeated; without rng they stay as they are."""
    longest = max(map(len, feats)) + model.left + model.right + SUBSAMPLING
    stacked = []
    for clip in feats:
        tensor = torch.from_numpy(clip.astype(np.float32))
        padded = model.pad(perturb(tensor, rng) if rng else tensor)
        stacked.append(torch.cat([padded, padded[-1:].expand(longest - len(padded), -1)]))
    return torch.stack(stacked)


def output_frames(feats: Features) -> int:
    """Count the outputs of the network for a clip."""
    return (len(feats) + SUBSAMPLING - 1) // SUBSAMPLING
