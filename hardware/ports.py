"""The ports of the box: what can be pressed, and what it shows."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol

Colour = tuple[float, float, float]  # red, green, blue; 0.0 is dark, 1.0 as bright as the light can


class ButtonEvent(StrEnum):
    """What somebody did with the talk button or the mute switch."""

    PRESSED = "pressed"
    HELD = "held"  # still down after a second; RELEASED follows
    RELEASED = "released"
    MUTE_ON = "mute_on"
    MUTE_OFF = "mute_off"


class Light(StrEnum):
    """What the box is doing, for whoever looks at it."""

    IDLE = "idle"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    MESSAGE_WAITING = "message_waiting"
    OFFLINE = "offline"
    ERROR = "error"
    MUTED = "muted"


class Buttons(Protocol):
    """The talk button and the mute switch."""

    def watch(self, tell: Callable[[ButtonEvent], None]) -> None:
        """Tell of every event from now on, from any thread; a switch that is on already is told of at once."""
        ...

    def close(self) -> None:
        """Tell of nothing more, and free the pins."""
        ...


class Indicator(Protocol):
    """Shows one state at a time."""

    def show(self, light: Light) -> None:
        """Show this from now on; from any thread, at once."""
        ...

    def close(self) -> None:
        """Go dark, and free the pins."""
        ...


class Pixels(Protocol):
    """One light or a ring of them."""

    @property
    def count(self) -> int:
        """How many."""
        ...

    def put(self, colours: Sequence[Colour]) -> None:
        """Light all of them.  Raises OSError when the ring has gone."""
        ...

    def close(self) -> None:
        """Go dark, and free the pins."""
        ...
