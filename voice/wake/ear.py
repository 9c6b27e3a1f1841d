"""An ear trained on one phrase: a small network over the rows of the acoustic model it was trained with.

It knows how the phrase comes out of that model in noise and in rooms, which the search for phones
(`voice.wake.matching`) cannot: that one knows how the phrase should come out. `benchmarks/fit_ear.py` trains it on
synthesised calls; a phrase without an ear, or another acoustic model, is heard by the search alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice.wake.phrases import WakePhrase

Rows = NDArray[np.float32]

LEAST_LOG: Final = -8.0  # of a log-probability: nothing is told apart below it
SCALE: Final = 4.0
TAPS: Final = 3  # of each layer
MODEL_FILE: Final = "am/final.mdl"


@dataclass(frozen=True, slots=True, eq=False)
class Dilated:
    """A layer: three rows so far apart, (3 x inputs, outputs); what is under zero is cut off."""

    weight: Rows = field(repr=False)
    bias: Rows = field(repr=False)
    apart: int  # rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EarWeights:
    """What was trained, and for what."""

    phones: tuple[str, ...]  # of the phrase
    model: str  # SHA-256 of am/final.mdl
    first: tuple[Rows, Rows] = field(repr=False)  # (units, inputs of the layers) and its bias
    layers: tuple[Dilated, ...] = field(repr=False)
    last: tuple[Rows, float] = field(repr=False)
    late: int  # rows from the phrase's end to the peak, mostly


class Ear:
    """Listens to one stream."""

    def __init__(self, weights: EarWeights) -> None:
        self._weights = weights
        self._past: list[Rows] = []
        self.reset()

    @property
    def late(self) -> int:
        """Rows from the end of the phrase to the row that is surest of it, mostly."""
        return self._weights.late

    def reset(self) -> None:
        """Begin a new stream."""
        layers = self._weights.layers
        self._past = [np.zeros((2 * layer.apart, len(layer.weight) // TAPS), np.float32) for layer in layers]

    def accept(self, logs: Rows) -> Rows:
        """Log odds that the phrase ended just now, one for each of the next rows of log-probabilities (rows, units)."""
        weight, bias = self._weights.first
        x: Rows = np.asarray((np.maximum(logs, LEAST_LOG) / SCALE + 1) @ weight + bias, np.float32)
        for number, layer in enumerate(self._weights.layers):
            x = self._through(number, layer, x)
        weight, last = self._weights.last
        return np.asarray(x @ weight + last, np.float32)

    def _through(self, number: int, layer: Dilated, x: Rows) -> Rows:
        """Every layer but the first adds to what it is given."""
        kept, size, apart = np.concatenate([self._past[number], x]), len(x), layer.apart
        self._past[number] = kept[size:]
        seen = np.concatenate([kept[place * apart : place * apart + size] for place in range(TAPS)], axis=1)
        heard: Rows = np.maximum(seen @ layer.weight + layer.bias, 0)
        return heard + x if number else heard


def ear_for(phrase: WakePhrase, model: Path) -> Ear | None:
    """The ear that was trained for this phrase with the acoustic model in this folder; None where there is none."""
    phones = tuple(phone for word in phrase.words for phone in word)
    trained = [weights for weights in shipped_ears() if weights.phones == phones]
    if not trained:
        return None
    digest = sha256((model / MODEL_FILE).read_bytes()).hexdigest()
    return next((Ear(weights) for weights in trained if weights.model == digest), None)


@cache
def shipped_ears() -> Sequence[EarWeights]:
    """All of data/ear-*.npz."""
    folder = files("voice.wake").joinpath("data")
    return tuple(_read(Path(str(file))) for file in folder.iterdir() if file.name.startswith("ear-"))


def _read(path: Path) -> EarWeights:
    with np.load(path) as data:
        found = {name: data[name] for name in data.files}
    single = {name: value.astype(np.float32) for name, value in found.items() if value.dtype == np.float16}
    return EarWeights(
        phones=tuple(str(found["phones"]).split()),
        model=str(found["model"]),
        first=(single["first"], single["first_bias"]),
        layers=tuple(
            Dilated(single[f"layer{n}"], single[f"layer{n}_bias"], int(apart)) for n, apart in enumerate(found["apart"])
        ),
        last=(single["last"], float(single["last_bias"])),
        late=int(found["late"]),
    )
