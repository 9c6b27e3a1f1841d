"""Average-linkage clustering of sparse vectors, exact, in rounds of reciprocal nearest neighbours.  Pure.

The mean similarity between the members of two clusters is the product of their mean vectors, so it needs no matrix of all
pairs; and average linkage is reducible (a merged cluster is never closer to a third than its nearer part was), so that
merging all pairs that are each other's nearest gives what merging one pair at a time would (Murtagh 1983).  Candidates come
from an inverted index: clusters without a common column are never compared.

The same rows in the same order give the same clusters: callers sort.  Ties go to the row that comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from intents.grams import Codes
from server.insight.features import Row, Values

_NONE: Final = -1
_DIGITS: Final = 9  # sums in another order differ further behind


@dataclass(slots=True)
class _Clusters:
    """All clusters: sums of their rows, how many there are; merged away: an empty row."""

    sums: list[Row]
    sizes: NDArray[np.float64]
    fixed: NDArray[np.bool_]  # these never merge with each other
    owner: NDArray[np.int64]  # of each row


def linked(rows: Sequence[Row], *, at_least: float, given: Sequence[int | None] = ()) -> list[int]:
    """Return the cluster of each row, as the number of its first row; pairs closer than `at_least` on average merge.

    `given`: a number for rows that belong together from the start, None for others.  Clusters that begin with different
    given numbers are never merged.
    """
    if not rows:
        return []
    clusters = _begin(rows, given or [None] * len(rows))
    nearest = np.full(len(rows), _NONE, np.int64)
    close = np.zeros(len(rows))
    asking = np.flatnonzero([len(row.columns) > 0 for row in clusters.sums])
    while len(asking):
        _find_nearest(clusters, asking, nearest, close)
        pairs = _pairs(nearest, close, at_least)
        if not pairs:
            break
        changed = np.zeros(len(rows), np.bool_)
        for one, other in pairs:
            _merge(clusters, one, other)
            changed[[one, other]] = True
            nearest[other] = _NONE
        behind = np.flatnonzero((nearest >= 0) & changed[np.maximum(nearest, 0)])
        asking = np.union1d(behind, np.array([one for one, _ in pairs], np.int64))
    return _first_rows(clusters.owner)


def _begin(rows: Sequence[Row], given: Sequence[int | None]) -> _Clusters:
    clusters = _Clusters(
        sums=list(rows),
        sizes=np.ones(len(rows)),
        fixed=np.array([one is not None for one in given], np.bool_),
        owner=np.arange(len(rows)),
    )
    members: dict[int, list[int]] = {}
    for place, one in enumerate(given):
        if one is not None:
            members.setdefault(one, []).append(place)
    for places in members.values():
        clusters.sums[places[0]] = _sum([rows[place] for place in places])
        clusters.sizes[places[0]] = len(places)
        clusters.owner[places] = places[0]
        for place in places[1:]:
            _empty(clusters, place)
    return clusters


def _sum(rows: Sequence[Row]) -> Row:
    columns, places = np.unique(np.concatenate([row.columns for row in rows]), return_inverse=True)
    values = np.bincount(places, np.concatenate([row.values for row in rows]), minlength=len(columns))
    return Row(columns, values.astype(np.float64))


def _empty(clusters: _Clusters, place: int) -> None:
    clusters.sums[place] = Row(np.empty(0, np.int64), np.empty(0))
    clusters.sizes[place] = 0.0


def _find_nearest(
    clusters: _Clusters, asking: NDArray[np.int64], nearest: NDArray[np.int64], close: NDArray[np.float64]
) -> None:
    """Write down the nearest cluster of each that asks, and how close it is."""
    starts, rows, values = _inverted(clusters)
    fixed = np.flatnonzero(clusters.fixed)
    for place in asking.tolist():
        scores = _scores(clusters.sums[place], clusters.sizes[place], starts, rows, values, len(clusters.sums))
        scores[place] = 0.0
        if clusters.fixed[place]:
            scores[fixed] = 0.0
        best = int(scores.argmax())
        nearest[place], close[place] = (best, round(float(scores[best]), _DIGITS)) if scores[best] > 0 else (_NONE, 0.0)


def _inverted(clusters: _Clusters) -> tuple[NDArray[np.int64], NDArray[np.int64], Values]:
    """Columns with the clusters that have them: where each column's begin, the clusters, their mean values."""
    lengths = np.array([len(row.columns) for row in clusters.sums], np.int64)
    columns = np.concatenate([row.columns for row in clusters.sums])
    owners = np.repeat(np.arange(len(clusters.sums)), lengths)
    means = np.concatenate([row.values for row in clusters.sums]) / clusters.sizes[owners]
    order = np.argsort(columns, kind="stable")
    width = int(columns.max(initial=-1)) + 1
    starts = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=width))])
    return starts.astype(np.int64), owners[order], means[order]


def _scores(row: Row, size: float, starts: Codes, rows: Codes, values: Values, count: int) -> Values:
    begins, ends = starts[row.columns], starts[row.columns + 1]
    lengths = ends - begins
    before = np.cumsum(lengths) - lengths
    places = np.arange(int(lengths.sum())) + np.repeat(begins - before, lengths)
    products = values[places] * np.repeat(row.values / size, lengths)
    return np.bincount(rows[places], products, minlength=count).astype(np.float64)


def _pairs(nearest: NDArray[np.int64], close: NDArray[np.float64], at_least: float) -> list[tuple[int, int]]:
    """Return pairs that are each other's nearest; the closest one alone where rounding hides that."""
    places = np.flatnonzero((nearest >= 0) & (close >= at_least))
    mutual = places[nearest[nearest[places]] == places]
    pairs = [(int(one), int(nearest[one])) for one in mutual if one < nearest[one]]
    if pairs or not len(places):
        return pairs
    one = int(places[np.argmax(close[places])])
    return [(min(one, int(nearest[one])), max(one, int(nearest[one])))]


def _merge(clusters: _Clusters, one: int, other: int) -> None:
    clusters.sums[one] = _sum([clusters.sums[one], clusters.sums[other]])
    clusters.sizes[one] += clusters.sizes[other]
    clusters.fixed[one] |= clusters.fixed[other]
    clusters.fixed[other] = False
    _empty(clusters, other)
    clusters.owner[clusters.owner == other] = one


def _first_rows(owner: NDArray[np.int64]) -> list[int]:
    """Number each cluster by its first row."""
    first: dict[int, int] = {}
    return [first.setdefault(one, place) for place, one in enumerate(owner.tolist())]
