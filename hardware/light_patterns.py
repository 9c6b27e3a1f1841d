"""What each state looks like, as a pure function of time.

States differ in how the light moves, not in its colour alone (about one man in twenty does not tell red from green), and
nothing flashes more than three times a second (WCAG 2.2, 2.3.1).  A single light shows the same patterns as a ring.
"""

import math
from collections.abc import Callable
from typing import Final

from hardware.ports import Colour, Light

Shape = Callable[[float, float], float]  # (seconds since it began, place on the ring from 0 to 1) -> 0.0 to 1.0

COLOURS: Final[dict[Light, Colour]] = {
    Light.IDLE: (0.0, 0.0, 0.0),
    Light.LISTENING: (0.1, 0.6, 1.0),
    Light.THINKING: (0.8, 0.8, 1.0),
    Light.SPEAKING: (0.1, 1.0, 0.5),
    Light.MESSAGE_WAITING: (1.0, 0.7, 0.0),
    Light.OFFLINE: (0.7, 0.2, 1.0),
    Light.ERROR: (1.0, 0.1, 0.0),
    Light.MUTED: (1.0, 0.1, 0.0),
}
STILL: Final = frozenset({Light.IDLE, Light.LISTENING})  # these do not move
FRAME_S: Final = 0.04

_TURN_S: Final = 0.8  # the spinning light goes round
_BREATH_S: Final = 2.0
_WINK_S: Final = 0.25
_MESSAGE_S: Final = 3.0  # from one wink to the next
_OFFLINE_S: Final = 4.0  # from one pair of winks to the next
_PAIR_S: Final = 0.5  # from the first to the second
_ERROR_S: Final = 0.5
_MUTED_S: Final = 2.0
_GAP_S: Final = 0.4


def colours(light: Light, at_s: float, *, count: int = 1, brightness: float = 1.0) -> tuple[Colour, ...]:
    """What `count` lights show so many seconds after the state began."""
    red, green, blue = COLOURS[light]
    shape = _SHAPES[light]
    levels = (shape(at_s, place / count) * min(1.0, max(0.0, brightness)) for place in range(count))
    return tuple((red * level, green * level, blue * level) for level in levels)


def _dark(_at_s: float, _place: float) -> float:
    return 0.0


def _steady(_at_s: float, _place: float) -> float:
    return 1.0


def _spinning(at_s: float, place: float) -> float:
    """A bright spot with a tail goes round; a single light sees it pass."""
    behind = (at_s / _TURN_S - place) % 1.0
    return (1.0 - behind) ** 2


def _breathing(at_s: float, _place: float) -> float:
    return 0.6 + 0.4 * math.cos(2 * math.pi * at_s / _BREATH_S)


def _one_wink(at_s: float, _place: float) -> float:
    return 1.0 if at_s % _MESSAGE_S < _WINK_S else 0.0


def _two_winks(at_s: float, _place: float) -> float:
    since = at_s % _OFFLINE_S
    return 1.0 if since < _WINK_S or _PAIR_S <= since < _PAIR_S + _WINK_S else 0.0


def _blinking(at_s: float, _place: float) -> float:
    return 1.0 if at_s % _ERROR_S < _ERROR_S / 2 else 0.0


def _interrupted(at_s: float, _place: float) -> float:
    """On, with a short gap: the opposite of a wink."""
    return 0.0 if at_s % _MUTED_S < _GAP_S else 1.0


_SHAPES: Final[dict[Light, Shape]] = {
    Light.IDLE: _dark,
    Light.LISTENING: _steady,
    Light.THINKING: _spinning,
    Light.SPEAKING: _breathing,
    Light.MESSAGE_WAITING: _one_wink,
    Light.OFFLINE: _two_winks,
    Light.ERROR: _blinking,
    Light.MUTED: _interrupted,
}
