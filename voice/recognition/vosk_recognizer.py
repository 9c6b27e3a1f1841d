"""Speech to transcripts with Vosk: one model, or a compiled phrase list with open recognition as second opinion.

Who does what: Silero VAD opens an utterance and, when it is over, decides whether there was speech in it at all;
Vosk's endpointer (Kaldi's rules, settings in the model's conf/model.conf) decides when it is over.  A stretch the
endpointer leaves open although nobody has spoken for `QUIET_LIMIT_MS` (steady noise) is ended by the VAD's count.
"""

from collections.abc import Mapping
from typing import Final, Protocol

import numpy as np

from intents.morae import MORA_PHONES, normalise
from intents.normalise import is_opening
from intents.readings import reading_of
from intents.transcripts import Hypothesis, Transcript
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.recognition.decoding import Decoded, VoskDecoder, VoskModel
from voice.recognition.second_opinion import merged
from voice.recognition.speech_detection import SpeechDetector, SpeechGate

QUIET_LIMIT_MS: Final = 2_000
UTTERANCE_LIMIT_MS: Final = 30_000  # lattices grow with time; nobody asks for longer
OPENING_HOLD_MS: Final = 1_500  # how long すみません waits for the question
DEFAULT_N_BEST: Final = 5
_BLOCK: Final = 1_600  # samples fed to Vosk at once, 100 ms


class Hearing(Protocol):
    """Turns one decoder's words into hypotheses."""

    def hypothesis(self, decoded: Decoded) -> Hypothesis:
        """The words as text and reading."""
        ...


class KanaHearing:
    """The words are morae, as in the embedded model: text and reading are one."""

    def hypothesis(self, decoded: Decoded) -> Hypothesis:
        """Join the morae in normal form."""
        reading = "".join(normalise(word for word in decoded.words if word in MORA_PHONES))
        return Hypothesis(text=reading, reading=reading, confidence=decoded.confidence)


class WordHearing:
    """The words are ordinary Japanese, as in Vosk's models: the reading comes from the dictionary."""

    def hypothesis(self, decoded: Decoded) -> Hypothesis:
        """Join the words without spaces (Vosk's Japanese is space-split) and look up the reading."""
        text = "".join(decoded.words)
        return Hypothesis(text=text, reading=reading_of(text), confidence=decoded.confidence)


class VoskRecognizer:
    """A SpeechRecognizer over one open model, optionally led by one compiled from a closed list of phrases.

    `wordings` maps the reading of each compiled phrase to how it is written.  Not thread-safe: one stream, one thread.
    """

    def __init__(
        self,
        *,
        open_model: VoskModel,
        hearing: Hearing,
        detector: SpeechDetector,
        closed_model: VoskModel | None = None,
        wordings: Mapping[str, str] | None = None,
        n_best: int = DEFAULT_N_BEST,
    ) -> None:
        self._hearing = hearing
        self._wordings = dict(wordings or {})
        self._open = open_model.decoder(n_best)
        self._closed = closed_model.decoder(n_best) if closed_model else None
        self._gate = SpeechGate(detector)
        self._fed = 0  # samples of the open utterance
        self._held: Transcript | None = None  # an opening that waits for its question
        self._held_ms = 0

    def accept(self, chunk: AudioChunk) -> tuple[Transcript, ...]:
        """Take the next piece of the stream; a transcript for each utterance with speech that has ended in it."""
        if chunk.rate_hz != RECOGNITION_RATE_HZ:
            raise ValueError(f"recognition takes {RECOGNITION_RATE_HZ} Hz, not {chunk.rate_hz}")
        pieces = range(0, len(chunk.samples), _BLOCK)
        found = (self._settled(chunk.samples[i : i + _BLOCK]) for i in pieces)
        return tuple(transcript for transcript in found if transcript)

    def partial(self) -> str:
        """What has been heard of the running utterance so far, "" before speech starts."""
        return "".join(self._leader.partial()) if self._gate.is_open else ""

    def finish(self) -> tuple[Transcript, ...]:
        """The stream is over: the transcript of what was still open, if anything was said in it."""
        found = self._recognise(self._gate.drain()) or (self._end() if self._gate.is_open else None)
        held, self._held = self._held, None
        return tuple(t for t in (found or held,) if t)

    @property
    def _leader(self) -> VoskDecoder:
        return self._closed or self._open

    def _settled(self, samples: Samples) -> Transcript | None:
        """A finished utterance; 「すみません」 alone waits a while for what it opens."""
        found = self._recognise(self._gate.pass_on(samples))
        if found and found.best and is_opening(found.best.reading):
            self._held, self._held_ms, found = found, 0, None
        elif found:
            self._held = None
        elif self._held and not self._gate.is_open:
            self._held_ms += len(samples) * 1000 // RECOGNITION_RATE_HZ
            if self._held_ms >= OPENING_HOLD_MS:
                found, self._held = self._held, None
        return found

    def _recognise(self, passed: list[Samples]) -> Transcript | None:
        return self._end() if passed and self._feed(np.concatenate(passed)) else None

    def _feed(self, samples: Samples) -> bool:
        """Decode; True when the utterance is over."""
        self._fed += len(samples)
        ended = self._leader.feed(samples)
        if self._closed:
            self._open.feed(samples)  # its own endpoints do not count: the leader's do
        too_long = self._fed >= UTTERANCE_LIMIT_MS * RECOGNITION_RATE_HZ // 1000
        return ended or too_long or self._gate.quiet_ms >= QUIET_LIMIT_MS

    def _end(self) -> Transcript | None:
        duration_ms = self._fed * 1000 // RECOGNITION_RATE_HZ
        was_speech = self._gate.had_speech
        self._fed = 0
        self._gate.close()
        opened = [self._hearing.hypothesis(d) for d in self._open.take()]
        closed = [self._written(KanaHearing().hypothesis(d)) for d in self._closed.take()] if self._closed else []
        hypotheses = merged(closed, opened)
        if not was_speech or not hypotheses:
            return None
        return Transcript(hypotheses=hypotheses, duration_ms=duration_ms)

    def _written(self, heard: Hypothesis) -> Hypothesis:
        text = self._wordings.get(heard.reading, heard.text)
        return Hypothesis(text=text, reading=heard.reading, confidence=heard.confidence)
