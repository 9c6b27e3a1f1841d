"""A recogniser that hears what the test says, for everything above recognition."""

from collections.abc import Iterable

from intents.transcripts import Transcript, typed
from voice.audio import AudioChunk, Samples
from voice.recognition.foreground import Foreground
from voice.recognition.speech_detection import WINDOW, LoudnessDetector, SpeechGate


class ScriptedRecognizer:
    """Hears the next line of its script in every loud stretch of the audio; quiet for 0.9 seconds ends a stretch."""

    QUIET_END_MS = 900

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._gate = SpeechGate(LoudnessDetector(), Foreground(level=lambda _: 0.0))
        self._samples = 0

    def accept(self, chunk: AudioChunk) -> tuple[Transcript, ...]:
        """Take the next piece of the stream."""
        pieces = range(0, len(chunk.samples), WINDOW)
        return tuple(t for start in pieces for t in self._heard(chunk.samples[start : start + WINDOW]))

    def _heard(self, samples: Samples) -> tuple[Transcript, ...]:
        self._samples += sum(map(len, self._gate.pass_on(samples)))
        return self._end() if self._gate.quiet_ms >= self.QUIET_END_MS else ()

    def partial(self) -> str:
        """A mark while somebody speaks."""
        return "…" if self._gate.is_open else ""

    @property
    def hears_speech(self) -> bool:
        """Whether it is loud."""
        return self._gate.is_open

    def finish(self) -> tuple[Transcript, ...]:
        """The stream is over."""
        return self._end() if self._gate.is_open else ()

    def _end(self) -> tuple[Transcript, ...]:
        was_speech, duration_ms = self._gate.had_speech, self._samples // 16
        self._gate.close()
        self._samples = 0
        line = next(self._lines, "") if was_speech else ""
        return (typed(line, duration_ms=duration_ms),) if line else ()
