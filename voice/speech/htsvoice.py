"""Is this an HTS voice?  The engine trusts its file and takes the process down with it, so we look first.

Layout (HTS_Engine API 1.10): a text header with [GLOBAL], [STREAM] and [POSITION], then [DATA]; positions are first
and last byte from there.  A PDF block is its counts (int32) and so many rows of floats; trees are text.
"""

import hashlib
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from voice.errors import SynthesisError

_ENTRY = re.compile(r"^(\w+)(?:\[(\w+)\])?:(.*)$", re.MULTILINE)
_STATE = re.compile(rb"^\{\*\}\[(\d+)\]", re.MULTILINE)
_LEAF = re.compile(rb'"[^"\s]*_(\d+)"')
FIRST_STATE = 2  # as HTS counts them


@dataclass(frozen=True, slots=True, kw_only=True)
class HtsVoice:
    """A voice file that passed the check."""

    path: Path
    digest: str  # first 12 hex digits of its sha256


def checked_voice(path: Path) -> HtsVoice:
    """Read and check the whole file (1 to 2 MB).  Raises SynthesisError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SynthesisError(
            f"cannot read the voice {path}: {error.strerror}; check the setting of the voice"
        ) from error
    fault = fault_of(content)
    if fault:
        raise SynthesisError(f"{path} is no usable .htsvoice file ({fault}); copy it again or choose another voice")
    return HtsVoice(path=path, digest=hashlib.sha256(content).hexdigest()[:12])


def fault_of(content: bytes) -> str | None:
    """What is wrong with the file, None if the engine can take it."""
    head, mark, body = content.partition(b"[DATA]\n")
    if not head.startswith(b"[GLOBAL]") or not mark:
        return "the header of an HTS voice is missing"
    if not head.replace(b"\n", b"").decode("ascii", "replace").isprintable():
        return "its header is damaged"
    try:
        return _fault_of_body(_Header(head.decode("ascii")), body)
    except (KeyError, ValueError, struct.error):
        return "its header is damaged"


class _Header:
    """The entries of the header: {("NUM_WINDOWS", "MCP"): "3"}.  KeyError and ValueError mean damage."""

    def __init__(self, text: str) -> None:
        self._entries = {(name, stream): value for name, stream, value in _ENTRY.findall(text)}
        self.states = self._number("NUM_STATES")
        self.streams = self._entries["STREAM_TYPE", ""].split(",")
        self.options = [self._entries["OPTION", stream] for stream in self.streams]  # the engine needs each line
        if len(self.streams) != self._number("NUM_STREAMS"):
            raise ValueError("not so many streams")

    def _number(self, name: str, stream: str = "") -> int:
        return int(self._entries[name, stream])

    def blocks(self, name: str, stream: str = "") -> list[tuple[int, int]]:
        """First byte and one past the last of each block under the name; none if the voice has no such entry."""
        spans = (span.split("-") for span in self._entries.get((name, stream), "").split(",") if span)
        return [(int(first), int(last) + 1) for first, last in spans]

    def windows(self, stream: str) -> list[tuple[int, int]]:
        """The blocks of the dynamic windows, as many as the stream says it has."""
        found = self.blocks("STREAM_WIN", stream)
        if len(found) != self._number("NUM_WINDOWS", stream):
            raise ValueError("not so many windows")
        return found

    def width(self, name: str, stream: str = "") -> int:
        """Floats in one row of the PDF block: means and variances, and one more where voicing is a chance."""
        if name == "DURATION_PDF":
            return 2 * self.states
        size = 2 * self._number("VECTOR_LENGTH", stream)
        return size if name == "GV_PDF" else size * self._number("NUM_WINDOWS", stream) + self._number("IS_MSD", stream)


def _fault_of_body(header: _Header, body: bytes) -> str | None:
    parts = [("DURATION", "", 1)]
    for stream in header.streams:
        if not all(_window_fits(body[first:last]) for first, last in header.windows(stream)):
            return "a dynamic window is damaged"
        parts += [("STREAM", stream, header.states), ("GV", stream, 1)]
    faults = (_fault_of_part(header, body, part) for part in parts)
    return next(filter(None, faults), None)


def _window_fits(window: bytes) -> bool:
    """A count and so many coefficients: `3 -0.5 0.0 0.5`."""
    count, *coefficients = (float(number) for number in window.decode("ascii").split())
    return count == len(coefficients)


def _fault_of_part(header: _Header, body: bytes, part: tuple[str, str, int]) -> str | None:
    kind, stream, models = part
    pdfs, trees = header.blocks(f"{kind}_PDF", stream), header.blocks(f"{kind}_TREE", stream)
    if kind != "GV" and not (pdfs and trees):
        return f"{kind} {stream} is missing".replace("  ", " ")
    if any(not 0 <= first <= last <= len(body) for first, last in pdfs + trees):
        return "it ends too early"
    for (first, last), (start, end) in zip(pdfs, trees, strict=True):
        counts = struct.unpack_from(f"<{models}i", body, first)
        if last - first != 4 * (models + sum(counts) * header.width(f"{kind}_PDF", stream)):
            return "its sizes do not add up"
        if not _tree_fits(body[start:end], counts):
            return "a decision tree is damaged"
    return None


def _tree_fits(tree: bytes, counts: tuple[int, ...]) -> bool:
    """Text with one tree a state, in which every leaf names a row that exists; rows count from 1."""
    _, *trees = _STATE.split(tree)
    states = [int(state) - FIRST_STATE for state in trees[::2]]
    if not tree.isascii() or b"\0" in tree or states != list(range(len(counts))):
        return False
    return all(_leaves_fit(leaves, count) for leaves, count in zip(trees[1::2], counts, strict=True))


def _leaves_fit(tree: bytes, rows: int) -> bool:
    found = [int(row) for row in _LEAF.findall(tree)]
    return bool(found) and min(found) >= 1 and max(found) <= rows
