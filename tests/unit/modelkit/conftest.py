"""Reading back what modelkit writes, by code of our own that knows OpenFst's format from its documentation."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_HEADER = struct.Struct("<iiQqqq")  # version, flags, properties, start, states, arcs
_STATE, _ARC = struct.Struct("<fIIII"), struct.Struct("<iifi")


@dataclass(frozen=True)
class ReadFst:
    start: int
    finals: dict[int, float]
    arcs: list[list[tuple[int, int, float, int]]]  # input, output, cost, target
    epsilons: list[tuple[int, int]] = field(repr=False)  # counted in the file: input, output

    @classmethod
    def of(cls, path: Path) -> "ReadFst":
        data = path.read_bytes()
        magic, at = struct.unpack_from("<i", data)[0], 4
        assert magic == 2125659606
        kinds = []
        for _ in range(2):
            size = struct.unpack_from("<i", data, at)[0]
            kinds.append(data[at + 4 : at + 4 + size])
            at += 4 + size
        assert kinds == [b"const", b"standard"]
        version, flags, _, start, states, arcs = _HEADER.unpack_from(data, at)
        assert (version, flags) == (2, 0)
        at += _HEADER.size
        rows = [_STATE.unpack_from(data, at + i * _STATE.size) for i in range(states)]
        at += states * _STATE.size
        every = [_ARC.unpack_from(data, at + i * _ARC.size) for i in range(arcs)]
        assert at + arcs * _ARC.size == len(data)
        return cls(
            start,
            {i: row[0] for i, row in enumerate(rows) if row[0] != float("inf")},
            [every[row[1] : row[1] + row[2]] for row in rows],
            [(row[3], row[4]) for row in rows],
        )

    def paths(self) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], float]]:
        """(inputs, outputs, cost) of every way to a final state, self-loops left out."""
        waiting = [(self.start, (), (), 0.0)]
        while waiting:
            state, inputs, outputs, cost = waiting.pop()
            if state in self.finals:
                yield inputs, outputs, cost + self.finals[state]
            for ilabel, olabel, weight, target in self.arcs[state]:
                if target != state:
                    heard = (*inputs, ilabel) if ilabel else inputs
                    said = (*outputs, olabel) if olabel else outputs
                    waiting.append((target, heard, said, cost + weight))


@pytest.fixture
def read_fst():
    return ReadFst.of
