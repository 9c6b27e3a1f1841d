"""Rows of n-grams, compared with a query in a few numpy operations, over arrays that may lie on disk.

An n-gram is a number: its units (mora numbers, characters) side by side in the bits of an int64, so that the grams of a
hundred thousand wordings are made and counted without a Python loop.  A gram counts once in a row; its weight is
log(1 + rows / rows with it) (the idf of Salton and Buckley 1988).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Places = NDArray[np.int64]
Scores = NDArray[np.float32]

FIRST, LAST = 1, 2  # the marks before and behind a row, so that edges count; units are numbers above
EMPTY: Final = np.empty(0, np.int64)
_TINY: Final = np.float32(1e-9)
_ANYHOW: Final = 0.1  # what a gram counts that all have: where nothing tells rows apart, all have everything


def gram_codes(units: Codes, sizes: Sequence[int], bits: int) -> Codes:
    """All n-grams of one row; `units` are numbers above `LAST` of at most `bits` bits.  Single units go unframed."""
    framed = np.concatenate([[FIRST], units, [LAST]])
    return np.concatenate([EMPTY, *(_windows(units if n == 1 else framed, n, bits) for n in sizes)])


def _windows(units: Codes, n: int, bits: int) -> Codes:
    count = len(units) - n + 1
    if count <= 0:
        return EMPTY
    code = np.full(count, n, np.int64)
    for start in range(n):
        code = (code << bits) | units[start : start + count]
    return code


def rows_of_grams(rows: Sequence[Codes], sizes: Sequence[int], bits: int) -> tuple[Codes, Places]:
    """The n-grams of many rows at once: (grams, number of the row each is from)."""
    lengths = np.array([len(row) + 2 for row in rows], np.int64)
    flat = np.concatenate([EMPTY, *(part for row in rows for part in ([FIRST], row, [LAST]))])
    owner = np.repeat(np.arange(len(rows)), lengths)
    grams, owners = [EMPTY], [EMPTY]
    for n in sizes:
        codes = _windows(flat, n, bits)
        inside = owner[: len(codes)] == owner[n - 1 :][: len(codes)]
        if n == 1:
            inside &= flat > LAST
        grams.append(codes[inside])
        owners.append(owner[: len(codes)][inside])
    return np.concatenate(grams), np.concatenate(owners)


def spans(starts: Places, picked: Places) -> tuple[Places, Places]:
    """The stretches `starts[p]:starts[p + 1]` one after the other: (places, how long each stretch is)."""
    lengths = starts[picked + 1] - starts[picked]
    before = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) + np.repeat(starts[picked] - before, lengths), lengths


def distinct(codes: Codes) -> Codes:
    """The codes sorted, each once.  numpy's own `unique` hashes, which takes many times as long for millions."""
    codes = np.sort(codes)
    return codes[np.concatenate([[True], codes[1:] != codes[:-1]])] if len(codes) else codes


@dataclass(frozen=True, slots=True)
class Query:
    """An utterance's grams, as numbers of a vocabulary."""

    known: Places
    unknown: int  # how many the vocabulary does not have


def look_up(vocabulary: Codes, codes: Codes) -> Query:
    """The distinct grams of an utterance in a sorted vocabulary."""
    codes = distinct(codes)
    if not len(vocabulary):
        return Query(EMPTY, len(codes))
    places = np.minimum(np.searchsorted(vocabulary, codes), len(vocabulary) - 1)
    known = places[vocabulary[places] == codes]
    return Query(known, len(codes) - len(known))


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows taken out to be looked at closely."""

    rows: Places
    grams: NDArray[np.int32]  # one row's after the other's
    number: Places  # place in `rows` of each gram's row


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What each of some queries and each row of a slice have in common; arrays of shape (queries, rows), 0 to 1."""

    cosine: Scores
    told: Scores  # share of the query that the row has, by weight
    wanted: Scores  # share of the row that the query has, by weight
    apart: Scores  # as `told`, by what tells the rows of the slice apart: what all of them have weighs little


_SHARED: Final = ("cosine", "told", "wanted", "apart")


