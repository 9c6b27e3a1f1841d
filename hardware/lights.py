"""An indicator over one light or a ring: a small thread draws the pattern of the state."""

import logging
import time
from collections.abc import Callable
from threading import Condition, Thread
from typing import Final

from hardware.light_patterns import FRAME_S, STILL, colours
from hardware.ports import Light, Pixels

JOIN_S: Final = 1.0

log = logging.getLogger(__name__)


class LightShow:
    """An `Indicator`.  Draws 25 times a second while something moves, and sleeps while nothing does."""

    def __init__(
        self, pixels: Pixels, brightness: float = 1.0, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._pixels = pixels
        self._brightness = brightness
        self._monotonic = monotonic
        self._light = Light.IDLE
        self._began_s = monotonic()
        self._is_open = True
        self._is_lost = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="lights", daemon=True)
        self._thread.start()

    def show(self, light: Light) -> None:
        """See `Indicator`; a state that is shown already goes on without a jump."""
        with self._changed:
            if light is not self._light:
                self._light, self._began_s = light, self._monotonic()
            self._changed.notify()

    def close(self) -> None:
        """See `Indicator`."""
        with self._changed:
            self._is_open = False
            self._changed.notify()
        self._thread.join(JOIN_S)
        self._pixels.close()

    def _run(self) -> None:
        with self._changed:
            while self._is_open:
                self._draw()
                self._changed.wait(None if self._light in STILL else FRAME_S)

    def _draw(self) -> None:
        at_s = self._monotonic() - self._began_s
        try:
            self._pixels.put(colours(self._light, at_s, count=self._pixels.count, brightness=self._brightness))
        except OSError as error:  # a box goes on without its light
            if not self._is_lost:
                log.warning("the lights cannot be reached: %s", error)
            self._is_lost = True
