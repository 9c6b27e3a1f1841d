from threading import Event

import pytest

from hardware.fakes import FakePixels
from hardware.light_patterns import colours
from hardware.lights import LightShow
from hardware.ports import Light

PATIENCE_S = 10


class WatchedPixels(FakePixels):
    """Tells when it was drawn."""

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self.drawn = Event()

    def put(self, colours) -> None:
        self.drawn.set()
        super().put(colours)

    def wait(self) -> None:
        self.drawn.clear()
        assert self.drawn.wait(PATIENCE_S)


@pytest.fixture
def pixels() -> WatchedPixels:
    return WatchedPixels(count=4)


@pytest.fixture
def lights(pixels):
    lights = LightShow(pixels, monotonic=lambda: 0.0)
    yield lights
    lights.close()


def test_a_state_is_drawn_at_once(lights, pixels):
    pixels.drawn.clear()
    lights.show(Light.LISTENING)
    assert pixels.drawn.wait(PATIENCE_S)
    assert pixels.colours == colours(Light.LISTENING, 0.0, count=4)


def test_what_moves_is_drawn_again_and_again(lights, pixels):
    lights.show(Light.THINKING)
    for _ in range(3):
        pixels.wait()


def test_brightness_is_seen(pixels):
    lights = LightShow(pixels, 0.5, monotonic=lambda: 0.0)
    lights.show(Light.ERROR)
    pixels.wait()
    pixels.wait()
    seen = pixels.colours
    lights.close()
    assert seen == colours(Light.ERROR, 0.0, count=4, brightness=0.5)


def test_a_ring_that_went_away_is_told_once(pixels, caplog):
    pixels.fail = True
    lights = LightShow(pixels)
    lights.show(Light.THINKING)
    for _ in range(3):
        pixels.wait()
    lights.close()
    assert len([r for r in caplog.records if "lights" in r.message]) == 1


def test_closed_lights_are_dark(pixels):
    lights = LightShow(pixels)
    lights.show(Light.LISTENING)
    lights.close()
    assert pixels.is_closed
    assert set(pixels.colours) == {(0.0, 0.0, 0.0)}
