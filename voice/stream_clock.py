"""Where the samples of a live stream lie in time, told from when its chunks come: early enough for an echo canceller.

A chunk cannot come before it was recorded, so the one of some seconds that came soonest tells it, however late the loop is.
The canceller wants the same whole sample for seconds on end, or it learns the room again and again; so what is told is steady,
and follows only as slowly as two crystals drift apart, or at once where sound was lost.
"""

from collections import deque
from typing import Final

from voice.audio import RECOGNITION_RATE_HZ

_LOOKS_BACK: Final = 10  # seconds in which the soonest chunk is looked for
_STEADY_S: Final = 10.0  # over which it is followed
_JUMP_S: Final = 0.002  # further away it is believed at once
_LEAST_S: Final = 1 / RECOGNITION_RATE_HZ  # less is no other sample


class StreamClock:
    """One stream from its beginning."""

    def __init__(self) -> None:
        self._heard_s = 0.0  # of sound
        self._soonest: deque[float] = deque(maxlen=_LOOKS_BACK)  # second by second, when the stream would have begun
        self._place_s: float | None = None
        self._told_s = 0.0

    def take(self, length_s: float, now_s: float) -> float:
        """A chunk of so many seconds came now; when it began to be recorded, later by no more than a constant."""
        began_s = self._heard_s
        self._heard_s += length_s
        offset_s = now_s - self._heard_s
        if int(began_s) >= int(self._heard_s) and self._soonest:
            self._soonest[-1] = min(self._soonest[-1], offset_s)
        else:
            self._soonest.append(offset_s)
        self._follow(min(self._soonest), length_s)
        return self._told_s + began_s

    def _follow(self, soonest_s: float, length_s: float) -> None:
        if self._place_s is None or abs(soonest_s - self._place_s) > _JUMP_S:
            self._place_s = self._told_s = soonest_s
        self._place_s += (soonest_s - self._place_s) * length_s / min(_STEADY_S, max(self._heard_s, length_s))
        if abs(self._place_s - self._told_s) > _LEAST_S:
            self._told_s = self._place_s
