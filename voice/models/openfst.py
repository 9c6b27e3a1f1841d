"""The beginning of an OpenFst file: enough to know that it is one, whole, and which words it holds.

The layout is OpenFst's `FstHeader` and `SymbolTable`, little endian, the same from 1.6 to 1.8.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_FST_MAGIC = 2125659606
_SYMBOLS_MAGIC = 2125658996
_HAS_INPUT_SYMBOLS = 1
_HAS_OUTPUT_SYMBOLS = 2
_LONGEST_TEXT_BYTES = 65_536  # a garbled length must not ask for gigabytes
_ARC_BYTES = 16
_STATE_BYTES = {"const": 20, "vector": 12}  # the least a state takes; other kinds pack


class NotAnFst(ValueError):
    """The bytes are no (whole) OpenFst file; the text says which part is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FstHeader:
    """What an OpenFst file says of itself."""

    fst_type: str  # "const", "ngram", "olabel_lookahead" ...
    arc_type: str
    flags: int
    states: int  # 0 where the kind does not count
    arcs: int

    @property
    def least_bytes(self) -> int:
        """No whole file of this kind is smaller; 0 when that cannot be told."""
        state_bytes = _STATE_BYTES.get(self.fst_type)
        if state_bytes is None or self.arc_type != "standard":
            return 0
        return max(self.states, 0) * state_bytes + max(self.arcs, 0) * _ARC_BYTES

    @property
    def has_output_symbols(self) -> bool:
        """Whether the words are inside; then Vosk needs, and reads, no words.txt."""
        return bool(self.flags & _HAS_OUTPUT_SYMBOLS)


def read_header(path: Path) -> FstHeader:
    """The header of a file that is large enough for what it announces.  Raises NotAnFst, OSError."""
    with path.open("rb") as stream:
        header = _header(stream)
        least = stream.tell() + header.least_bytes
    if path.stat().st_size < least:
        raise NotAnFst(f"it is cut short ({path.stat().st_size} of at least {least} bytes)")
    return header


def output_symbols(path: Path) -> Iterator[str]:
    """The words inside an FST, in file order; nothing when it has none.  Raises NotAnFst, OSError."""
    with path.open("rb") as stream:
        header = _header(stream)
        if header.flags & _HAS_INPUT_SYMBOLS:
            for _ in _symbols(stream):
                pass
        if header.has_output_symbols:
            yield from _symbols(stream)


def _header(stream: BinaryIO) -> FstHeader:
    if _integer(stream) != _FST_MAGIC:
        raise NotAnFst("it does not begin like an OpenFst file")
    fst_type, arc_type = _text(stream), _text(stream)
    _version, flags = _integer(stream), _integer(stream)
    _properties, _start, states, arcs = struct.unpack("<Qqqq", _exactly(stream, 32))
    return FstHeader(fst_type=fst_type, arc_type=arc_type, flags=flags, states=states, arcs=arcs)


def _symbols(stream: BinaryIO) -> Iterator[str]:
    if _integer(stream) != _SYMBOLS_MAGIC:
        raise NotAnFst("its table of words is damaged")
    _text(stream)  # the table's name
    _next_key, size = struct.unpack("<qq", _exactly(stream, 16))
    for _ in range(size):
        yield _text(stream)
        _exactly(stream, 8)  # the word's number


def _integer(stream: BinaryIO) -> int:
    return int.from_bytes(_exactly(stream, 4), "little", signed=True)


def _text(stream: BinaryIO) -> str:
    size = _integer(stream)
    if not 0 <= size <= _LONGEST_TEXT_BYTES:
        raise NotAnFst("it is garbled")
    try:
        return _exactly(stream, size).decode("utf-8")
    except UnicodeDecodeError as bad:
        raise NotAnFst("it is garbled") from bad


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise NotAnFst("it is cut short")
    return data
