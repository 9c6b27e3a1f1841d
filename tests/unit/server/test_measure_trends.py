"""A measure's line: its points, its breaks, its target."""

from datetime import date, timedelta

from server.nightly import DayFigures
from server.periods import Period
from server.settings import Targets
from server.web.measure_trends import HEIGHT, WIDTH, trend

FIRST = date(2026, 11, 1)
WEEK = Period(FIRST, FIRST + timedelta(days=4))


def day(n, **figures):
    return DayFigures(day=FIRST + timedelta(days=n), figures=figures)


def test_a_share_is_drawn_from_the_bottom_to_the_top_and_broken_where_nothing_is_known():
    kept = [day(n, kept={"part": part, "whole": 4}) for n, part in [(0, 0), (1, 4), (3, 2)]]
    found = trend("kept", WEEK, [*kept, day(4, kept={"part": 0, "whole": 0})], Targets(kept=75))
    assert found.lines == (((0.0, HEIGHT), (WIDTH / 4, 0.0)), ((WIDTH * 3 / 4, HEIGHT / 2),))
    assert (found.target_y, found.known, len(found.days)) == (HEIGHT / 4, 3, 5)


def test_a_time_fills_the_height_and_a_score_has_its_middle_at_zero():
    times = trend(
        "resolution", WEEK, [day(n, resolution={"count": 1, "median_s": s}) for n, s in [(0, 300), (1, 600)]], Targets()
    )
    assert (times.high, times.lines[0][1][1], times.target) == (600, 0.0, None)
    nps = trend("nps", WEEK, [day(0, nps={"promoters": 1, "detractors": 1, "answers": 3})], Targets(nps=50))
    assert (nps.lines[0][0][1], nps.target_y) == (HEIGHT / 2, HEIGHT / 4)


def test_no_target_is_shown_where_none_was_set():
    assert trend("kept", WEEK, [], Targets(kept=0)).target is None
    assert trend("kept", Period(FIRST, FIRST), [day(0, kept={"part": 1, "whole": 1})], Targets()).lines == (
        ((0.0, 0.0),),
    )
