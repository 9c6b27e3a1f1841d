"""What differs between two articles, field by field and word by word.  Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from server.knowledge.content import FIELDS, Plain, form_of

# A word: a run of kanji, of katakana, of letters or of digits; everything else sign by sign.
_WORD: Final = re.compile(r"[一-鿿々〆]+|[ァ-ヺー]+|[A-Za-zＡ-Ｚａ-ｚ]+|[0-9０-９]+|.|\n", re.S)


class Kind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that differs."""

    field: str
    pieces: tuple[Piece, ...]


def changes(before: Plain | None, after: Plain | None) -> tuple[FieldChange, ...]:
    """Return the fields that differ, in the order of the form; None: there is no article."""
    old, new = form_of(before or {}), form_of(after or {})
    return tuple(
        FieldChange(field=name, pieces=pieces(old[name], new[name])) for name in FIELDS if old[name] != new[name]
    )


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Return both texts as one: what stayed, what went, what came."""
    return tuple(_pieces(_WORD.findall(before), _WORD.findall(after)))


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece(Kind.SAME, "".join(old[a:b]))
            continue
        if a < b:
            yield Piece(Kind.REMOVED, "".join(old[a:b]))
        if c < d:
            yield Piece(Kind.ADDED, "".join(new[c:d]))
