"""What buttons and lights keep, fakes and pins alike; the pins are gpiozero's mock pins."""

import queue
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from hardware.absent import NoButtons, NoIndicator
from hardware.errors import GpioUnavailable
from hardware.fakes import FakeButtons, FakeIndicator, FakePixels
from hardware.gpio import GpioButtons, RgbLight
from hardware.lights import LightShow
from hardware.ports import ButtonEvent, Buttons, Indicator, Light, Pixels

PATIENCE_S = 10
TALK, MUTE = 17, 27


@dataclass
class Rig:
    """Buttons, and a finger."""

    buttons: Buttons
    press: Callable[[], None]
    release: Callable[[], None]
    mute: Callable[[], None]
    unmute: Callable[[], None]


@pytest.fixture
def pins():
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.reset()


def fake(_pins) -> Rig:
    buttons = FakeButtons()
    return Rig(
        buttons,
        press=lambda: buttons.do(ButtonEvent.PRESSED, ButtonEvent.HELD),
        release=lambda: buttons.do(ButtonEvent.RELEASED),
        mute=lambda: buttons.do(ButtonEvent.MUTE_ON),
        unmute=lambda: buttons.do(ButtonEvent.MUTE_OFF),
    )


def gpio(pins) -> Rig:
    buttons = GpioButtons(TALK, MUTE, held_after_s=0.01, bounce_s=None, factory=pins)
    talk, mute = pins.pin(TALK), pins.pin(MUTE)
    return Rig(buttons, talk.drive_low, talk.drive_high, mute.drive_low, mute.drive_high)


@pytest.fixture(params=[fake, gpio], ids=lambda make: make.__name__)
def rig(request, pins):
    rig = request.param(pins)
    yield rig
    rig.buttons.close()


@pytest.fixture
def told(rig):
    events: queue.Queue[ButtonEvent] = queue.Queue()
    rig.buttons.watch(events.put)
    return lambda: events.get(timeout=PATIENCE_S)


def test_a_long_press_is_told_in_order(rig, told):
    rig.press()
    assert [told(), told()] == [ButtonEvent.PRESSED, ButtonEvent.HELD]
    rig.release()
    assert told() is ButtonEvent.RELEASED


def test_the_switch_is_told_both_ways(rig, told):
    rig.mute()
    rig.unmute()
    assert [told(), told()] == [ButtonEvent.MUTE_ON, ButtonEvent.MUTE_OFF]


def test_nothing_is_told_after_close(rig):
    events = []
    rig.buttons.watch(events.append)
    rig.buttons.close()
    rig.buttons.close()
    assert events == []


@pytest.mark.parametrize("kind", ["fake", "gpio"])
def test_a_switch_that_is_on_already_is_told_at_once(kind, pins):
    if kind == "gpio":
        pins.pin(MUTE).drive_low()
    buttons = FakeButtons(muted=True) if kind == "fake" else GpioButtons(TALK, MUTE, factory=pins)
    if kind == "gpio":
        pins.pin(MUTE).drive_low()
    events = []
    buttons.watch(events.append)
    assert events == [ButtonEvent.MUTE_ON]
    buttons.close()


def test_a_box_without_a_switch_and_one_without_buttons(pins):
    buttons = GpioButtons(TALK, factory=pins)
    events = []
    buttons.watch(events.append)
    NoButtons().watch(events.append)
    assert events == []
    buttons.close()


def test_a_quick_tap_is_no_long_press(pins):
    buttons = GpioButtons(TALK, held_after_s=60.0, bounce_s=None, factory=pins)
    events = []
    buttons.watch(events.append)
    pins.pin(TALK).drive_low()
    pins.pin(TALK).drive_high()
    assert events == [ButtonEvent.PRESSED, ButtonEvent.RELEASED]
    buttons.close()


def pin_light(pins) -> Pixels:
    return RgbLight(22, 23, 24, factory=pins)


def ring(_pins) -> Pixels:
    return FakePixels(12)


@pytest.fixture(params=[pin_light, ring], ids=lambda make: make.__name__)
def pixels(request, pins):
    return request.param(pins)


@pytest.fixture(params=["show", "fake", "none"])
def indicator(request, pins) -> Indicator:
    made = {"show": lambda: LightShow(RgbLight(22, 23, 24, factory=pins)), "fake": FakeIndicator, "none": NoIndicator}
    return made[request.param]()


def test_every_state_can_be_shown(indicator):
    for light in Light:
        indicator.show(light)
    indicator.close()


def test_pixels_show_what_they_are_given_and_go_dark(pixels, pins):
    pixels.put([(0.25, 0.5, 1.0)] * pixels.count)
    if isinstance(pixels, RgbLight):
        assert [pins.pin(number).state for number in (22, 23, 24)] == pytest.approx([0.25, 0.5, 1.0])
    pixels.close()
    if isinstance(pixels, RgbLight):
        assert [float(pins.pin(number).state) for number in (22, 23, 24)] == [0.0, 0.0, 0.0]


def test_a_machine_without_gpiozero_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    with pytest.raises(GpioUnavailable, match="koemado"):
        GpioButtons(TALK)


def test_a_pin_that_is_not_there_is_said(pins):
    with pytest.raises(GpioUnavailable):
        RgbLight(22, 22, 24, factory=pins)
