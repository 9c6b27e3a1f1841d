import numpy as np
import pytest

from voice.wake.gate import REMEMBERED, LoudnessGate

WINDOW = 512


def noise(windows: int, level: float, seed: int = 1) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal((windows, WINDOW)) * level).astype(np.int16)


@pytest.mark.parametrize("level", [5, 300, 3_000])
def test_steady_noise_keeps_it_closed_and_what_rises_above_opens_it(level):
    gate = LoudnessGate()
    assert not any(gate.rises(window) for window in noise(300, level))
    assert gate.rises(noise(1, level * 3)[0])
    assert not gate.rises(noise(1, level, seed=2)[0])


def test_it_gets_used_to_a_noise_that_stays():
    gate = LoudnessGate()
    for window in noise(100, 10):
        gate.rises(window)
    louder = [gate.rises(window) for window in noise(REMEMBERED + 50, 200)]
    assert louder[0]
    assert not louder[-1]


def test_after_reset_the_room_is_unknown():
    gate = LoudnessGate()
    for window in noise(100, 10):
        gate.rises(window)
    gate.reset()
    assert not gate.rises(noise(1, 200)[0])
