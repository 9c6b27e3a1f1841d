"""Wordings as sparse vectors in which alike means alike: sounds and words with content, rare ones weighing most.  Pure.

A wording is compared by stretches of its sound (morae, politeness aside) and by its words (dictionary forms and groups of
synonyms).  Where a device writes no kanji, words are found in the sound by those that others wrote; so 「返金したい」,
「へんきんしたい」 and 「ヘンキンシタイ」 meet in both.  Weights are log(1 + rows / rows with it) (Salton and Buckley 1988).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from intents.distance import MORA_BITS, Morae, mora_numbers
from intents.grams import EMPTY, Codes, gram_codes
from intents.normalise import core_reading, match_key
from intents.readings import is_kana
from intents.words import Word, WordSpotter, concept_codes, word_codes, words_of

SOUNDS: Final = (2, 3)  # morae in a stretch
SOUND: Final = 0.84  # shares of a row, before it is made as long as all others; see benchmarks/topics.py
WORD: Final = 0.55
SEED: Final = 0.5  # alone it joins what one article solved
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """A sparse vector: columns rising, each once."""

    columns: Codes
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """One thing that was said, however it was written."""

    key: str  # what makes it one: its sound without politeness, or its letters where it has none
    texts: tuple[str, ...]  # its spellings, the most frequent first
    seed: str | None = None  # an article that brings wordings together
    pull: float = 1.0  # how much, 0 to 1

    @property
    def written(self) -> str | None:
        """The spelling to take words from: the most frequent one that is more than its sound."""
        return next((text for text in self.texts if not is_kana(text)), None)


def key_of(text: str, reading: str) -> str:
    """Return what wordings are one by."""
    return core_reading(reading) or match_key(text) or text


def rows_of(things: Sequence[Spelled], beside: Iterable[str] = ()) -> list[Row]:
    """Return a vector of length 1 for each; `beside` are texts whose words may be found in sounds, too."""
    words = [words_of(thing.written) if thing.written else None for thing in things]
    known = {word for row in words if row for word in row} | {word for text in beside for word in words_of(text)}
    spotter = WordSpotter.of(known)
    morae = [mora_numbers(thing.key) for thing in things]
    parts = [
        (_weighted([_sounds(one) for one in morae]), SOUND),
        (_weighted([_words(row, one, spotter) for row, one in zip(words, morae, strict=True)]), WORD),
        (_seeds(things), SEED),
    ]
    return _together(parts)


def _sounds(morae: Morae) -> Codes:
    return gram_codes(morae.astype(np.int64), SOUNDS, MORA_BITS)


def _words(words: Sequence[Word] | None, morae: Morae, spotter: WordSpotter) -> Codes:
    if words is None:
        forms, concepts = spotter.spot(morae)
    else:
        forms, concepts = word_codes(words), concept_codes(words)
    return np.concatenate([forms, -concepts - 1])  # a concept is no form


def _weighted(codes: Sequence[Codes]) -> tuple[list[Row], int]:
    """Return rows over columns numbered from 0, and how many columns there are."""
    flat, owners = _flat(codes)
    found, columns = np.unique(flat, return_inverse=True)
    pairs = np.unique(owners * max(1, len(found)) + columns)  # each once a row, in the order of the rows
    owners, columns = pairs // max(1, len(found)), pairs % max(1, len(found))
    weight = np.log1p(len(codes) / np.maximum(1, np.bincount(columns, minlength=len(found))))
    values = weight[columns]
    norms = np.sqrt(np.bincount(owners, values**2, minlength=len(codes)))
    values = values / np.maximum(norms[owners], 1e-12)
    ends = [0, *np.cumsum(np.bincount(owners, minlength=len(codes))).tolist()]
    rows = [Row(columns[a:b], values[a:b]) for a, b in pairwise(ends)]
    return rows, len(found)


def _flat(codes: Sequence[Codes]) -> tuple[Codes, Codes]:
    owners = np.repeat(np.arange(len(codes)), [len(row) for row in codes]).astype(np.int64)
    return np.concatenate([EMPTY, *codes]), owners


def _seeds(things: Sequence[Spelled]) -> tuple[list[Row], int]:
    names = sorted({thing.seed for thing in things if thing.seed})
    number: Mapping[str, int] = {name: place for place, name in enumerate(names)}
    none = Row(EMPTY, np.empty(0))
    return [Row(np.array([number[t.seed]]), np.array([t.pull])) if t.seed else none for t in things], len(names)


def _together(parts: Sequence[tuple[tuple[list[Row], int], float]]) -> list[Row]:
    rows: list[Row] = []
    firsts = np.cumsum([0, *(width for (_, width), _ in parts)]).tolist()
    for of_one in zip(*(found for (found, _), _ in parts), strict=True):
        columns = np.concatenate([row.columns + first for row, first in zip(of_one, firsts, strict=False)])
        values = np.concatenate([row.values * share for row, (_, share) in zip(of_one, parts, strict=True)])
        rows.append(Row(columns.astype(np.int64), values / max(float(np.sqrt((values**2).sum())), 1e-12)))
    return rows
