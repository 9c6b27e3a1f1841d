"""How late the echo comes, in made rooms."""

import numpy as np
import pytest

from voice.recognition.echo_canceller import BLOCK
from voice.recognition.echo_delay import EchoDelay

RATE = 16_000
HEADROOM = RATE * 30 // 1000  # the reference is held back that much less than the echo is late


def noise(seed: int, seconds: float) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(int(seconds * RATE)) * 0.1


def later(wave: np.ndarray, samples: int) -> np.ndarray:
    return np.concatenate([np.zeros(samples), wave])[: len(wave)]


def run(delay: EchoDelay, heard: np.ndarray, played: np.ndarray, *, is_settled: bool = False) -> int:
    """Feed both; how often the delay changed."""
    starts = range(0, len(heard) - BLOCK + 1, BLOCK)
    return sum(delay.take(heard[at : at + BLOCK], played[at : at + BLOCK], is_settled=is_settled) for at in starts)


@pytest.mark.parametrize("samples", [1_600, 3_217, 8_000])
def test_the_delay_is_found_within_a_block_once(samples):
    delay, played = EchoDelay(), noise(1, 4)
    echo = later(played, samples) * 0.2 + noise(2, 4) * 0.05
    assert run(delay, echo, played) == 1
    assert abs(delay.samples + HEADROOM - samples) < BLOCK
    held_back = delay.delayed()
    at = len(played) - len(played) % BLOCK - delay.samples
    np.testing.assert_array_equal(held_back, played[at - BLOCK : at])


def test_a_short_delay_is_left_to_the_filter():
    delay, played = EchoDelay(), noise(1, 4)
    assert run(delay, later(played, 640), played) == 0
    assert delay.samples == 0


@pytest.mark.parametrize("seed", range(4))
def test_a_sound_that_was_not_played_moves_nothing(seed):
    delay = EchoDelay()
    assert run(delay, noise(seed, 6), noise(seed + 100, 6)) == 0
    assert delay.samples == 0


def test_silence_moves_nothing():
    delay = EchoDelay()
    assert run(delay, noise(1, 3), np.zeros(3 * RATE)) == 0
    assert run(delay, np.zeros(3 * RATE), noise(1, 3)) == 0


@pytest.mark.parametrize(("is_settled", "moves"), [(False, 1), (True, 0)])
def test_where_the_filter_works_well_more_evidence_is_wanted(is_settled, moves):
    """A delay that is there for two seconds; some are needed until the window holds nothing else."""
    delay, played = EchoDelay(), noise(1, 5)
    echo = np.concatenate([later(played, 1_600)[: 3 * RATE], later(played, 6_000)[3 * RATE :]])
    run(delay, echo[: 3 * RATE], played[: 3 * RATE])
    assert run(delay, echo[3 * RATE :], played[3 * RATE :], is_settled=is_settled) == moves
    assert abs(delay.samples + HEADROOM - (6_000 if moves else 1_600)) < BLOCK


def test_and_found_in_the_end():
    delay, played = EchoDelay(), noise(1, 8)
    echo = np.concatenate([later(played, 1_600)[: 3 * RATE], later(played, 6_000)[3 * RATE :]])
    run(delay, echo[: 3 * RATE], played[: 3 * RATE])
    assert run(delay, echo[3 * RATE :], played[3 * RATE :], is_settled=True) == 1
    assert abs(delay.samples + HEADROOM - 6_000) < BLOCK
