"""The model's own n-gram of open speech, read back from its Gr.fst: what customers say beyond the base."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voice.modelkit.kaldi_io import Fst
from voice.modelkit.ngram import Arc, LmState, MoraLm
from voice.modelkit.topology import WORDS
from voice.models.errors import ModelDamaged
from voice.models.openfst import NotAnFst, read_header

_MAGIC_BYTES = 4
_NUMBERS = struct.Struct("<iiQqqq")  # version, flags, properties, start, states, arcs


def open_speech(model: Path, *, scale: float) -> MoraLm | None:
    """The n-gram of a mora model with a dynamic graph, its costs divided by the `scale` it was written with.

    None when the model has a static graph.  Raises ModelDamaged when Gr.fst cannot be read.
    """
    path = model / "graph" / "Gr.fst"
    if not path.exists():
        return None
    try:
        read_header(path)
        start, states, arcs = _tables(path.read_bytes())
        return _automaton(start, states, arcs, scale)
    except (NotAnFst, struct.error, ValueError, IndexError) as error:
        raise ModelDamaged(model, f"Gr.fst cannot be read ({error})") from error


def _tables(data: bytes) -> tuple[int, npt.NDArray[Any], npt.NDArray[Any]]:
    """Start, table of states, table of arcs of a ConstFst that is not aligned."""
    at = _MAGIC_BYTES
    for _ in range(2):  # the kind of transducer, the kind of arc
        (length,) = struct.unpack_from("<i", data, at)
        at += 4 + length
    _, _, _, start, states, arcs = _NUMBERS.unpack_from(data, at)
    at += _NUMBERS.size
    table = np.frombuffer(data, Fst.STATE, states, at)
    return start, table, np.frombuffer(data, Fst.ARC, arcs, at + table.nbytes)


def _automaton(start: int, states: npt.NDArray[Any], arcs: npt.NDArray[Any], scale: float) -> MoraLm:
    labels, targets = arcs["ilabel"].tolist(), arcs["target"].tolist()
    costs = (arcs["weight"] / scale).tolist()
    ends = [None if np.isinf(cost) else float(cost) / scale for cost in states["final"]]
    lm = MoraLm([LmState(end=end) for end in ends], start)
    for state, first, count in zip(lm.states, states["first"].tolist(), states["arcs"].tolist(), strict=True):
        for n in range(first, first + count):
            if labels[n]:
                state.arcs[WORDS[labels[n] - 1]] = Arc(costs[n], targets[n])
            else:
                state.backoff = Arc(costs[n], targets[n])
    return lm
