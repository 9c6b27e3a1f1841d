"""Articles that fail more than chance explains beside the others."""

import pytest

from server.insight.failing import failing, lower_bound


@pytest.mark.parametrize(
    ("part", "whole", "low"),  # Wilson (1927), one-sided 95 %; computed by hand with z = 1.645
    [(0, 0, 0.0), (0, 10, 0.0), (3, 3, 0.526), (5, 10, 0.269), (50, 100, 0.419), (10, 10, 0.787)],
)
def test_the_lower_end_of_wilsons_interval(part, whole, low):
    assert lower_bound(part, whole) == pytest.approx(low, abs=0.001)


def test_one_fails_that_is_clearly_above_the_others():
    others = {f"a{n}": (2, 20) for n in range(9)}
    assert failing(others | {"poor": (7, 10)}, fewest=3) == {"poor"}
    assert failing(others | {"few": (2, 2)}, fewest=3) == set()
    assert failing(others | {"chance": (3, 9)}, fewest=3) == {"chance"}  # 0.14, and the others fail one in ten
    assert failing(others | {"seldom": (12, 40)}, fewest=3) == set()  # above the others, and solves for most


def test_where_all_fail_alike_none_stands_out():
    assert failing({f"a{n}": (5, 10) for n in range(8)}, fewest=3) == set()
