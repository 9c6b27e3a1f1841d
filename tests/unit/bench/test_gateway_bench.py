"""How the gateway's benchmark decides what one core carries, and its figure."""

import math
from xml.etree import ElementTree

import pytest

from benchmarks.gateway_figure import drawn
from benchmarks.gateway_ramp import (
    MOST_LAG_MS,
    MOST_LATER_MS,
    bound_ms,
    carried,
    first_too_many,
    memory_mb_each,
    next_speakers,
    why_not,
)

ALONE_MS = 1_400.0
SVG = "{http://www.w3.org/2000/svg}"


def step(speakers, **changes):
    found = {"speakers": speakers, "asked": 3, "answered": 3, "lost": 0, "memory_mb": 200.0 + 6.0 * speakers}
    times = {name: {"p50": 700.0, "p95": ALONE_MS} for name in ("sound_ms", "heard_ms")}
    return found | times | {"lag_ms": {"p50": 100.0, "p95": 500.0}} | changes


def late(speakers, ms):
    return step(speakers, sound_ms={"p50": ms / 2, "p95": ms})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"lost": 1}, "connections were closed"),
        ({"answered": 2}, "questions without an answer"),
        ({"lag_ms": {"p95": MOST_LAG_MS + 1}}, "frames fall behind"),
        ({"lag_ms": {"p95": MOST_LAG_MS}}, ""),
        ({"sound_ms": {"p95": ALONE_MS + MOST_LATER_MS}}, ""),
        ({"sound_ms": {"p95": ALONE_MS + MOST_LATER_MS + 1}}, "the first sound comes late"),
        ({"sound_ms": {"p95": math.nan}, "answered": 0}, "questions without an answer"),
    ],
)
def test_why_so_many_are_not_carried(changes, reason):
    assert why_not(step(8, **changes), step(1)) == reason


@pytest.mark.parametrize("truth", [1, 3, 4, 7, 13, 20, 30, 64])
def test_it_finds_how_many_by_doubling_and_halving(truth):
    steps, tried = [], []
    while (speakers := next_speakers(steps, 64)) is not None:
        tried.append(speakers)
        steps.append(step(speakers) if speakers <= truth else late(speakers, 9_000.0))
    assert tried[0] == 1
    assert len(tried) == len(set(tried)) <= 9
    assert truth - max(1, truth // 8) <= carried(steps) <= truth


def test_a_number_that_passes_by_chance_beyond_one_that_failed_does_not_count():
    steps = [step(1), step(4), late(8, 9_000.0), step(16)]
    assert (carried(steps), first_too_many(steps)) == (4, 8)


def test_memory_is_told_by_what_more_speakers_take_and_not_by_the_start():
    steps = [step(1, memory_mb=500.0), step(4), step(8), step(16), step(12, memory_mb=900.0)]
    assert memory_mb_each(steps) == 6.0
    assert math.isnan(memory_mb_each(steps[:2]))


def test_the_figure_can_be_read_aloud_and_in_the_dark():
    steps = [step(1), step(4), step(8), late(16, 30_000.0)]
    figure = ElementTree.fromstring(drawn(steps))  # noqa: S314 - our own
    title, told = figure.find(f"{SVG}title").text, figure.find(f"{SVG}desc").text
    assert figure.get("role") == "img"
    assert "8 speakers" in title
    assert f"{bound_ms(steps[0]):.0f} ms" in told
    assert "16 speakers: first sound 30000 ms" in told
    assert "too many: the first sound comes late" in told
    assert "prefers-color-scheme: dark" in figure.find(f"{SVG}style").text
    lines = figure.findall(f".//{SVG}polyline")
    assert [len(line.get("points").split()) for line in lines] == [4, 4, 4]
    for line in lines:
        for point in line.get("points").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 760
            assert 0 <= y <= 420
