"""The customer-loss model: its arithmetic, its bounds, and that what is better never costs more."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.insight.worth import BOUNDS, Assumptions, OwnFigures, Wish, own_figures, worth
from server.measure_rows import Closed, Rows
from server.measures import figures
from tests.callback_samples import NOW

OWN = OwnFigures(days=73, satisfied=60, calmed=20, unsolved=20)  # a fifth of a year
COUNTS = st.integers(0, 10_000)
OWNS = st.builds(OwnFigures, days=st.integers(1, 366), satisfied=COUNTS, calmed=COUNTS, unsolved=COUNTS)


def test_a_year_by_hand():
    year = worth(OWN, Assumptions(value_yen=10_000, hearers=10, lost_of_hearers=2))
    assert year.trouble == pytest.approx(5000)  # 100 told, five times a year, one in ten tells
    assert year.told == pytest.approx(500)
    customers = {kind: round(group.customers) for kind, group in year.groups.items()}
    assert customers == {"satisfied": 300, "calmed": 100, "unsolved": 100, "silent": 4500}
    lost = {kind: round(group.lost) for kind, group in year.groups.items()}
    assert lost == {"satisfied": 15, "calmed": 30, "unsolved": 54, "silent": 2835}
    assert year.kept_away == pytest.approx(2934 * 0.2)
    assert year.lost_yen == pytest.approx(2934 * 1.2 * 10_000)


def test_more_who_tell_and_more_who_are_satisfied():
    told = worth(OWN, Assumptions(), Wish(told=10))
    assert told.trouble == pytest.approx(5000)  # as many have trouble as before
    assert told.told == pytest.approx(1000)
    better = worth(OWN, Assumptions(), Wish(satisfied=30))
    found = {kind: round(group.customers) for kind, group in better.groups.items()}
    assert found == {
        "satisfied": 450,
        "calmed": 50,
        "unsolved": 0,
        "silent": 4500,
    }  # the unsolved first, then the calmed


@given(OWNS, st.floats(-100, 100), st.floats(-100, 100))
def test_nobody_is_made_or_lost_on_the_way(own, satisfied, told):
    year = worth(own, Assumptions(), Wish(satisfied=satisfied, told=told))
    customers = [group.customers for group in year.groups.values()]
    assert sum(customers) == pytest.approx(year.trouble)
    assert min(customers) >= -1e-6
    assert year.lost <= year.trouble + 1e-6


@given(OWNS, st.floats(0, 100), st.floats(0, 100))
def test_what_is_better_never_costs_more(own, more, most):
    before, after = (worth(own, Assumptions(), Wish(satisfied=points)) for points in sorted((more, most)))
    assert after.lost_yen <= before.lost_yen + 1e-6


def test_own_figures_are_those_of_devices_and_closed_cases():
    reasons = ["satisfied", "solved", "calmed", "unsolved", "unreachable", "withdrawn", "duplicate", "erased"]
    closed = [
        Closed(case_id=reason, opened_at=NOW - timedelta(hours=1), closed_at=NOW, reason=reason, again_at=None)
        for reason in reasons
    ]
    found = figures(Rows(closed=closed, asked={"voice": 5, "lost": 2, "human": 8}), now=NOW)
    assert own_figures(found, days=7) == OwnFigures(days=7, satisfied=7, calmed=1, unsolved=4)


def test_without_anybody_there_is_nothing_to_lose():
    assert worth(OwnFigures(days=30, satisfied=0, calmed=0, unsolved=0), Assumptions()).lost_yen == 0


@pytest.mark.parametrize("name", BOUNDS)
def test_an_assumption_beyond_its_bounds_is_refused(name):
    low, high, step = BOUNDS[name]
    for wrong in (low - step, high + step):
        with pytest.raises(ValueError, match=name):
            Assumptions(**{name: wrong})
    assert low <= getattr(Assumptions(), name) <= high
