from itertools import combinations

import pytest

from hardware.light_patterns import COLOURS, colours
from hardware.ports import Light

RATE = 50  # samples a second
SECONDS = 12


def shape(light: Light) -> list[float]:
    """How bright a single light is over time, of its own brightest: what is left without any colour."""
    levels = [max(colours(light, at / RATE)[0]) for at in range(RATE * SECONDS)]
    return [level / max(COLOURS[light]) if max(COLOURS[light]) else 0.0 for level in levels]


@pytest.mark.parametrize(("one", "other"), list(combinations(Light, 2)))
def test_states_differ_by_how_they_move_on_a_single_light(one, other):
    difference = sum(abs(a - b) for a, b in zip(shape(one), shape(other), strict=True)) / (RATE * SECONDS)
    assert difference > 0.08


@pytest.mark.parametrize("light", Light)
def test_nothing_flashes_more_than_three_times_a_second(light):
    levels = shape(light)
    rises = [at for at in range(1, len(levels)) if levels[at - 1] < 0.5 <= levels[at]]
    assert all(later - first >= RATE for first, later in zip(rises, rises[3:], strict=False))


def test_the_spot_goes_round_the_ring():
    brightest = [
        max(range(12), key=lambda place, at=at: colours(Light.THINKING, at / 30, count=12)[place]) for at in range(24)
    ]
    assert set(brightest) == set(range(12))


@pytest.mark.parametrize("light", Light)
def test_brightness_dims_and_ends_at_its_bounds(light):
    full = colours(light, 0.45, count=3, brightness=1.0)
    assert len(full) == 3
    half = colours(light, 0.45, count=3, brightness=0.5)
    for bright, dim in zip(full, half, strict=True):
        assert dim == pytest.approx([level / 2 for level in bright])
    assert colours(light, 0.45, count=3, brightness=7.0) == full
    assert colours(light, 0.45, brightness=0.0) == ((0.0, 0.0, 0.0),)


def test_only_idle_is_dark():
    dark = {light for light in Light if not any(level > 0 for level in shape(light))}
    assert dark == {Light.IDLE}
