"""Which unit sounds in which frame: the even spread to start from, and the best path through the units of a clip.

A path has one unit (0 is silence) for every output frame, 30 ms apart.  Source: Viterbi (1967), over clips side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from intents.morae import CONSONANTS, UNIT_ID, UNITS, VOWELS
from voice.modelkit.shards import Features, Units
from voice.modelkit.topology import SUBSAMPLING

UnitPath = npt.NDArray[np.int64]  # (output frames,)
Scores = npt.NDArray[np.floating]  # (output frames, 39), any log-likelihoods

PAUSE_COST: Final = 6.0  # of a silence between two morae
_IMPOSSIBLE: Final = -1e9
_SIDE_BY_SIDE: Final = 64  # clips
_CONSONANT_IDS: Final = [UNIT_ID[consonant] for consonant in CONSONANTS]
_LENGTHS: Final = {**dict.fromkeys(VOWELS, 1.4), "H": 1.2, "N": 1.2, "cl": 1.3}  # rough durations; a consonant's:
_CONSONANT_LENGTH: Final = 0.9
_LOUD_SHARE: Final = 0.45  # of the range of the first cepstrum, which follows the loudness


def flat_targets(feats: Features, units: Units) -> UnitPath:
    """Spread the units evenly over the loud part of a clip (the flat start of Kaldi's and HTK's recipes)."""
    if not len(units):
        return np.zeros(len(feats[::SUBSAMPLING]), np.int64)
    loudness = np.convolve(feats[:, 0].astype(np.float32), np.ones(5) / 5, "same")
    threshold = loudness.min() + _LOUD_SHARE * (loudness.max() - loudness.min())
    above = np.nonzero(loudness > threshold)[0]
    first, behind = above[0], above[-1] + 1
    lengths = np.array([_LENGTHS.get(UNITS[unit], _CONSONANT_LENGTH) for unit in units])
    edges = first + (behind - first) * np.concatenate([[0], np.cumsum(lengths)]) / lengths.sum()
    where = np.searchsorted(edges, np.arange(0, len(feats), SUBSAMPLING), "right") - 1
    inside = (where >= 0) & (where < len(units))
    return np.where(inside, np.asarray(units)[np.clip(where, 0, len(units) - 1)], 0)


def viterbi(scores: Sequence[Scores], units: Sequence[Units]) -> list[UnitPath]:
    """Best paths through the units of each clip, with optional silence around the morae."""
    paths: list[UnitPath] = []
    for low in range(0, len(scores), _SIDE_BY_SIDE):
        chunk = slice(low, low + _SIDE_BY_SIDE)
        lattice = _lattice(units[chunk])
        best, back = _forward(_emissions(scores[chunk], lattice), [len(s) for s in scores[chunk]], lattice)
        for clip, of_clip in enumerate(scores[chunk]):
            paths.append(_trace(lattice, clip, len(of_clip), best[clip], back[clip]))
    return paths


@dataclass(frozen=True, slots=True, eq=False)
class _Lattice:
    """States of clips side by side: silence, unit, silence, unit, ..., silence."""

    labels: UnitPath  # (clips, states): the unit of each state
    costs: npt.NDArray[np.float64]  # (clips, states): of going there from the state before
    allowed: npt.NDArray[np.bool_]  # (clips, states): no silence behind a consonant, nothing behind the end
    units: list[int]  # (clips,): how many


def _lattice(units: Sequence[Units]) -> _Lattice:
    shape = len(units), 2 * max(map(len, units)) + 1
    labels, costs, allowed = np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape, np.bool_)
    for clip, of_clip in enumerate(units):
        end = 2 * len(of_clip)
        labels[clip, 1:end:2] = of_clip
        allowed[clip, : end + 1] = True
        allowed[clip, 2 : end + 1 : 2] &= ~np.isin(of_clip, _CONSONANT_IDS)
        costs[clip, 2:end:2] = PAUSE_COST
    return _Lattice(labels, costs, allowed, [len(of_clip) for of_clip in units])


def _emissions(scores: Sequence[Scores], lattice: _Lattice) -> npt.NDArray[np.float64]:
    """Scores of the states: (clips, frames, states)."""
    longest = max(map(len, scores))
    out = np.full((len(scores), longest, lattice.labels.shape[1]), _IMPOSSIBLE)
    for clip, of_clip in enumerate(scores):
        out[clip, : len(of_clip)] = np.where(lattice.allowed[clip], of_clip[:, lattice.labels[clip]], _IMPOSSIBLE)
    return out


def _forward(
    emissions: npt.NDArray[np.float64], lengths: Sequence[int], lattice: _Lattice
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int8]]:
    """Score of the best way into every last state, and by how many states each step came forward (0, 1, 2)."""
    best = np.full(lattice.labels.shape, _IMPOSSIBLE)
    best[:, :2] = emissions[:, 0, :2]
    back = np.zeros(emissions.shape, np.int8)
    may_skip, gap = lattice.labels != 0, np.full((len(best), 2), _IMPOSSIBLE)  # only silences are skipped
    for frame in range(1, emissions.shape[1]):
        step = np.concatenate([gap[:, :1], best[:, :-1]], 1) - lattice.costs
        skip = np.where(may_skip, np.concatenate([gap, best[:, :-2]], 1), _IMPOSSIBLE)
        choice = np.stack([best, step, skip])
        back[:, frame] = choice.argmax(0)
        running = np.array(lengths)[:, None] > frame
        best = np.where(running, choice.max(0) + emissions[:, frame], best)
    return best, back


def _trace(
    lattice: _Lattice, clip: int, frames: int, best: npt.NDArray[np.float64], back: npt.NDArray[np.int8]
) -> UnitPath:
    """Follow the best path from its end, in the last unit or the silence behind it."""
    state = 2 * lattice.units[clip]
    state -= int(best[state - 1] > best[state])
    path = np.zeros(frames, np.int64)
    for frame in range(frames - 1, -1, -1):
        path[frame] = lattice.labels[clip, state]
        state -= int(back[frame, state])
    return path
