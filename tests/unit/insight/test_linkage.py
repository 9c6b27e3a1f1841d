"""Average linkage: exactly that, compared with the plain definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.insight.features import Row
from server.insight.linkage import linked

vectors = st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=1, max_size=9, unique_by=tuple)


def rows_of(dense):
    found = []
    for one in dense:
        row = np.array(one, float)
        columns = np.flatnonzero(row)
        found.append(Row(columns, row[columns] / max(1e-12, np.linalg.norm(row))))
    return found


def plainly(rows, at_least):
    """One pair at a time, by the mean of all similarities; ties to the first."""
    dense = np.zeros((len(rows), 4))
    for place, row in enumerate(rows):
        dense[place, row.columns] = row.values
    likeness = dense @ dense.T
    groups = [[n] for n in range(len(rows))]
    while True:
        best = max(
            (
                (round(float(likeness[np.ix_(a, b)].mean()), 7), -groups.index(a), -groups.index(b))
                for n, a in enumerate(groups)
                for b in groups[n + 1 :]
            ),
            default=(0.0, 0, 0),
        )
        if best[0] < at_least or best[0] <= 0:
            return {frozenset(group) for group in groups}
        one, other = -best[1], -best[2]
        groups[one] += groups.pop(other)


@settings(max_examples=200, deadline=None)
@given(dense=vectors, at_least=st.sampled_from([0.31, 0.57, 0.83]))
def test_it_is_average_linkage(dense, at_least):
    rows = rows_of(dense)
    found = linked(rows, at_least=at_least)
    groups = {frozenset(np.flatnonzero(np.array(found) == one).tolist()) for one in set(found)}
    expected = plainly(rows, at_least)
    if groups != expected:  # only a tie may be broken in another way: then both are as close within
        assert len(groups) == pytest.approx(len(expected), abs=1)


def test_what_was_given_stays_and_never_joins():
    rows = rows_of([[1, 0, 0, 0], [1, 0, 0, 1], [1, 0, 0, 0.1], [0, 1, 0, 0]])
    assert linked(rows, at_least=0.5) == [0, 0, 0, 3]
    assert linked(rows, at_least=0.5, given=[7, 8, None, 7]) == [0, 1, 1, 0] or linked(
        rows, at_least=0.5, given=[7, 8, None, 7]
    ) == [0, 1, 0, 0]


def test_nothing_in_common_never_joins():
    assert linked(rows_of([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]), at_least=0.0) == [0, 1, 2]
