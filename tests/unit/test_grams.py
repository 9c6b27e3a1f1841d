"""The index of n-grams, by hand-made rows."""

import numpy as np
import pytest

from intents.grams import EMPTY, GramSpace, gram_codes, look_up, rows_of_grams

BITS = 8


def space(rows: list[list[int]], sizes=(1,)) -> tuple[np.ndarray, GramSpace]:
    codes, owners = rows_of_grams([np.array(row, np.int64) for row in rows], sizes, BITS)
    vocabulary = np.unique(codes)
    return vocabulary, GramSpace.of(np.searchsorted(vocabulary, codes), owners, len(rows), len(vocabulary))


def compared(rows, asked, sizes=(1,)):
    vocabulary, found = space(rows, sizes)
    queries = [look_up(vocabulary, gram_codes(np.array(one, np.int64), sizes, BITS)) for one in asked]
    return found.compare(queries, found.slice(np.arange(len(rows))))


def test_many_rows_have_the_grams_of_each():
    rows = [[10, 11, 12], [13], [], [10, 10]]
    codes, owners = rows_of_grams([np.array(row, np.int64) for row in rows], (1, 2, 3), BITS)
    for number, row in enumerate(rows):
        alone = gram_codes(np.array(row, np.int64), (1, 2, 3), BITS)
        assert sorted(codes[owners == number].tolist()) == sorted(alone.tolist())


def test_a_row_compared_with_itself_has_all():
    found = compared([[10, 11, 12], [10, 20, 21]], [[10, 11, 12]], (1, 2))
    assert found.cosine[0, 0] == pytest.approx(1.0, abs=1e-5)
    assert found.told[0, 0] == pytest.approx(1.0, abs=1e-5)
    assert found.wanted[0, 0] == pytest.approx(1.0, abs=1e-5)
    assert 0 < found.cosine[0, 1] < 0.5


def test_told_is_a_share_of_the_query_and_wanted_of_the_row():
    found = compared([[10, 11], [10], [30]], [[10, 11], [10, 99]])
    assert found.told[0, 0] == pytest.approx(1.0)
    assert 0 < found.told[0, 1] < 1
    assert found.wanted[0, 1] == pytest.approx(1.0)
    assert found.told[1, 1] < 1  # 99 is unknown, and counts
    assert found.told[1, 2] == 0


def test_what_all_rows_have_hardly_tells_them_apart():
    found = compared([[10, 11], [10, 12], [10, 13]], [[10, 11], [10]])
    assert found.apart[0, 0] == pytest.approx(1.0)
    assert 0 < found.apart[0, 1] < found.told[0, 1] / 2
    assert found.apart[1].tolist() == pytest.approx([1.0, 1.0, 1.0])  # nothing more was said


def test_search_finds_rows_by_their_rare_grams_first():
    rows = [[10, 11]] + [[10, 20 + n] for n in range(50)]
    vocabulary, found = space(rows)
    query = look_up(vocabulary, gram_codes(np.array([10, 11], np.int64), (1,), BITS))
    assert found.search([query], 1000).argmax() == 0
    few = found.search([query], 5)  # the 51 rows with 10 are not read
    assert few[0] > 0
    assert not few[1:].any()


def test_nothing_shares_nothing():
    vocabulary, found = space([[10], [11]])
    query = look_up(vocabulary, EMPTY)
    assert not found.compare([query], found.slice(np.arange(2))).told.any()
    assert found.known(query) == 0
    empty = GramSpace.of(EMPTY, EMPTY, 0, 0)
    assert empty.search([look_up(EMPTY, np.array([5]))], 100).shape == (0,)
