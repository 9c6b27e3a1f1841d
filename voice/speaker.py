"""Says turns aloud: renders sentence by sentence, so that the first is heard while the next is made."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event

import numpy as np

from intents.answers import Spoken
from intents.conversation import Pace
from intents.spoken_form import spoken_form
from voice.audio import AudioChunk
from voice.ports import AudioSink, SpeechSynthesizer
from voice.speech.pcm import joined
from voice.speech.sentences import sentences

PAUSE_MS = 250  # between two sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechTimes:
    """How long saying took, in milliseconds."""

    first_audio_ms: float  # until the first sample could be heard
    synthesize_ms: float  # rendering alone, all sentences


class Speaker:
    """A voice at each pace, and a sink; mute without a voice.

    `personal` are the voices for what tells of a person; without them such things are not said.  `voices` may keep what
    they rendered, these must not.
    """

    def __init__(
        self,
        voices: Mapping[Pace, SpeechSynthesizer],
        sink: AudioSink,
        *,
        personal: Mapping[Pace, SpeechSynthesizer],
        monotonic: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._voices = voices
        self._personal = personal
        self._sink = sink
        self._monotonic = monotonic
        self._stopped = Event()

    def say(self, says: Sequence[Spoken], pace: Pace = Pace.NORMAL) -> SpeechTimes:
        """Play everything; returns when it has been heard or `stop` was called.  Raises SynthesisError, AudioDeviceError."""
        self._stopped.clear()
        began, spent, first = self._monotonic(), 0.0, 0.0
        chunks = self.rendered(says, pace)
        while True:
            started = self._monotonic()
            chunk = next(chunks, None)
            spent += self._monotonic() - started
            if chunk is None or self._stopped.is_set():
                return SpeechTimes(first_audio_ms=first * 1000, synthesize_ms=spent * 1000)
            first = first or self._monotonic() - began
            self._sink.play(chunk)

    def stop(self) -> None:
        """Be silent, from any thread; between two sentences too."""
        self._stopped.set()
        self._sink.stop()

    def rendered(self, says: Sequence[Spoken], pace: Pace = Pace.NORMAL) -> Iterator[AudioChunk]:
        """Each sentence when it is asked for, with a pause behind it."""
        for spoken in says:
            voice = (self._personal if spoken.is_personal else self._voices).get(pace)
            if voice is None:
                continue
            for sentence in sentences(speakable(spoken)):
                chunk = voice.synthesize(sentence)
                silence = np.zeros(chunk.rate_hz * PAUSE_MS // 1000, np.int16)
                yield joined([chunk, AudioChunk(samples=silence, rate_hz=chunk.rate_hz)])


def speakable(spoken: Spoken) -> str:
    """What the synthesiser is given: the reading if there is one, else the text with its overrides."""
    return spoken.reading or spoken_form(spoken.text, spoken.overrides)
