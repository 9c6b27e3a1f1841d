"""A stream's place in time, whole samples for seconds on end."""

import numpy as np
import pytest

from voice.stream_clock import StreamClock

TICK_S = 0.02


def told(late_s, ticks: int = 1_500, clock: StreamClock | None = None) -> np.ndarray:
    """How far each chunk's beginning is told from the truth, in milliseconds."""
    clock = clock or StreamClock()
    errors = []
    for number in range(ticks):
        began_s = 50.0 + number * TICK_S
        errors.append(clock.take(TICK_S, began_s + TICK_S + late_s(number)) - began_s)
    return np.array(errors) * 1000


@pytest.mark.parametrize("spread_ms", [1.0, 5.0])
def test_chunks_that_come_sooner_and_later_move_it_by_no_more_than_a_few_samples(spread_ms):
    late_s = np.random.default_rng(1).uniform(0, spread_ms / 1000, 1_500)
    errors = told(lambda number: late_s[number])
    settled = errors[250:]
    assert np.abs(settled).max() < 0.4
    assert np.count_nonzero(np.abs(np.diff(settled)) > 1e-3) < 10  # of 1,250


def test_a_loop_that_is_late_for_long_is_seen_through():
    errors = told(lambda number: 0.15 if number % 10 else 0.0)
    assert np.abs(errors[20:]).max() < 0.01


def test_lost_sound_is_made_up_for_within_eleven_seconds():
    errors = told(lambda number: 0.0 if number < 500 else 0.03)
    assert abs(errors[499]) < 0.01
    assert abs(errors[500 + 550] - 30) < 0.1


def test_a_crystal_that_drifts_is_followed():
    """100 millionths, either way: a stream that lasts longer or shorter than it should."""
    for drift in (1e-4, -1e-4):
        errors = told(lambda number, drift=drift: 0.02 + number * TICK_S * drift, ticks=3_000)
        truth_ms = 20 + np.arange(3_000) * TICK_S * drift * 1000
        assert np.abs(errors - truth_ms)[100:].max() < 2.5
        assert np.abs(np.diff(errors))[100:].max() < 0.2  # without a jump
