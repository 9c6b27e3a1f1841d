"""How many units the network alone gets wrong, without graph and decoder: the figure to watch while training."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from rapidfuzz.distance import Levenshtein

from intents.morae import to_units
from voice.modelkit.batches import output_frames
from voice.modelkit.mfcc import mfcc
from voice.modelkit.network import Tdnn
from voice.modelkit.shards import Clip, Wave


def posteriors(model: Tdnn, wave: Wave) -> npt.NDArray[np.float32]:
    """Log-probabilities (output frames, 39) of one recording, exactly the frames Vosk decodes."""
    feats = mfcc(wave)
    with torch.no_grad():
        scores: npt.NDArray[np.float32] = model(model.pad(torch.from_numpy(feats))[None])[0].numpy()
    return scores[: output_frames(feats)]


def greedy(log_probs: npt.NDArray[np.floating]) -> list[int]:
    """The best unit of every frame, repetitions and silence left out."""
    best = log_probs.argmax(1)
    return [int(unit) for i, unit in enumerate(best) if unit and (i == 0 or best[i - 1] != unit)]


def unit_error(model: Tdnn, clips: Iterable[Clip]) -> float:
    """Share of wrong units (Levenshtein distance over the units spoken); the model is left in evaluation mode."""
    model.eval()
    wrong = total = 0
    for clip in clips:
        truth: Sequence[int] = to_units(clip.reading)
        wrong += Levenshtein.distance(truth, greedy(posteriors(model, clip.wave)))
        total += len(truth)
    return wrong / max(1, total)
