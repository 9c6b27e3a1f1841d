"""Which days are computed, what is kept of them, and what is read out of it again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.measure_rows import NetPromoters, Ratio, Rows
from server.measures import figures
from server.nightly import NAMES, SETTLES_WITHIN, DayFigures, due, read, summed, written
from tests.callback_samples import NOW

TODAY = date(2026, 11, 24)


def days_ago(n):
    return TODAY - timedelta(days=n)


def test_a_day_without_anything_is_kept_as_one_without_data():
    kept = written(figures(Rows(), now=NOW))
    assert set(kept) == set(NAMES)
    assert [read(name, kept) for name in NAMES] == [None] * len(NAMES)
    assert kept["kept"] == {"part": 0, "whole": 0}


def test_what_is_kept_reads_as_it_was():
    rows = Rows(
        asked={"voice": 3, "lost": 1, "human": 2, "again": 9},
        nps={10: 3, 9: 1, 8: 4, 6: 1, 0: 1},
        ratings={"yes": ["a", "b", "c"], "no": ["d"]},
    )
    kept = written(figures(rows, now=NOW))
    assert read("self_solved", kept) == 0.5
    assert read("nps", kept) == pytest.approx(20.0)
    assert read("csat", kept) == 0.75
    assert figures(rows, now=NOW).nps == NetPromoters(promoters=4, detractors=2, answers=10)


def test_shares_of_days_are_summed_and_not_averaged():
    days = [
        DayFigures(day=days_ago(n), figures={"kept": {"part": part, "whole": whole}})
        for n, part, whole in [(2, 1, 1), (1, 0, 9)]
    ]
    assert summed(days, "kept") == Ratio(1, 10)
    assert summed(days, "reach") == Ratio(0, 0)


def test_every_day_that_is_over_is_computed_once_and_then_again_until_it_has_settled():
    assert due(TODAY, {}, None) == []
    assert due(TODAY, {}, days_ago(2)) == [days_ago(2), days_ago(1)]  # today is not over
    known = {days_ago(n): days_ago(1) for n in range(2, 60)}
    again = due(TODAY, known, days_ago(59))
    assert again == [days_ago(n) for n in range(SETTLES_WITHIN + 1, 0, -1)]
    assert due(TODAY, dict.fromkeys(known | {days_ago(1): TODAY}, TODAY), days_ago(59)) == []  # twice a night is once


@given(st.integers(0, 100), st.integers(1, 9))
def test_a_desk_that_was_off_for_some_days_leaves_no_day_out_and_settles_all(age, off):
    """Nights of a desk that runs every `off` days: in the end each day was computed after it had settled."""
    first, known = days_ago(age), {}
    for night in range(0, 120 + SETTLES_WITHIN, off):
        today = first + timedelta(days=night)
        known |= dict.fromkeys(due(today, known, first), today)
    for n in range(60):
        assert (known[first + timedelta(days=n)] - first - timedelta(days=n)).days > SETTLES_WITHIN
