"""Write the binary files that Kaldi and OpenFst read: tokens, matrices, nnet3 components, transducers.

Sources: Kaldi's base/io-funcs-inl.h (a basic type is one byte of size, then little-endian data), matrix/kaldi-matrix.cc
("FM", "FV"), matrix/compressed-matrix.h ("CM2", "CM3"), nnet3/nnet-simple-component.cc; OpenFst's fst.cc (header) and
const-fst.h.  Nothing here needs Kaldi or OpenFst.
"""

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

_BINARY: Final = b"\0B"  # how Kaldi tells a binary file from a text
_PLAIN_BITS: Final = 32
_COMPRESSED: Final = {16: ("CM2", "<u2"), 8: ("CM3", "u1")}  # bits -> token, type of a code


class Writer:
    """Kaldi's binary stream as a growing byte string; every method returns the writer.

    It begins with the mark of a binary file, or with `start` when it will be a part of another stream.
    """

    def __init__(self, start: bytes = _BINARY) -> None:
        self._parts = [start]

    @property
    def data(self) -> bytes:
        """Everything written so far."""
        return b"".join(self._parts)

    def raw(self, data: bytes) -> Self:
        """Bytes as they are."""
        self._parts.append(data)
        return self

    def token(self, *names: str) -> Self:
        """Words, each followed by the one space Kaldi expects."""
        return self.raw("".join(f"{name} " for name in names).encode())

    def ints(self, *values: int) -> Self:
        """32-bit integers, each with its size byte."""
        return self.raw(b"".join(struct.pack("<bi", 4, value) for value in values))

    def floats(self, *values: float) -> Self:
        """32-bit floats, each with its size byte."""
        return self.raw(b"".join(struct.pack("<bf", 4, value) for value in values))

    def int_vector(self, values: Sequence[int]) -> Self:
        """Write a std::vector<int32>: one size byte of the elements, the length, the bare elements."""
        return self.raw(struct.pack("<bi", 4, len(values)) + np.asarray(values, "<i4").tobytes())

    def vector(self, values: npt.ArrayLike) -> Self:
        """Write a Vector<float> from anything of one dimension."""
        array = np.asarray(values, "<f4")
        return self.token("FV").ints(len(array)).raw(array.tobytes())

    def matrix(self, values: npt.ArrayLike, bits: int = _PLAIN_BITS) -> Self:
        """Write a Matrix<float> from (rows, columns).

        32 bits are plain floats; 16 or 8 are Kaldi's CompressedMatrix with one linear scale for the whole matrix.
        Raises ValueError for any other width and for values that are not two-dimensional.
        """
        array = np.asarray(values, "<f4")
        if array.ndim != 2:  # noqa: PLR2004 - a matrix has two dimensions
            raise ValueError(f"a matrix has 2 dimensions, this has {array.ndim}")
        if bits == _PLAIN_BITS:
            return self.token("FM").ints(*array.shape).raw(array.tobytes())
        if bits not in _COMPRESSED:
            raise ValueError(f"a matrix is written with 8, 16 or 32 bits, not {bits}")
        return self._compressed(array, bits)

    def _compressed(self, array: npt.NDArray[np.float32], bits: int) -> Self:
        low, span = float(array.min()), float(array.max() - array.min()) or 1.0
        token, code = _COMPRESSED[bits]
        codes = np.rint((array - low) / span * ((1 << bits) - 1)).astype(code)
        return self.token(token).raw(struct.pack("<ffii", low, span, *array.shape) + codes.tobytes())

    def affine(self, weight: npt.ArrayLike, bias: npt.ArrayLike, bits: int) -> Self:
        """Write an nnet3 FixedAffineComponent: weight (outputs, inputs), bias (outputs,)."""
        self.token("<FixedAffineComponent>", "<LinearParams>").matrix(weight, bits)
        return self.token("<BiasParams>").vector(bias).token("</FixedAffineComponent>")

    def nonlinear(self, kind: str, dim: int) -> Self:
        """Write an nnet3 nonlinearity ("RectifiedLinearComponent", "LogSoftmaxComponent") without statistics."""
        self.token(f"<{kind}>", "<Dim>").ints(dim).token("<ValueAvg>").vector([]).token("<DerivAvg>").vector([])
        return self.token("<Count>").floats(0.0).token(f"</{kind}>")

    def no_op(self, dim: int) -> Self:
        """Write an nnet3 NoOpComponent, the node that holds a sum."""
        self.token("<NoOpComponent>", "<Dim>").ints(dim)
        return self.token("<BackpropScale>").floats(1.0).token("</NoOpComponent>")

    def save(self, path: Path) -> None:
        """Write the stream to a file."""
        path.write_bytes(self.data)


