"""Short tones that say what the box is doing, made here: no files."""

from enum import StrEnum
from functools import cache
from typing import Final

import numpy as np

from voice.audio import AudioChunk

RATE_HZ: Final = 24_000
LONGEST_MS: Final = 200
PEAK: Final = 0.25 * 32767
_FADE_MS: Final = 8  # no click at either end


class Earcon(StrEnum):
    """What is said by a tone."""

    HEARD = "heard"  # the wake word or the button: speak now
    DONE = "done"  # that was understood to be the end
    SLEEP = "sleep"  # nobody is listened to any more
    MESSAGE = "message"  # there is news
    ERROR = "error"
    MUTED = "muted"
    UNMUTED = "unmuted"
    VOLUME = "volume"  # this loud


_NOTES: Final[dict[Earcon, tuple[tuple[float, int], ...]]] = {  # (Hz, ms); all below 2 kHz, where old ears hear well
    Earcon.HEARD: ((660.0, 70), (880.0, 90)),
    Earcon.DONE: ((880.0, 60),),
    Earcon.SLEEP: ((660.0, 70), (440.0, 90)),
    Earcon.MESSAGE: ((784.0, 60), (784.0, 60), (1047.0, 80)),
    Earcon.ERROR: ((220.0, 180),),
    Earcon.MUTED: ((523.0, 80), (262.0, 110)),
    Earcon.UNMUTED: ((262.0, 80), (523.0, 110)),
    Earcon.VOLUME: ((587.0, 120),),
}


@cache
def sound(earcon: Earcon) -> AudioChunk:
    """Its tone, at most 200 ms."""
    waves = [_note(hertz, ms) for hertz, ms in _NOTES[earcon]]
    return AudioChunk(samples=np.concatenate(waves), rate_hz=RATE_HZ)


def _note(hertz: float, ms: int) -> np.ndarray:
    count = RATE_HZ * ms // 1000
    fade = RATE_HZ * _FADE_MS // 1000
    seconds = np.arange(count) / RATE_HZ
    shape = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / fade)
    wave = np.sin(2 * np.pi * hertz * seconds) + 0.2 * np.sin(4 * np.pi * hertz * seconds)
    return np.rint(PEAK / 1.2 * wave * shape).astype(np.int16)
