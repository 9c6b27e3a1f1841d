"""Button, switch and light on the pins of a Raspberry Pi, through gpiozero; numbers are those of the Broadcom chip.

The button and the switch connect their pin to ground (the pins are pulled up); the light has a common cathode, and each
colour a resistor.  `factory` stands in for the real pins, for tests.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from hardware.errors import GpioUnavailable
from hardware.ports import ButtonEvent, Colour

HELD_AFTER_S: Final = 1.0
BOUNCE_S: Final = 0.02

Tell = Callable[[ButtonEvent], None]


class GpioButtons:
    """A `Buttons`: a push button for talking and, where there is a pin for it, a switch that mutes while it is closed."""

    def __init__(
        self,
        button_pin: int,
        mute_pin: int | None = None,
        *,
        held_after_s: float = HELD_AFTER_S,
        bounce_s: float | None = BOUNCE_S,
        factory: Any = None,
    ) -> None:
        """Raises GpioUnavailable."""
        make = _gpiozero().Button
        options = {"pull_up": True, "bounce_time": bounce_s, "pin_factory": factory}
        try:
            self._button = make(button_pin, hold_time=held_after_s, **options)
            self._switch = make(mute_pin, **options) if mute_pin is not None else None
        except Exception as error:  # gpiozero's own errors share no base with those of its pin libraries
            raise GpioUnavailable(str(error)) from error

    def watch(self, tell: Tell) -> None:
        """See `Buttons`; the pin library's thread tells."""
        self._button.when_pressed = lambda: tell(ButtonEvent.PRESSED)
        self._button.when_held = lambda: tell(ButtonEvent.HELD)
        self._button.when_released = lambda: tell(ButtonEvent.RELEASED)
        if self._switch is None:
            return
        self._switch.when_pressed = lambda: tell(ButtonEvent.MUTE_ON)
        self._switch.when_released = lambda: tell(ButtonEvent.MUTE_OFF)
        if self._switch.is_pressed:
            tell(ButtonEvent.MUTE_ON)

    def close(self) -> None:
        """See `Buttons`."""
        self._button.close()
        if self._switch is not None:
            self._switch.close()


class RgbLight:
    """One light of three colours, dimmed by pulse width; a `Pixels`."""

    def __init__(self, red_pin: int, green_pin: int, blue_pin: int, *, factory: Any = None) -> None:
        """Raises GpioUnavailable."""
        make = _gpiozero().RGBLED
        try:
            self._light = make(red_pin, green_pin, blue_pin, pwm=True, pin_factory=factory)
        except Exception as error:  # as above
            raise GpioUnavailable(str(error)) from error

    @property
    def count(self) -> int:
        """One."""
        return 1

    def put(self, colours: Sequence[Colour]) -> None:
        """See `Pixels`."""
        self._light.color = colours[0]

    def close(self) -> None:
        """See `Pixels`."""
        self._light.off()
        self._light.close()


def _gpiozero() -> Any:
    try:
        import gpiozero
    except ImportError as error:
        raise GpioUnavailable("gpiozero is not installed") from error
    return gpiozero
