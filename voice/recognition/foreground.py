"""Whose speech is this?  Somebody at the device is louder than the people, the television and the room behind them."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from voice.audio import RECOGNITION_RATE_HZ, Samples

BAND_HZ: Final = (250, 4_000)  # where speech is; below it hum and rumble, above it hiss
RANGE_DB: Final = 15.0  # what lies further below the voice's loud moments is not the voice
ABOVE_CHATTER_DB: Final = 3.0  # a voice is this far above the loud moments of background speech
NEAREST_DB: Final = 10.0  # but nothing this near to the voice's own loud moments is background
FAINT_DB: Final = 14.0  # somebody who goes on speaking does not stay so far below the own loudest quarter of a second,
CROWDED_FAINT_DB: Final = (
    9.0  # or, where others are known to talk, not even so far: sentences fall by some 10 dB to their end
)
ANEW_DB: Final = 12.0  # a voice that much louder than all before it is somebody else, and nearer
SUSTAINED_DB: Final = 12.0
LONGER_THAN_A_KNOCK: Final = 3  # windows
SPAN: Final = 8  # windows over which loudness is taken, a quarter of a second
_PEAK_WINDOWS: Final = 4  # the voice's level: what that many windows of it reach or exceed
_CHATTER_WINDOWS: Final = 150  # of background speech are remembered
_FORGOTTEN_AFTER: Final = 300  # windows without any, 10 s
_GOES_ON: Final = 50  # windows: talk that paused for less is the same talk, 1.6 s
_FEWEST: Final = 4
_NOTHING_DB: Final = -30.0


def level_db(window: Samples) -> float:
    """Power of the window between 250 and 4,000 Hz, in dB (0 is one step of int16, root mean square)."""
    spectrum = np.abs(np.fft.rfft(window.astype(np.float32))) ** 2
    low, high = (round(f * len(window) / RECOGNITION_RATE_HZ) for f in BAND_HZ)
    return float(10 * np.log10(2 * spectrum[low:high].sum() / len(window) ** 2 + 1e-3))


class Foreground:
    """Follows the level of the voice of one utterance, and of the background speech of the last seconds.

    Takes every window of the stream, in order.
    """

    def __init__(self, level: Callable[[Samples], float] = level_db) -> None:
        self._level = level
        self._voice: list[float] = []  # levels of this utterance's speech
        self._chatter: deque[float] = deque(maxlen=_CHATTER_WINDOWS)
        self._without_chatter = 0
        self._levels: deque[float] = deque(maxlen=_CHATTER_WINDOWS)
        self._heard: deque[float] = deque(maxlen=SPAN)  # levels of the last windows, of what sounds like speech
        self._loudness: list[float] = []  # over SPAN windows, in dB, since the utterance's first
        self._spoken = 0  # windows of the voice since it was last loud
        self.faint_windows = 0  # since the voice was last loud

    @property
    def is_crowded(self) -> bool:
        """Whether other people have been heard talking lately, and loudly."""
        return len(self._chatter) >= SPAN and self._chatter_db() > _peak(self._voice) - RANGE_DB

    def holds(self, window: Samples, sounds_like_speech: bool) -> bool:
        """Whether the window belongs to the voice."""
        level = self._level(window)
        self._levels.append(level)
        self._heard.append(level if sounds_like_speech else _NOTHING_DB)
        is_voice = sounds_like_speech and self._is_voice(level)
        self._age(sounds_like_speech and not is_voice)
        if self._voice:
            self._measure(is_voice)
        return is_voice

    def is_sustained(self, windows: int) -> bool:
        """Whether the sound so many windows ago was as loud as the voice for longer than a knock."""
        at = len(self._levels) - 1 - windows
        near = list(self._levels)[max(0, at - LONGER_THAN_A_KNOCK + 1) : at + LONGER_THAN_A_KNOCK]
        runs = [near[n : n + LONGER_THAN_A_KNOCK] for n in range(len(near) - LONGER_THAN_A_KNOCK + 1)]
        return any(min(run) >= _peak(self._voice) - SUSTAINED_DB for run in runs)

    def begins_anew(self) -> int:
        """For how many windows somebody has spoken so much louder that all before was background; 0: nobody has."""
        before, now = self._voice[:-SPAN], self._voice[-SPAN:]
        if len(before) < SPAN or _loudness_db(now) < (louder := _loudness_db(before) + ANEW_DB):
            return 0
        first = next(n for n, level in enumerate(now) if level >= louder)
        self._chatter.extend([*before, *now[:first]])
        self._voice, self._loudness = now[first:], self._loudness[-1:]
        return len(now) - first

    def end(self) -> None:
        """The utterance is over; what went on faintly in the end was background.  The next may be anybody's."""
        if self._spoken:
            self._chatter.extend(self._voice[-self._spoken :])
            self._without_chatter = 0
        self._voice, self._loudness = [], []
        self._spoken = self.faint_windows = 0

    def _is_voice(self, level: float) -> bool:
        if level >= self._floor():
            self._voice.append(level)
            return True
        if not self._voice or level < _peak(self._voice) - RANGE_DB:
            self._chatter.append(level)
        return False

    def _floor(self) -> float:
        chatter = self._chatter_db() + ABOVE_CHATTER_DB if len(self._chatter) >= _FEWEST else _NOTHING_DB
        if not self._voice:  # out of the quiet anybody may begin, as softly as they please
            return chatter if self._without_chatter <= _GOES_ON else _NOTHING_DB
        voice = _peak(self._voice)
        return max(voice - RANGE_DB, min(chatter, voice - NEAREST_DB))

    def _chatter_db(self) -> float:
        return float(np.percentile(self._chatter, 90))

    def _age(self, is_chatter: bool) -> None:
        self._without_chatter = 0 if is_chatter else self._without_chatter + 1
        if self._without_chatter > _FORGOTTEN_AFTER:
            self._chatter.clear()

    def _measure(self, is_voice: bool) -> None:
        self._loudness.append(_loudness_db(self._heard))
        range_db = CROWDED_FAINT_DB if self.is_crowded else FAINT_DB
        is_loud = self._loudness[-1] >= max(self._loudness) - range_db
        self.faint_windows = 0 if is_loud else self.faint_windows + 1
        self._spoken = 0 if is_loud else self._spoken + is_voice


def _peak(levels: list[float]) -> float:
    return sorted(levels)[-min(len(levels), _PEAK_WINDOWS)] if levels else _NOTHING_DB


def _loudness_db(levels: Iterable[float]) -> float:
    """The third highest level, so that a knock or two in it do not count."""
    return sorted(levels)[-3:][0]
