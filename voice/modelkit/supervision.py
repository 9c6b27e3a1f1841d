"""What the network learns from: shards in random order, their alignments, and how often each unit was seen."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from intents.morae import UNITS
from voice.errors import SettingsError
from voice.modelkit.alignment import UnitPath, viterbi
from voice.modelkit.batches import collate, output_frames
from voice.modelkit.gaussians import UnitGaussians
from voice.modelkit.network import Tdnn
from voice.modelkit.shards import Example, load_examples

_ALIGN_PRIOR_SCALE: Final = 0.7  # of the prior that is taken off the posteriors
_ALIGN_BATCH: Final = 12  # clips
_FORGET: Final = 0.98  # what the counts of units keep at each addition
_INHERITED: Final = 1e5  # frames that the counts of a checkpoint stand for


@dataclass(frozen=True, slots=True, eq=False)
class AlignedExample(Example):
    """Features with a unit for every output frame."""

    path: UnitPath


class ShardOrder:
    """Every shard of a folder once, at random, then all again; shards that appear meanwhile join in."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self._folder, self._rng = folder, rng
        self._used: set[Path] = set()

    def all(self) -> list[Path]:
        """List the shards there are now.  Raises SettingsError when there is none."""
        paths = sorted(self._folder.glob("*.npz"))
        if not paths:
            raise SettingsError(f"no feature shards in {self._folder}: run `features` first, or give --feats")
        return paths

    def take(self, count: int) -> list[Path]:
        """Draw the next shards, fewer at the end of a round."""
        paths = self.all()
        fresh = [path for path in paths if path not in self._used]
        if not fresh:
            self._used, fresh = set(), paths
        chosen = self._rng.sample(fresh, min(count, len(fresh)))
        self._used.update(chosen)
        return chosen


class UnitCounts:
    """How often each unit was seen of late, in frames."""

    def __init__(self, log_prior: npt.NDArray[np.float64] | None = None) -> None:
        self._counts = np.ones(len(UNITS)) if log_prior is None else np.exp(log_prior) * _INHERITED

    def add(self, rows: Iterable[AlignedExample]) -> None:
        """Count new alignments, and forget a little of the old ones."""
        self._counts *= _FORGET
        for row in rows:
            self._counts += np.bincount(row.path, minlength=len(self._counts))

    @property
    def log_prior(self) -> npt.NDArray[np.float64]:
        """Natural logarithm of the share of every unit: (39,)."""
        log_prior: npt.NDArray[np.float64] = np.log(self._counts / self._counts.sum())
        return log_prior


class Alignments:
    """The alignments of every shard: by the Gaussians first, once more by the network when it is good, then kept."""

    def __init__(self, gaussians: UnitGaussians | None, model: Tdnn) -> None:
        self._gaussians, self._model = gaussians, model
        self._known: dict[Path, tuple[bool, list[UnitPath]]] = {}  # whether by the network, and paths

    def load(self, shard: Path, log_prior: npt.NDArray[np.float64], *, by_network: bool) -> list[AlignedExample]:
        """Read a shard with its alignments, its own if it has them; without Gaussians always the network's."""
        examples = load_examples(shard)
        known = [AlignedExample(row.feats, row.units, row.path) for row in examples if row.path is not None]
        if len(known) == len(examples):
            return known
        by_network = by_network or self._gaussians is None
        if shard not in self._known or (by_network and not self._known[shard][0]):
            self._known[shard] = by_network, self._align(examples, log_prior, by_network=by_network)
        paths = self._known[shard][1]
        return [AlignedExample(row.feats, row.units, path) for row, path in zip(examples, paths, strict=True)]

    def _align(
        self, examples: Sequence[Example], log_prior: npt.NDArray[np.float64], *, by_network: bool
    ) -> list[UnitPath]:
        if self._gaussians and not by_network:
            return self._gaussians.align(examples)
        return align(self._model, examples, log_prior)


def align(model: Tdnn, examples: Sequence[Example], log_prior: npt.NDArray[np.float64]) -> list[UnitPath]:
    """Paths by the network (posteriors over scaled priors); leaves it in evaluation mode."""
    model.eval()
    prior = torch.from_numpy(_ALIGN_PRIOR_SCALE * log_prior).float()
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].feats))
    scores: dict[int, npt.NDArray[np.float32]] = {}
    for low in range(0, len(order), _ALIGN_BATCH):
        some = order[low : low + _ALIGN_BATCH]
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            found = (model(collate([examples[i].feats for i in some], model, None)) - prior).numpy()
        for i, of_clip in zip(some, found, strict=True):
            scores[i] = of_clip[: output_frames(examples[i].feats)]
    return viterbi([scores[i] for i in range(len(examples))], [example.units for example in examples])
