"""What is heard, unit by unit: the acoustic model of a folder (am/final.mdl) run on a stream with numpy alone.

libvosk gives words only, and its scores only once an utterance is over; a wake word needs the posteriors at once.
Read are the parts that our own models have (`voice.modelkit.nnet3` writes them). Each node keeps just the past that
others need.
"""

import re
import struct
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np

from intents.morae import UNITS
from voice.audio import Samples
from voice.modelkit.topology import SUBSAMPLING
from voice.models.errors import ModelDamaged
from voice.wake.cepstra import Cepstra, Frames

_INPUT: Final = "input"
_NODE: Final = re.compile(r"component-node name=(\S+) component=\S+ input=(.*)")
_TERM: Final = re.compile(r"Offset\((\S+), (-?\d+)\)|([a-z][\w.]*)")

Kind = Literal["affine", "relu", "log", "sum"]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A node of the network: what it does with which others; offsets in its own frames (the input's: of 10 ms)."""

    name: str
    kind: Kind
    terms: tuple[tuple[str, int], ...]
    weight: Frames = field(repr=False)  # (inputs, outputs); empty for what is not affine
    bias: Frames = field(repr=False)


def read_layers(model: Path) -> tuple[Layer, ...]:
    """The network of a model's folder, in the order of computation.  Raises ModelDamaged when it is none of ours."""
    try:
        data = (model / "am" / "final.mdl").read_bytes()
        layers = tuple(_layers(data))
    except (OSError, ValueError, IndexError, KeyError, struct.error) as error:
        raise ModelDamaged(model, f"am/final.mdl cannot be run for the wake word ({error})") from error
    if not layers or layers[-1].kind != "log" or len(layers[-2].bias) != len(UNITS):
        raise ModelDamaged(model, "am/final.mdl is not an acoustic model of morae")
    return layers


def _layers(data: bytes) -> list[Layer]:
    at = data.index(b"<Nnet3>")
    end = data.index(b"\n\n", at)
    nodes = dict(_NODE.findall(data[at:end].decode()))
    layers: list[Layer] = []
    for name, text in nodes.items():
        terms = tuple((o or plain, int(by or 0)) for o, by, plain in _TERM.findall(re.sub(r"Append|Sum", "", text)))
        scaled = tuple((source, by if source == _INPUT else by // SUBSAMPLING) for source, by in terms)
        end = data.index(f"<ComponentName> {name} ".encode(), end) + len(f"<ComponentName> {name} ")
        layers.append(_layer(name, scaled, data, end))
    return layers


def _layer(name: str, terms: tuple[tuple[str, int], ...], data: bytes, at: int) -> Layer:
    kinds: dict[bytes, Kind] = {
        b"<FixedAffineComponent>": "affine", b"<RectifiedLinearComponent>": "relu", b"<LogSoftmaxComponent>": "log",
        b"<NoOpComponent>": "sum",
    }  # fmt: skip
    kind = kinds[data[at : data.index(b" ", at)]]
    nothing = np.zeros(0, np.float32)
    if kind != "affine":
        return Layer(name, kind, terms, nothing, nothing)
    weight, at = _matrix(data, data.index(b"<LinearParams> ", at) + len(b"<LinearParams> "))
    at = data.index(b"FV ", at) + len(b"FV ")
    (length,) = struct.unpack_from("<xi", data, at)
    return Layer(name, kind, terms, np.ascontiguousarray(weight.T), np.frombuffer(data, "<f4", length, at + 5))


def _matrix(data: bytes, at: int) -> tuple[Frames, int]:
    """A matrix (outputs, inputs) as `kaldi_io.Writer.matrix` writes it, and where it ends."""
    if data[at : at + 3] == b"FM ":
        rows, columns = struct.unpack_from("<xixi", data, at + 3)
        values = np.frombuffer(data, "<f4", rows * columns, at + 13)
        return values.reshape(rows, columns), at + 13 + values.nbytes
    bits, code = {b"CM2 ": (16, "<u2"), b"CM3 ": (8, "u1")}[data[at : at + 4]]
    low, span, rows, columns = struct.unpack_from("<ffii", data, at + 4)
    codes = np.frombuffer(data, np.dtype(code), rows * columns, at + 20)
    values = (codes * np.float32(span / (2**bits - 1)) + np.float32(low)).astype(np.float32)
    return values.reshape(rows, columns), at + 20 + codes.nbytes


class Acoustics:
    """Posteriors of a stream: one row for 30 ms, log-probabilities of `intents.morae.UNITS`.

    A row comes when the sound 0.24 s after it is known (the network's right context).  Not thread-safe.
    """

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self._layers = layers
        self._cepstra = Cepstra()
        self._first = _first_frames(layers)
        self._rows: dict[str, Frames] = {}
        self._base: dict[str, int] = {}
        self.reset()

    def reset(self) -> None:
        """Begin a new stream."""
        self._cepstra.reset()
        self._base = dict(self._first)
        self._rows = {}

    def accept(self, samples: Samples) -> Frames:
        """The rows that are known now, shape (rows, 39)."""
        frames = self._cepstra.accept(samples)
        if len(frames):
            self._append(_INPUT, frames if self._rows else self._begun(frames))
            for layer in self._layers:
                self._advance(layer)
            self._forget()
        return self._handed_out(self._layers[-1].name)

    def _handed_out(self, last: str) -> Frames:
        rows = self._rows.pop(last, np.zeros((0, len(UNITS)), np.float32))
        self._base[last] += len(rows)
        return rows

    def _begun(self, frames: Frames) -> Frames:
        """The first frame stands for all before it, as in Kaldi's online decoder."""
        return np.concatenate([np.repeat(frames[:1], -self._first[_INPUT], axis=0), frames])

    def _append(self, name: str, rows: Frames) -> None:
        kept = self._rows.get(name)
        self._rows[name] = rows if kept is None else np.concatenate([kept, rows])

    def _end(self, name: str) -> int:
        return self._base[name] + len(self._rows.get(name, ()))

    def _advance(self, layer: Layer) -> None:
        start = self._end(layer.name)
        stop = min(_last(self._end(source), source, by) for source, by in layer.terms)
        if stop > start:
            self._append(layer.name, _run(layer, [self._taken(term, start, stop) for term in layer.terms]))

    def _taken(self, term: tuple[str, int], start: int, stop: int) -> Frames:
        source, by = term
        step = SUBSAMPLING if source == _INPUT else 1
        first = start * step + by - self._base[source]
        return self._rows[source][first : first + (stop - start - 1) * step + 1 : step]

    def _forget(self) -> None:
        """Drop what no later row needs."""
        needed: dict[str, int] = defaultdict(lambda: 1 << 60)
        for layer in self._layers:
            start = self._end(layer.name)
            for source, by in layer.terms:
                needed[source] = min(needed[source], start * (SUBSAMPLING if source == _INPUT else 1) + by)
        for name, first in needed.items():
            drop = max(0, min(first - self._base[name], len(self._rows.get(name, ()))))
            if drop:
                self._rows[name] = self._rows[name][drop:]
                self._base[name] += drop


def _run(layer: Layer, inputs: list[Frames]) -> Frames:
    if layer.kind == "sum":
        return np.asarray(np.add(*inputs))
    x = inputs[0] if len(inputs) == 1 else np.concatenate(inputs, axis=1)
    if layer.kind == "affine":
        return np.asarray(x @ layer.weight + layer.bias)
    if layer.kind == "relu":
        return np.maximum(x, 0)
    x = x - x.max(axis=1, keepdims=True)
    return np.asarray(x - np.log(np.exp(x).sum(axis=1, keepdims=True)))


def _last(end: int, source: str, by: int) -> int:
    """How many frames can be computed when the source is known up to `end`."""
    return (end - 1 - by) // SUBSAMPLING + 1 if source == _INPUT else end - by


def _first_frames(layers: tuple[Layer, ...]) -> dict[str, int]:
    """The first frame of every node, so that the output begins at 0."""
    first = {layer.name: 0 for layer in layers}
    first[_INPUT] = 0
    for layer in reversed(layers):
        for source, by in layer.terms:
            step = SUBSAMPLING if source == _INPUT else 1
            first[source] = min(first[source], first[layer.name] * step + by)
    return first
