"""Speech to transcripts with Vosk: one model, or a compiled phrase list with open recognition as second opinion.

Who does what: the speech gate (Silero VAD and level) opens an utterance, hushes what is not the speaker, counts the
quiet since the last speech and, when it is over, decides whether there was speech in it at all; the rule in
`end_of_speech` decides how much quiet is the end.  Vosk's own endpointer is not asked: it takes noise for speech and,
in steady noise, a short pause for the end.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Protocol

import numpy as np

from intents.morae import MORA_PHONES, normalise
from intents.normalise import is_opening
from intents.readings import is_kana, reading_of
from intents.transcripts import Hypothesis, Transcript
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.recognition.decoding import Decoded, Decoder, DecoderSource
from voice.recognition.end_of_speech import QUIET_MS, looks_finished, quiet_needed_ms
from voice.recognition.second_opinion import DEFAULT_TRUST, Trust, merged
from voice.recognition.speech_detection import SpeechDetector, SpeechGate, faint_noise

UTTERANCE_LIMIT_MS: Final = 30_000  # lattices grow with time; nobody asks for longer
OPENING_HOLD_MS: Final = 2_000  # after its end was decided; how long すみません waits for the question
UNCLEAR_HOLD_MS: Final = 900  # likewise, how long something waits that says nothing clear yet: 「エアコンが、」
UNFINISHED_HOLD_MS: Final = 448  # ... that is clear, but does not end as sentences do: 「修理に送りたいんだけど、」
HELD_LIMIT_MS: Final = 12_000  # whoever talks that long without asking anything clear is answered all the same
DEFAULT_N_BEST: Final = 5
PAD_AT_MS: Final = 448  # of quiet, shortly before an end is possible
PADDING_MS: Final = 480
_BLOCK: Final = 512  # samples taken at once, one window of the VAD


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
    """A SpeechRecognizer over one model, optionally led by one that expects the base's phrases.

    `wordings` maps the reading of each phrase to how it is written; `trust` says how far the leader is believed;
    what is no `is_answer` it has not heard at all.  Not thread-safe: one stream, one thread.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of the composition root
        self,
        *,
        open_model: DecoderSource,
        hearing: Hearing,
        detector: SpeechDetector,
        closed_model: DecoderSource | None = None,
        wordings: Mapping[str, str] | None = None,
        trust: Trust = DEFAULT_TRUST,
        is_clear: Callable[[Transcript], bool] = lambda _: True,
        is_answer: Callable[[Transcript], bool] = lambda _: True,
    ) -> None:
        self._hearing = hearing
        self._wordings = dict(wordings or {})
        self._trust = trust
        self._open = open_model.decoder(DEFAULT_N_BEST)
        self._closed = closed_model.decoder(DEFAULT_N_BEST) if closed_model else None
        self._gate = SpeechGate(detector)
        self._fed = 0  # samples of the open utterance
        self._sound: list[Samples] | None = None  # of the open utterance, see `keep_sound`
        self._is_padded = False  # the running pause, for the decoders
        self._is_clear = is_clear
        self._is_answer = is_answer
        self._held: Transcript | None = None  # what may go on
        self._hold_ms = 0  # how much longer
        self._is_cut = self._is_held_cut = False  # at the limit: the last stretch; what is held

    def keep_sound(self) -> None:
        """Have transcripts carry what was decoded for them, see `Transcript.sound`; from the next utterance on."""
        self._sound = []

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

    @property
    def hears_speech(self) -> bool:
        """Whether somebody seems to be speaking, or spoke and may go on; noise may be taken for it."""
        return self._gate.is_open or self._held is not None

    def finish(self) -> tuple[Transcript, ...]:
        """The stream is over: the transcript of what was still open, if anything was said in it."""
        found = self._end() if self._gate.is_open else None
        held, self._held = self._held, None
        return tuple(t for t in (_joined(held, found) if found else held,) if t)

    @property
    def _leader(self) -> Decoder:
        return self._closed or self._open

    @property
    def _decoders(self) -> tuple[Decoder, ...]:
        return (self._closed, self._open) if self._closed else (self._open,)

    def _settled(self, samples: Samples) -> Transcript | None:
        """A finished utterance.  What is not clear yet waits a moment, for the speaker may only have paused."""
        found = self._recognise(self._gate.pass_on(samples))
        if found and self._is_cut:
            self._hold_cut(found)
            found = None
        elif found:
            found, self._held = _joined(self._held, found), None
            self._hold_ms = self._patience_ms(found)
            if self._hold_ms:
                self._held, self._is_held_cut, found = found, False, None
        elif self._held and not self._gate.is_open:
            self._hold_ms -= len(samples) * 1000 // RECOGNITION_RATE_HZ
            if self._hold_ms <= 0:
                found, self._held = self._held, None
        return found

    def _hold_cut(self, found: Transcript) -> None:
        """Wait for the pause of who talks without one: a customer makes it soon, a room full of talk never does."""
        self._held = found if self._is_held_cut else _joined(self._held, found)
        self._is_held_cut, self._hold_ms = True, UNCLEAR_HOLD_MS

    def _patience_ms(self, found: Transcript) -> int:
        """How long to wait for more of an utterance."""
        if _opens(found):
            return OPENING_HOLD_MS
        if found.duration_ms >= HELD_LIMIT_MS:
            return 0
        if not self._is_clear(found):
            return UNCLEAR_HOLD_MS
        return 0 if found.best and looks_finished(found.best.reading) else UNFINISHED_HOLD_MS

    def _recognise(self, passed: list[Samples]) -> Transcript | None:
        if self._gate.began_anew:
            self._forget()
        if passed:
            self._feed(np.concatenate(passed))
        return self._end() if self._gate.is_open and self._is_over() else None

    def _feed(self, samples: Samples) -> None:
        self._fed += len(samples)
        if self._sound is not None:
            self._sound.append(samples)
        for decoder in self._decoders:
            decoder.feed(samples)

    def _is_over(self) -> bool:
        if self._fed >= UTTERANCE_LIMIT_MS * RECOGNITION_RATE_HZ // 1000:
            return True
        silence_ms = self._gate.silence_ms
        if silence_ms < PAD_AT_MS:
            self._is_padded = False
            return False
        self._pad()
        if silence_ms < QUIET_MS:
            return False
        heard = self._hearing.hypothesis(Decoded(words=self._leader.partial(), confidence=1.0))
        return silence_ms >= quiet_needed_ms(heard.reading)

    def _pad(self) -> None:
        """Let the decoders run ahead: their last words come only 0.4 to 0.7 s after they were spoken."""
        if not self._is_padded:
            self._is_padded = True
            hush = faint_noise(PADDING_MS * RECOGNITION_RATE_HZ // 1000)
            for decoder in self._decoders:
                decoder.feed(hush)

    def _forget(self) -> None:
        """What was decoded so far was background."""
        self._fed = 0
        self._taken_sound()
        for decoder in self._decoders:
            decoder.discard()

    def _end(self) -> Transcript | None:
        if self._gate.silence_ms < QUIET_MS and (rest := self._gate.drain()):
            self._feed(np.concatenate(rest))
        duration_ms = self._fed * 1000 // RECOGNITION_RATE_HZ
        was_speech = self._gate.had_speech
        self._is_cut = self._fed >= UTTERANCE_LIMIT_MS * RECOGNITION_RATE_HZ // 1000
        self._fed, sound = 0, self._taken_sound()
        self._gate.close()
        opened = [self._written(self._hearing.hypothesis(d)) for d in self._open.take()]
        closed = [self._written(self._hearing.hypothesis(d)) for d in self._closed.take()] if self._closed else []
        if closed and not self._is_answer(Transcript(hypotheses=tuple(closed), duration_ms=duration_ms)):
            closed = []
        hypotheses = merged(closed, opened, self._trust)
        if not was_speech or not hypotheses:
            return None
        return Transcript(hypotheses=hypotheses, duration_ms=duration_ms, sound=sound)

    def _taken_sound(self) -> bytes:
        """Return what was kept of the utterance, and keep it no longer."""
        if not self._sound:
            return b""
        samples = np.concatenate(self._sound)
        self._sound.clear()
        return samples.astype("<i2").tobytes()

    def _written(self, heard: Hypothesis) -> Hypothesis:
        return replace(heard, text=self._wordings.get(heard.reading, heard.text))


def _opens(found: Transcript) -> bool:
    return bool(found.best and is_opening(found.best.reading))


def _joined(held: Transcript | None, found: Transcript) -> Transcript:
    """Two stretches of one utterance; an opening is left out.  Hypotheses differ in one stretch at a time."""
    if held is None or _opens(held):
        return found
    pairs = [
        (0, 0),
        *((i, 0) for i in range(1, len(held.hypotheses))),
        *((0, j) for j in range(1, len(found.hypotheses))),
    ]
    both = [(held.hypotheses[i], found.hypotheses[j]) for i, j in sorted(pairs, key=sum)]
    return Transcript(
        hypotheses=tuple(_one_after_the_other(a, b) for a, b in both),
        duration_ms=held.duration_ms + found.duration_ms,
        sound=held.sound + found.sound,
    )


def _one_after_the_other(one: Hypothesis, other: Hypothesis) -> Hypothesis:
    """Two hypotheses as one; in kana unless both are written alike."""
    reading = one.reading + other.reading
    alike = is_kana(one.text) == is_kana(other.text)
    text = one.text + other.text if alike else reading
    return Hypothesis(text=text, reading=reading, confidence=one.confidence * other.confidence)
