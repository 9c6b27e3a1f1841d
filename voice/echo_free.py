"""The microphone without the box's own voice: brings what was played and what was heard onto one clock."""

import time
from collections.abc import Callable
from typing import Final

import numpy as np

from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.recognition.echo_canceller import Cleaned, EchoCanceller
from voice.speech.output_stage import PlayedSound
from voice.stream_clock import StreamClock

_SHARE: Final = 0.35  # of the power that was heard: so much must be left for somebody to be there
_LOUD: Final = 1.5e-5  # power, of full scale: -48 dB
_SMOOTH_S: Final = 0.2
_LASTS_S: Final = 2.0  # words come up to a second after they were spoken


class EchoFree:
    """One stream of a microphone."""

    def __init__(self, played: PlayedSound, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._played = played
        self._monotonic = monotonic
        self._canceller = EchoCanceller()
        self._clock = StreamClock()
        self._powers = [0.0, 0.0]  # heard, and left
        self._since_somebody_s = _LASTS_S

    @property
    def has_converged(self) -> bool:
        """Whether the room is known well enough."""
        return self._canceller.has_converged

    @property
    def is_somebody(self) -> bool:
        """Whether just now more was heard than the echo and its remains can be; never before the room is known."""
        return self._canceller.has_converged and self._since_somebody_s < _LASTS_S

    def reopened(self) -> None:
        """The stream begins anew; what is known of the room is kept."""
        self._clock = StreamClock()

    def take(self, chunk: AudioChunk) -> Cleaned:
        """The chunk without the echo."""
        length_s = len(chunk.samples) / RECOGNITION_RATE_HZ
        began_s = self._clock.take(length_s, self._monotonic())
        played = self._played.take(began_s, len(chunk.samples))
        cleaned = self._canceller.cancel(chunk.samples, played)
        self._weigh(chunk.samples, cleaned.suppressed, length_s)
        return cleaned

    def _weigh(self, heard: Samples, left: Samples, length_s: float) -> None:
        keeps = float(np.exp(-length_s / _SMOOTH_S))
        for place, samples in enumerate((heard, left)):
            power = float(np.mean((samples / 32768.0) ** 2)) if len(samples) else 0.0
            self._powers[place] = keeps * self._powers[place] + (1 - keeps) * power
        self._since_somebody_s += length_s
        if self._powers[0] > _LOUD and self._powers[1] > _SHARE * self._powers[0]:
            self._since_somebody_s = 0.0
