"""Is there anything to hear at all?  Something that rises above the noise of the room, be it speech or not.

Silero VAD takes as much of the processor as the whole search for the wake word, and sleeps through some voices.
"""

from typing import Final

import numpy as np

from voice.audio import Samples
from voice.recognition.foreground import level_db

ABOVE_DB: Final = 5.0  # steady noise varies by half a decibel from window to window
REMEMBERED: Final = 250  # windows, 8 s: speech has pauses in such a time
QUIETEST: Final = 0.1  # share of them that is the room's noise


class LoudnessGate:
    """Compares windows of 512 samples with the quietest of the last seconds."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the room."""
        self._levels = np.zeros(REMEMBERED)
        self._count = 0

    def rises(self, window: Samples) -> bool:
        """Whether this window is louder than the room."""
        level = level_db(window)
        self._levels[self._count % REMEMBERED] = level
        self._count += 1
        known = self._levels[: min(self._count, REMEMBERED)]
        place = int(len(known) * QUIETEST)
        return level >= float(np.partition(known, place)[place]) + ABOVE_DB
