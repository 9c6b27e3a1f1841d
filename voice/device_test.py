"""Trying a loudspeaker and a microphone: a tone, a recording, its level, the recording played."""

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import numpy as np

from voice.audio import RECOGNITION_RATE_HZ, AudioChunk
from voice.levels import Level, Verdict, level_of, tone
from voice.ports import AudioSink, LiveSource

RECORD_MS: Final = 3_000
SETTLE_MS: Final = 300  # thrown away: many microphones begin with a click

HINTS: Final = {
    Verdict.FINE: "the microphone hears well",
    Verdict.NOTHING: "nothing at all came from the microphone: is it muted, or is another one meant (--input)?",
    Verdict.TOO_QUIET: "the microphone hears little: speak, go nearer, or turn up its volume (`alsamixer`, `pavucontrol`)",
    Verdict.CLIPPED: "the microphone is overdriven: turn down its volume (`alsamixer`, `pavucontrol`) or go further away",
}

Meter = Callable[[int, Level], None]  # milliseconds recorded, level of the last piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of it; whether the tone and the recording were heard only people can say."""

    recording: AudioChunk
    level: Level

    @property
    def is_fine(self) -> bool:
        """Whether the microphone can be used."""
        return self.level.verdict is Verdict.FINE

    @property
    def hint(self) -> str:
        """What to do, in words."""
        return HINTS[self.level.verdict]


def play_tone(sink: AudioSink) -> None:
    """Play the test tone.  Raises AudioDeviceError."""
    sink.play(tone())


def record(source: LiveSource, meter: Meter, *, record_ms: int = RECORD_MS) -> Trial:
    """Record that long and judge it.  Raises AudioDeviceError."""
    with closing(source.chunks()) as chunks:
        recording = _recorded(chunks, meter, record_ms)
    return Trial(recording=recording, level=level_of(recording))


def _recorded(chunks: Iterable[AudioChunk], meter: Meter, record_ms: int) -> AudioChunk:
    pieces, passed_ms = [], -SETTLE_MS
    for chunk in chunks:
        if passed_ms >= 0:
            pieces.append(chunk.samples)
            meter(passed_ms, level_of(chunk))
        passed_ms += chunk.duration_ms
        if passed_ms >= record_ms:
            break
    samples = np.concatenate([np.zeros(0, np.int16), *pieces])
    return AudioChunk(samples=samples, rate_hz=RECOGNITION_RATE_HZ)
