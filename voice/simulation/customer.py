"""A customer who really speaks: lines are synthesised and heard through the model, the gate and the end-of-speech rule."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from intents.answers import Spoken
from intents.transcripts import NOTHING_HEARD, Transcript
from voice import compose
from voice.assistant import Assistant
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.audio_files import resample
from voice.ports import SpeechRecognizer
from voice.recognition.speech_detection import faint_noise
from voice.settings import Settings
from voice.simulation.play import as_typed
from voice.simulation.script import CustomerLine
from voice.speaker import speakable
from voice.speech.pcm import joined
from voice.speech.sentences import sentences

PITCH: Final = -3.0  # semitones: customers must not sound like the assistant
QUIET_MS: Final = 400  # before each line
AFTER_MS: Final = 2_500  # behind it, so that the recogniser finds the end itself
_PIECE: Final = RECOGNITION_RATE_HZ // 10


class SpokenCustomer:
    """Speaks lines marked as spoken, or all of them, and hears them as the device would."""

    def __init__(self, settings: Settings, *, everything: bool) -> None:
        """Raises ModelError."""
        self._voice = compose.synthesizer(settings.model_copy(update={"speech_pitch": PITCH}), cached=False)
        self._ears = compose.Ears(settings)
        self._everything = everything

    def hear(self, line: CustomerLine, assistant: Assistant) -> tuple[Transcript, ...]:
        """What the device makes of a line, given what it asked last: two turns where it takes a pause for the end."""
        if not line.text or not (self._everything or line.by_voice):
            return as_typed(line, assistant)
        recognizer = self._ears.recognizer_for(assistant.mind, assistant.stage, yes_or_no=assistant.asks_yes_or_no)
        return tuple(_heard(recognizer, self._spoken(line.text))) or (NOTHING_HEARD,)

    def _spoken(self, text: str) -> Samples:
        """At 16 kHz, over faint room tone."""
        chunk = joined([self._voice.synthesize(sentence) for sentence in sentences(speakable(Spoken(text=text)))])
        speech = resample(chunk.samples, chunk.rate_hz, RECOGNITION_RATE_HZ)
        before, after = (faint_noise(ms * RECOGNITION_RATE_HZ // 1000) for ms in (QUIET_MS, AFTER_MS))
        return np.concatenate([before, speech, after])


def _heard(recognizer: SpeechRecognizer, samples: Samples) -> Iterator[Transcript]:
    for start in range(0, len(samples), _PIECE):
        yield from recognizer.accept(AudioChunk(samples=samples[start : start + _PIECE], rate_hz=RECOGNITION_RATE_HZ))
    yield from recognizer.finish()