class FstArc(NamedTuple):
    """One arc of a transducer; label 0 is epsilon."""

    ilabel: int
    olabel: int
    weight: float  # a cost: -log of a probability
    target: int  # state


@dataclass(frozen=True, slots=True)
class FstSize:
    """How big a transducer is."""

    states: int
    arcs: int


class Fst:
    """A growing weighted transducer over the tropical semiring, saved as an OpenFst ConstFst.

    The arcs of a state are saved in the order in which they were added: composition needs them sorted by the side on
    which it matches.
    """

    _MAGIC: Final = 2125659606
    _VERSION: Final = 2  # of ConstFst: not aligned (1 would be aligned)
    _EXPANDED: Final = 1  # kExpanded, the one property that is always known; OpenFst computes the rest when it asks
    ARC: Final = np.dtype([("ilabel", "<i4"), ("olabel", "<i4"), ("weight", "<f4"), ("target", "<i4")])
    STATE: Final = np.dtype([("final", "<f4"), ("first", "<u4"), ("arcs", "<u4"), ("ieps", "<u4"), ("oeps", "<u4")])

    def __init__(self) -> None:
        self._finals = array("f")
        self._sources = array("i")  # of each arc: a graph has a million, and objects would not fit a small device
        self._labels = array("i")  # input and output of each arc
        self._weights = array("f")
        self._targets = array("i")

    def state(self) -> int:
        """Add a state that is not final; its number."""
        self._finals.append(np.inf)
        return len(self._finals) - 1

    def arc(self, source: int, ilabel: int, olabel: int, weight: float, target: int) -> None:
        """Add an arc behind the others of its source."""
        self._sources.append(source)
        self._labels.append(ilabel)
        self._labels.append(olabel)
        self._weights.append(weight)
        self._targets.append(target)

    def end(self, state: int, cost: float) -> None:
        """Make a state final."""
        self._finals[state] = cost

    def save(self, path: Path, start: int = 0) -> FstSize:
        """Write header, states and arcs in the layout of ConstFst."""
        sources = np.asarray(self._sources)
        order = np.argsort(sources, kind="stable")
        arcs = np.empty(len(order), self.ARC)
        arcs["ilabel"], arcs["olabel"] = np.asarray(self._labels).reshape(-1, 2)[order].T
        arcs["weight"], arcs["target"] = np.asarray(self._weights)[order], np.asarray(self._targets)[order]
        states = self._state_table(sources[order], arcs)
        size = FstSize(len(states), len(arcs))
        path.write_bytes(self._header(size, start) + states.tobytes() + arcs.tobytes())
        return size

    def _state_table(self, sources: npt.NDArray[Any], arcs: npt.NDArray[Any]) -> npt.NDArray[Any]:
        states = np.zeros(len(self._finals), self.STATE)
        states["final"] = self._finals
        states["arcs"] = np.bincount(sources, minlength=len(states))
        states["first"] = np.concatenate([[0], np.cumsum(states["arcs"])[:-1]])
        for column, label in (("ieps", "ilabel"), ("oeps", "olabel")):
            states[column] = np.bincount(sources[arcs[label] == 0], minlength=len(states))
        return states

    def _header(self, size: FstSize, start: int) -> bytes:
        kinds = b"".join(struct.pack("<i", len(kind)) + kind for kind in (b"const", b"standard"))
        numbers = struct.pack("<iiQqqq", self._VERSION, 0, self._EXPANDED, start, size.states, size.arcs)
        return struct.pack("<i", self._MAGIC) + kinds + numbers
