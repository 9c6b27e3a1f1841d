"""Measures, with values worked out by hand."""

import pytest

from benchmarks.measures import brier, calibration_error, reciprocal_rank, reliability, risk_coverage, wilson_interval


@pytest.mark.parametrize(
    ("order", "expected"), [(["b", "a"], 1 / 2), (["a"], 1.0), (["b", "c", "a"], 1 / 3), (["b"], 0.0), ([], 0.0)]
)
def test_reciprocal_rank_of_a(order, expected):
    assert reciprocal_rank(order, "a") == pytest.approx(expected)


def test_risk_coverage_answers_the_surest_first():
    curve = risk_coverage([0.2, 0.9, 0.6], [False, True, False])
    assert curve.coverage == pytest.approx([1 / 3, 2 / 3, 1])
    assert curve.risk == pytest.approx([0, 1 / 2, 2 / 3])
    assert curve.area == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
    assert curve.risk_at(0.5) == pytest.approx(1 / 2)


def test_ties_count_as_the_mean_of_their_orders():
    one, other = risk_coverage([0.5, 0.5], [True, False]), risk_coverage([0.5, 0.5], [False, True])
    assert one.risk == pytest.approx([0.5, 0.5])
    assert one.area == other.area


def test_a_curve_over_nothing_has_no_area():
    assert risk_coverage([], []).area == 0.0


def test_reliability_bins_and_calibration_error():
    bins = reliability([0.05, 0.95, 1.0, 0.85], [False, True, False, True])
    assert [(round(b.low, 1), b.count) for b in bins] == [(0.0, 1), (0.8, 1), (0.9, 2)]
    assert bins[2].said == pytest.approx(0.975)
    assert bins[2].was == pytest.approx(0.5)
    assert calibration_error(bins) == pytest.approx((0.05 + 0.15 + 2 * 0.475) / 4)


def test_brier():
    assert brier([0.8, 0.4], [True, False]) == pytest.approx((0.04 + 0.16) / 2)


def test_wilson_interval():
    low, high = wilson_interval(9, 10)
    assert (low, high) == (pytest.approx(0.5958, abs=1e-4), pytest.approx(0.9821, abs=1e-4))
    assert wilson_interval(0, 0) == (0.0, 1.0)
