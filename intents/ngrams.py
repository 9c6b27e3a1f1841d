"""A small inverted index: cosine similarity of TF-IDF weighted n-grams.

Weights are (1 + log tf) * log(1 + N / df), rows of unit length (Salton & Buckley 1988, "ltc").
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


def ngrams(units: Sequence[str], sizes: Sequence[int]) -> list[str]:
    """All n-grams of the given sizes; a text begins and ends with a mark, so that edges count."""
    framed = ["^", *units, "$"]
    out = []
    for size in sizes:
        source = units if size == 1 else framed
        out += ["".join(source[i : i + size]) for i in range(len(source) - size + 1)]
    return out


class NgramIndex:
    """Rows of n-grams that a query is compared with all at once."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self._size = len(rows)
        counts = [Counter(row) for row in rows]
        frequency = Counter(gram for count in counts for gram in count)
        self._idf = {gram: math.log(1 + self._size / df) for gram, df in frequency.items()}
        self._rare = math.log(1 + max(1, self._size))  # weight of a gram no row has: it makes the query longer
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, count in enumerate(counts):
            for gram, weight in self._weighed(count).items():
                postings[gram].append((number, weight))
        self._postings = {
            gram: (np.array([n for n, _ in found], np.intp), np.array([w for _, w in found], np.float32))
            for gram, found in postings.items()
        }

    def cosines(self, query: Sequence[str]) -> Scores:
        """Similarity of the query to every row, shape (rows,), 0 to 1."""
        out = np.zeros(self._size, np.float32)
        for gram, weight in self._weighed(Counter(query)).items():
            found = self._postings.get(gram)
            if found is not None:
                out[found[0]] += found[1] * weight
        return out

    def coverage(self, query: Sequence[str]) -> Scores:
        """How much of the query each row has in it, by weight of its distinct n-grams; shape (rows,), 0 to 1."""
        out = np.zeros(self._size, np.float32)
        weights = {gram: self._idf.get(gram, self._rare) for gram in set(query)}
        total = sum(weights.values()) or 1.0
        for gram, weight in weights.items():
            found = self._postings.get(gram)
            if found is not None:
                out[found[0]] += weight / total
        return out

    def _weighed(self, count: Counter[str]) -> dict[str, float]:
        weights = {g: (1 + math.log(tf)) * self._idf.get(g, self._rare) for g, tf in count.items()}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        return {gram: weight / length for gram, weight in weights.items()}