@dataclass(frozen=True, slots=True, kw_only=True)
class GramSpace:
    """An index of rows, both ways round."""

    weight: Scores  # of each gram of the vocabulary
    starts: Places  # where each row's grams begin, and the end
    grams: NDArray[np.int32]  # row after row
    posts: Places  # where each gram's rows begin, and the end
    rows: NDArray[np.int32]  # gram after gram
    total: Scores  # weight of each row's grams
    norm: Scores  # the square root of their summed squares

    @classmethod
    def of(cls, grams: Places, owners: Places, size: int, width: int) -> Self:
        """Index grams (numbers of a vocabulary of `width`); `owners` has the row (0 to size - 1) of each."""
        keys = distinct(owners * max(1, width) + grams)
        of_row, gram = keys // max(1, width), keys % max(1, width)
        frequency = np.bincount(gram, minlength=width)
        weight = np.log1p(size / np.maximum(1, frequency)).astype(np.float32)
        by_gram = np.argsort(gram, kind="stable")
        return cls(
            weight=weight,
            starts=_edges(np.bincount(of_row, minlength=size)),
            grams=gram.astype(np.int32),
            posts=_edges(frequency),
            rows=of_row[by_gram].astype(np.int32),
            total=np.bincount(of_row, weight[gram], minlength=size).astype(np.float32),
            norm=np.sqrt(np.bincount(of_row, weight[gram] ** 2, minlength=size)).astype(np.float32),
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], name: str) -> Self:
        """What `arrays` gave.  Raises KeyError when one is missing."""
        return cls(**{field.name: arrays[f"{name}.{field.name}"] for field in fields(cls)})

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """All arrays, named `name`.field, to be kept on disk."""
        return {f"{name}.{field.name}": getattr(self, field.name) for field in fields(self)}

    def slice(self, rows: Places) -> Slice:
        """Take rows out."""
        places, lengths = spans(self.starts, rows)
        return Slice(rows, self.grams[places], np.repeat(np.arange(len(rows)), lengths))

    def known(self, query: Query) -> float:
        """Share of the query's weight that the vocabulary has, 0 to 1."""
        known = float(self.weight[query.known].sum())
        return known / max(1e-9, known + query.unknown * float(self._rare))

    @np.errstate(invalid="ignore")  # some BLAS raise the flag for lanes that hold nothing
    def compare(self, queries: Sequence[Query], taken: Slice) -> Shared:
        """What the queries share with the rows of a slice."""
        grams = distinct(np.concatenate([EMPTY, *(q.known for q in queries)]))
        if not len(grams):
            return Shared(**dict.fromkeys(_SHARED, np.zeros((len(queries), len(taken.rows)), np.float32)))
        asked: Scores = np.zeros((len(queries), len(grams)), np.float32)
        for number, query in enumerate(queries):
            asked[number, np.searchsorted(grams, query.known)] = 1.0
        has = self._has(grams, taken)  # (rows, grams)
        weight: Scores = self.weight[grams]
        rest: Scores = np.array([q.unknown * self._rare for q in queries], np.float32)
        told: Scores = ((asked * weight) @ has.T).astype(np.float32)
        total: Scores = (asked @ weight + rest)[:, None]
        norm: Scores = np.sqrt(asked @ weight**2 + rest * self._rare)[:, None]
        telling = asked * (weight * _distinction(has))
        return Shared(
            cosine=((asked * weight**2) @ has.T) / np.maximum(self.norm[taken.rows] * norm, _TINY),
            told=np.divide(told, np.maximum(total, _TINY), dtype=np.float32),
            wanted=np.divide(told, np.maximum(self.total[taken.rows], _TINY), dtype=np.float32),
            apart=(telling @ has.T) / np.maximum(telling.sum(axis=1, keepdims=True), _TINY),
        )

    def _has(self, grams: Places, taken: Slice) -> Scores:
        """1 where a row of the slice has one of the grams, shape (rows, grams)."""
        column = np.full(len(self.weight), -1, np.int32)
        column[grams] = np.arange(len(grams))
        column = column[taken.grams]
        out = np.zeros((len(taken.rows), len(grams)), np.float32)
        out[taken.number[column >= 0], column[column >= 0]] = 1.0
        return out

    def search(self, queries: Sequence[Query], most_posts: int) -> Scores:
        """How much of the queries every row has, shape (rows,): a cosine with all of them together.

        Rare grams first, until their rows are `most_posts` together: the common ones say little and take long.
        """
        grams, count = np.unique(np.concatenate([EMPTY, *(q.known for q in queries)]), return_counts=True)
        order = np.argsort(-self.weight[grams], kind="stable")
        grams, count = grams[order], count[order]
        few = np.cumsum(self.posts[grams + 1] - self.posts[grams]) <= most_posts
        grams, count = grams[few], count[few]
        places, lengths = spans(self.posts, grams)
        squares = np.repeat(self.weight[grams] ** 2 * count, lengths)
        sums = np.bincount(self.rows[places], squares, minlength=len(self.total)).astype(np.float32)
        norm = np.float32(np.sqrt(((self.weight[grams] * count) ** 2).sum()))
        found: Scores = sums / np.maximum(self.norm * norm, _TINY)
        return found

    @property
    def _rare(self) -> np.float32:
        return np.float32(np.log1p(len(self.total)))


def _distinction(has: Scores) -> Scores:
    """How much each gram tells the rows apart: log(rows / rows with it) and a little, 0 for those that no row has."""
    frequency = has.sum(axis=0)
    apart = np.log(max(1, len(has)) / np.maximum(1, frequency)) + _ANYHOW
    found: Scores = (apart * (frequency > 0)).astype(np.float32)
    return found


def _edges(counts: NDArray[Any]) -> Places:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
