"""Scenes to learn from: a few clips one after another, clean, and which unit sounds when.

All scenes are equally long, so that a batch of them is one tensor and `surroundings` renders all of it at once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from intents.morae import to_units
from voice.modelkit.alignment import UnitPath
from voice.modelkit.cepstra import FRAME, SHIFT
from voice.modelkit.checkpoints import Checkpoint
from voice.modelkit.mfcc import mfcc
from voice.modelkit.shards import Clip, Example, Wave
from voice.modelkit.supervision import align
from voice.modelkit.topology import RATE_HZ, SUBSAMPLING

OUTPUTS: Final = 320  # outputs of the network in a scene
_STEP: Final = SHIFT * SUBSAMPLING  # samples of one output
SAMPLES: Final = (OUTPUTS * SUBSAMPLING - 1) * SHIFT + FRAME  # of a scene: 9.6 s
_EDGE: Final = 12  # outputs of silence around a clip that is aligned
_HISS: Final = 5.0  # of that silence, on the scale of int16
_FASTER_SHARE: Final = 0.4  # of the clips are heard at another speed and pitch
_WORDLESS_SHARE: Final = 0.06  # of the scenes
_LONG_PAUSE_SHARE: Final = 0.3
_PAUSE, _LONG_PAUSE = (2, 22), (22, 60)  # outputs before a clip
_LEVEL_DB: Final = 3.0  # by which clips of a scene differ


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A clip and the unit of every output frame in it."""

    wave: Wave
    path: UnitPath


@dataclass(frozen=True, slots=True, eq=False)
class Scenes:
    """A batch of scenes."""

    waves: npt.NDArray[np.float32]  # (rows, SAMPLES), speech at the level 1
    paths: UnitPath  # (rows, OUTPUTS)


def said(clips: Sequence[Clip], teacher: Checkpoint, rng: np.random.Generator) -> list[Said]:
    """Align clips, some of them at another speed, by what the teacher hears in them."""
    fast = [_at_some_speed(clip, rng) for clip in clips]
    fitting = [clip for clip in fast if len(clip.wave) < SAMPLES - (_EDGE + _LONG_PAUSE[1]) * _STEP]
    examples = [Example(mfcc(_framed(clip.wave, rng)), np.array(to_units(clip.reading), np.int64)) for clip in fitting]
    paths = align(teacher.model, examples, teacher.log_prior)
    return [
        Said(clip.wave, path[_EDGE : _EDGE + _outputs(clip.wave)]) for clip, path in zip(fitting, paths, strict=True)
    ]


def draw_scenes(pool: Sequence[Said], rows: int, rng: np.random.Generator) -> Scenes:
    """Clips at random with pauses between them; some scenes have no word."""
    waves, paths = np.zeros((rows, SAMPLES), np.float32), np.zeros((rows, OUTPUTS), np.int64)
    for wave, path in zip(waves, paths, strict=True):
        at = OUTPUTS if rng.random() < _WORDLESS_SHARE else _pause(rng)
        while at < OUTPUTS:
            one = pool[int(rng.integers(len(pool)))]
            if at + len(one.path) > OUTPUTS:
                break
            speech = one.wave * (10 ** (rng.uniform(-_LEVEL_DB, _LEVEL_DB) / 20) / (one.wave.std() + 1.0))
            wave[at * _STEP : at * _STEP + len(speech)] = speech
            path[at : at + len(one.path)] = one.path
            at += len(one.path) + _pause(rng)
    return Scenes(waves, paths)


def _pause(rng: np.random.Generator) -> int:
    return int(rng.integers(*(_LONG_PAUSE if rng.random() < _LONG_PAUSE_SHARE else _PAUSE)))


def _outputs(wave: Wave) -> int:
    return math.ceil(len(wave) / _STEP)


def _at_some_speed(clip: Clip, rng: np.random.Generator) -> Clip:
    """0.85 to 1.2 times as fast and as high."""
    if rng.random() >= _FASTER_SHARE:
        return clip
    wave = resample_poly(clip.wave.astype(np.float32), 20, int(rng.integers(17, 25)))
    return Clip(wave=np.clip(wave, -32768, 32767).astype(np.int16), reading=clip.reading)


def _framed(wave: Wave, rng: np.random.Generator) -> npt.NDArray[np.floating]:
    """A clip in silence, a little longer than its outputs, so that every output has its frames."""
    framed = rng.standard_normal((_outputs(wave) + 2 * _EDGE) * _STEP + RATE_HZ // 50) * _HISS
    framed[_EDGE * _STEP : _EDGE * _STEP + len(wave)] += wave
    return framed
