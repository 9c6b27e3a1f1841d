"""A small inverted index: cosine similarity of TF-IDF weighted n-grams.

Weights are (1 + log tf) * log(1 + N / df), rows of unit length (Salton & Buckley 1988, "ltc").
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

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
    """Rows of n-grams that a query is compared with all at once.

    Postings lie in two flat arrays (row numbers and weights), one stretch for each n-gram: arrays of their own would cost
    more in headers than in content.
    """

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self._size = len(rows)
        counts = [Counter(row) for row in rows]
        frequency = Counter(gram for count in counts for gram in count)
        self._idf = {gram: math.log(1 + self._size / df) for gram, df in frequency.items()}
        self._rare = math.log(1 + max(1, self._size))  # weight of a gram no row has: it makes the query longer
        totals = [sum(self._idf[gram] for gram in count) or 1.0 for count in counts]
        self._totals = np.array(totals, np.float32)
        starts = np.cumsum([0, *frequency.values()])
        self._stretch = {gram: (int(s), int(e)) for gram, s, e in zip(frequency, starts, starts[1:], strict=False)}
        self._rows = np.empty(int(starts[-1]), np.int32)
        self._weights = np.empty(int(starts[-1]), np.float32)
        self._fill(counts)

    def _fill(self, counts: Sequence[Counter[str]]) -> None:
        next_place = {gram: start for gram, (start, _) in self._stretch.items()}
        for number, count in enumerate(counts):
            for gram, weight in self._weighed(count).items():
                place = next_place[gram]
                self._rows[place], self._weights[place] = number, weight
                next_place[gram] = place + 1

    def cosines(self, query: Sequence[str]) -> Scores:
        """Similarity of the query to every row, shape (rows,), 0 to 1."""
        out = np.zeros(self._size, np.float32)
        for gram, weight in self._weighed(Counter(query)).items():
            start, end = self._stretch.get(gram, (0, 0))
            out[self._rows[start:end]] += self._weights[start:end] * weight
        return out

    def coverage(self, query: Sequence[str]) -> Scores:
        """How much of the query each row has in it, by weight of its distinct n-grams; shape (rows,), 0 to 1."""
        weights = {gram: self._idf.get(gram, self._rare) for gram in set(query)}
        return self._shared(weights) / np.float32(sum(weights.values()) or 1.0)

    def containment(self, query: Sequence[str]) -> Scores:
        """How much of each row occurs in the query, by weight of its distinct n-grams; shape (rows,), 0 to 1."""
        return self._shared({gram: self._idf[gram] for gram in set(query) if gram in self._idf}) / self._totals

    def _shared(self, weights: Mapping[str, float]) -> Scores:
        """For every row the summed weights of the n-grams it has."""
        out = np.zeros(self._size, np.float32)
        for gram, weight in weights.items():
            start, end = self._stretch.get(gram, (0, 0))
            out[self._rows[start:end]] += np.float32(weight)
        return out

    def _weighed(self, count: Counter[str]) -> dict[str, float]:
        weights = {g: (1 + math.log(tf)) * self._idf.get(g, self._rare) for g, tf in count.items()}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        return {gram: weight / length for gram, weight in weights.items()}
