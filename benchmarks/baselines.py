"""What others would do: rapidfuzz on raw text, BM25 with Sudachi, SQLite's trigram search.

All index each wording twice, as written and as its reading in kana, and a topic counts as much as its best row.  Without the
readings they would fail on the kana that the embedded model writes; with them the comparison is about matching.
"""

import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import sudachipy
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from intents.matching import Topic

K1, B = 1.2, 0.75  # the usual constants of BM25
FOUND_ROWS = 300  # read from FTS5: enough for ten topics
NAMES = ("rapidfuzz extractOne", "BM25, Sudachi", "BM25, pairs of characters", "SQLite FTS5 trigram")
Ranking = list[tuple[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way to write one wording."""

    text: str
    topic: str


class Baseline(Protocol):
    """Ranks topics for a raw text."""

    name: str

    def rank(self, text: str, limit: int) -> Ranking:
        """(topic, score), the best first; none when nothing is alike."""
        ...


def rows_of(topics: Iterable[Topic]) -> list[Row]:
    """Every wording as written, and as its reading where that differs."""
    pairs = {(text, t.id) for t in topics for w in t.wordings for text in (w.text, w.reading) if text}
    return [Row(text=text, topic=topic) for text, topic in sorted(pairs)]


def all_baselines(rows: Sequence[Row]) -> list[Baseline]:
    """Every baseline over the same rows, in the order of NAMES."""
    return [
        ExtractOne(rows),
        Bm25(NAMES[1], rows, sudachi_words),
        Bm25(NAMES[2], rows, character_pairs),
        TrigramSearch(rows),
    ]


class ExtractOne:
    """rapidfuzz's `process.extractOne` with its default scorer, WRatio; the rest of the list by the same scores."""

    name = NAMES[0]

    def __init__(self, rows: Sequence[Row]) -> None:
        self._texts = [row.text for row in rows]
        self._owners = _Owners(rows)

    def rank(self, text: str, limit: int) -> Ranking:
        """By the best row of each topic."""
        scores = process.cdist([text], self._texts, scorer=fuzz.WRatio, dtype=np.float32)[0]
        return self._owners.best(scores, limit)

    def first(self, text: str) -> object:
        """Only the first, as `extractOne` finds it: quicker."""
        return process.extractOne(text, self._texts)


class Bm25:
    """Okapi BM25 (Robertson and Zaragoza 2009) over rows cut into words."""

    def __init__(self, name: str, rows: Sequence[Row], cut: Callable[[str], list[str]]) -> None:
        self.name, self._cut, self._owners = name, cut, _Owners(rows)
        found = [Counter(cut(row.text)) for row in rows]
        lengths = np.array([sum(words.values()) for words in found], np.float64)
        norm = K1 * (1 - B + B * lengths / max(1e-9, lengths.mean()))
        listed: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, words in enumerate(found):
            for word, count in words.items():
                listed[word].append((number, count))
        self._lists = {word: _weighed(posts, norm) for word, posts in listed.items()}
        self._size = len(rows)

    def scores(self, text: str) -> NDArray[np.float64]:
        """Of every row."""
        out = np.zeros(self._size)
        for word in self._cut(text):
            if word in self._lists:
                places, weights = self._lists[word]
                out[places] += weights
        return out

    def rank(self, text: str, limit: int) -> Ranking:
        """By the best row of each topic."""
        return self._owners.best(self.scores(text), limit)


class TrigramSearch:
    """SQLite FTS5 with its trigram tokenizer; any trigram of the question may match, ordered by FTS5's own bm25()."""

    name = NAMES[3]

    def __init__(self, rows: Sequence[Row]) -> None:
        self._base = sqlite3.connect(":memory:")
        self._base.execute("CREATE VIRTUAL TABLE wordings USING fts5(text, topic UNINDEXED, tokenize='trigram')")
        self._base.executemany("INSERT INTO wordings VALUES (?, ?)", [(row.text, row.topic) for row in rows])

    def rank(self, text: str, limit: int) -> Ranking:
        """By the best row of each topic; nothing for texts of one or two characters."""
        trigrams = {text[n : n + 3].replace('"', '""') for n in range(len(text) - 2)}
        if not trigrams:
            return []
        asked = " OR ".join(f'"{t}"' for t in sorted(trigrams))
        found: dict[str, float] = {}
        query = "SELECT topic, -bm25(wordings) FROM wordings WHERE wordings MATCH ? ORDER BY rank LIMIT ?"
        for topic, score in self._base.execute(query, (asked, FOUND_ROWS)):
            found.setdefault(topic, score)
        return list(found.items())[:limit]


class _Owners:
    """The topics of rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._topics = sorted({row.topic for row in rows})
        place = {topic: n for n, topic in enumerate(self._topics)}
        self._owner = np.array([place[row.topic] for row in rows], np.int64)

    def best(self, scores: NDArray[Any], limit: int) -> Ranking:
        """The topics with a score above 0, by their best row."""
        of_topic = np.zeros(len(self._topics))
        np.maximum.at(of_topic, self._owner, scores)
        order = np.argsort(-of_topic, kind="stable")[:limit]
        return [(self._topics[n], float(of_topic[n])) for n in order if of_topic[n] > 0]


def _weighed(posts: list[tuple[int, int]], norm: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    places, counts = np.array(posts, np.int64).T
    idf = math.log(1 + (len(norm) - len(posts) + 0.5) / (len(posts) + 0.5))
    return places, idf * counts * (K1 + 1) / (counts + norm[places])


def sudachi_words(text: str) -> list[str]:
    """Normal forms by SudachiPy (dictionary core, the longest units).

    Katakana goes in as hiragana: a reading written in katakana would be one unknown word.
    """
    kana = "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in text)
    told = kana if all("ぁ" <= c <= "ゖ" or c == "ー" for c in kana) else text
    return [
        m.normalized_form() for m in _tokenizer().tokenize(told) if m.part_of_speech()[0] not in ("空白", "補助記号")
    ]


def character_pairs(text: str) -> list[str]:
    """Overlapping pairs of characters, for readings that no dictionary cuts well."""
    return [text[n : n + 2] for n in range(len(text) - 1)] or [text]


_kept: list[Any] = []


def _tokenizer() -> Any:
    if not _kept:
        _kept.append(sudachipy.Dictionary(dict="core").tokenizer(sudachipy.SplitMode.C))
    return _kept[0]
