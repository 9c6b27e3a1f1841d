"""The words of an utterance: dictionary forms and concepts of written text, and words spotted in a reading.

SudachiPy (Takaoka et al. 2018) cuts text, joins spellings (取消 -> 取り消し) and inflections (届かない -> 届く, ない), and knows groups of
synonyms (返金, 払い戻し).  The embedded model writes no kanji: in a reading the words of the base are found by their sound.
"""

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np
import sudachipy
from numpy.typing import NDArray

from intents.data_files import load
from intents.distance import mora_numbers
from intents.grams import EMPTY, Codes, Places
from intents.morae import spelled

_NO_CONTENT: Final = frozenset(load("words")["parts_without_content"])
_NEGATIONS: Final = frozenset(load("words")["negations"])
_LIGHT: Final = frozenset(load("words")["light_words"])
_thread: Final = threading.local()  # a tokenizer serves one thread
_FACTOR: Final = np.uint64(1_099_511_628_211)  # the prime of the FNV hash (Fowler, Noll and Vo)
_SHORTEST, _LONGEST = 2, 12  # morae of a word that can be spotted


@dataclass(frozen=True, slots=True)
class Word:
    """A word with content."""

    form: str  # dictionary form in its usual spelling
    concepts: tuple[int, ...]  # Sudachi's groups of synonyms
    reading: str  # of the form it has here, katakana morae in normal form; "" when it has none


def words_of(text: str) -> list[Word]:
    """The words with content; compounds as a whole and in their parts."""
    return [word for whole in _cut(text) for word in _with_parts(whole)]


def word_codes(words: Iterable[Word]) -> Codes:
    """Dictionary forms as numbers."""
    return np.array([_code(word.form) for word in words], np.int64)


def concept_codes(words: Iterable[Word]) -> Codes:
    """Groups of synonyms; a word without one stands for itself."""
    found = (code for word in words for code in (word.concepts or (_code(word.form),)))
    return np.array(list(found), np.int64)


@lru_cache(maxsize=16_384)
def _code(form: str) -> int:
    return int.from_bytes(hashlib.blake2b(form.encode(), digest_size=7).digest(), "big")


@lru_cache(maxsize=16_384)
def _pronounced(kana: str) -> str:
    return "".join(spelled(kana) or ())


def _cut(text: str) -> Any:
    if not hasattr(_thread, "tokenizer"):
        _thread.tokenizer = sudachipy.Dictionary(dict="core").tokenizer(sudachipy.SplitMode.C)
    return _thread.tokenizer.tokenize(text)


def _with_parts(morpheme: Any) -> Iterator[Word]:
    parts = morpheme.split(sudachipy.SplitMode.A)
    for part in [morpheme, *parts] if len(parts) > 1 else [morpheme]:
        form = part.normalized_form()
        if form in _NEGATIONS:
            yield Word("ない", (), "")
        elif part.part_of_speech()[0] not in _NO_CONTENT and form not in _LIGHT:
            yield Word(form, tuple(part.synonym_group_ids()), _pronounced(part.reading_form()))


@dataclass(frozen=True, slots=True, kw_only=True)
class WordSpotter:
    """Finds a base's words in a reading, by hashes of their sounds."""

    sounds: NDArray[np.uint64]  # hashes of readings, sorted
    forms: Codes  # the word behind each
    concepts: Codes  # and its first concept

    @classmethod
    def of(cls, words: Iterable[Word]) -> Self:
        """Know these words."""
        table: dict[tuple[int, int], int] = {}
        for word in words:
            morae = mora_numbers(word.reading)
            if _SHORTEST <= len(morae) <= _LONGEST:
                concept = word.concepts[0] if word.concepts else _code(word.form)
                table[_hash(morae), _code(word.form)] = concept
        keys = sorted(table)
        return cls(
            sounds=np.array([sound for sound, _ in keys], np.uint64),
            forms=np.array([form for _, form in keys], np.int64),
            concepts=np.array([table[key] for key in keys], np.int64),
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """What `arrays` gave."""
        return cls(**{name: arrays[f"spotter.{name}"] for name in ("sounds", "forms", "concepts")})  # type: ignore[arg-type]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All arrays, to be kept on disk."""
        return {f"spotter.{name}": getattr(self, name) for name in ("sounds", "forms", "concepts")}

    def spot(self, morae: NDArray[np.uint8]) -> tuple[Codes, Codes]:
        """The words on the path through the reading that long words cover best: (dictionary forms, concepts)."""
        best: list[tuple[int, Places]] = [(0, EMPTY)]  # for each place in the reading: squared length covered, words
        found = self._found(morae)
        for end in range(1, len(morae) + 1):
            ways = [best[end - 1]]
            for size, words in found.get(end, ()):
                cover, before = best[end - size]
                ways.append((cover + size * size, np.concatenate([before, words])))
            best.append(max(ways, key=lambda way: way[0]))
        words = best[-1][1]
        return self.forms[words], self.concepts[words]

    def _found(self, morae: NDArray[np.uint8]) -> dict[int, list[tuple[int, Places]]]:
        """Known words by where they end: (length in morae, their numbers)."""
        stretches = list(_all_hashes(morae))
        hashes = np.concatenate([np.empty(0, np.uint64), *(of_size for _, of_size in stretches)])
        first, last = np.searchsorted(self.sounds, hashes), np.searchsorted(self.sounds, hashes, "right")
        ends = np.concatenate([EMPTY, *(np.arange(len(of_size)) + size for size, of_size in stretches)])
        sizes = np.concatenate([EMPTY, *(np.full(len(of_size), size) for size, of_size in stretches)])
        out: dict[int, list[tuple[int, Places]]] = {}
        for place in np.flatnonzero(last > first).tolist():
            out.setdefault(int(ends[place]), []).append((int(sizes[place]), np.arange(first[place], last[place])))
        return out


def _all_hashes(morae: NDArray[np.uint8]) -> Iterator[tuple[int, NDArray[np.uint64]]]:
    """A hash of every stretch of morae, by length."""
    units = morae.astype(np.uint64) + np.uint64(1)
    hashes = units
    for size in range(2, min(_LONGEST, len(morae)) + 1):
        hashes = hashes[:-1] * _FACTOR + units[size - 1 :]
        if size >= _SHORTEST:
            yield size, hashes


def _hash(morae: NDArray[np.uint8]) -> int:
    """The hash of a whole reading of `_SHORTEST` to `_LONGEST` morae."""
    return int([hashes for _, hashes in _all_hashes(morae)][-1][0])
