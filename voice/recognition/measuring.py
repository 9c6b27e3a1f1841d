"""Which recognition hears best with a model: found on spoken questions whose answer is known and on other people's talk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import product
from statistics import fmean
from typing import Final

import numpy as np
from rapidfuzz.distance import Levenshtein

from intents.distance import split_morae
from intents.transcripts import Hypothesis
from voice.audio import Samples
from voice.recognition.decoding import Decoder, DecoderSource
from voice.recognition.listening import Lead, Listening
from voice.recognition.second_opinion import DEFAULT_TRUST, Trust, merged
from voice.recognition.speech_detection import WINDOW, SpeechDetector, SpeechGate
from voice.recognition.vosk_recognizer import DEFAULT_N_BEST, Hearing

STRANGERS_SHARE: Final = 1 / 3  # of what counts: most who speak to the box have a question for it
WORTH_TWO: Final = 0.003  # by so much two decoders must be better than one, which takes half the time
_BORDERS: Final = (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One take: what was said and what each decoder made of it."""

    said: str  # the reading
    is_question: bool  # else a stranger's sentence
    opened: tuple[Hypothesis, ...]
    expected: tuple[Hypothesis, ...]  # of the decoder that expects the base


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One way to listen, and the share of morae it gets wrong."""

    listening: Listening
    questions: float
    strangers: float

    @property
    def loss(self) -> float:
        """What is to be small."""
        return (1 - STRANGERS_SHARE) * self.questions + STRANGERS_SHARE * self.strangers


def strangers() -> tuple[str, ...]:
    """Sentences that no base of a shop has."""
    return tuple(files("voice.recognition").joinpath("strangers.txt").read_text(encoding="utf-8").splitlines())


class TwoEars:
    """A model as it is and as it expects the base, on the same takes."""

    def __init__(
        self, opened: DecoderSource, expecting: DecoderSource | None, hearing: Hearing, detector: SpeechDetector
    ) -> None:
        self._decoders = [source.decoder(DEFAULT_N_BEST) for source in (opened, expecting) if source]
        self._hearing = hearing
        self._detector = detector

    def hear(self, take: Samples) -> tuple[tuple[Hypothesis, ...], tuple[Hypothesis, ...]]:
        """What the model makes of a take, open and expecting the base (nothing if it cannot).

        Through the gate that every customer goes through.
        """
        speech = self._passed(take)
        heard = [self._decoded(decoder, speech) for decoder in self._decoders]
        return heard[0], heard[1] if len(heard) > 1 else ()

    def _passed(self, take: Samples) -> list[Samples]:
        """What a fresh gate lets through; all before the last beginning was background."""
        self._detector.reset()
        gate = SpeechGate(self._detector)
        parts: list[Samples] = []
        for at in range(0, len(take), WINDOW):
            passed = gate.pass_on(take[at : at + WINDOW])
            if gate.began_anew:
                parts.clear()
            parts += passed
        return [*parts, *gate.drain()]

    def _decoded(self, decoder: Decoder, parts: Sequence[Samples]) -> tuple[Hypothesis, ...]:
        for part in parts:
            decoder.feed(np.ascontiguousarray(part))
        return tuple(self._hearing.hypothesis(decoded) for decoded in decoder.take())


def judged(listening: Listening, takes: Sequence[Heard]) -> Judged:
    """The share of morae wrong, each hypothesis counting by its confidence."""
    errors = [(take.is_question, _error(_hypotheses(listening, take), take.said)) for take in takes]
    return Judged(
        listening=listening,
        questions=fmean(error for is_question, error in errors if is_question),
        strangers=fmean(error for is_question, error in errors if not is_question),
    )


def best_by_lead(takes: Sequence[Heard]) -> dict[Lead, Judged]:
    """Every way to listen, each with the borders that suit it best."""
    alone = {lead: judged(Listening(lead=lead, trust=DEFAULT_TRUST), takes) for lead in (Lead.OPEN, Lead.BASE)}
    both = (judged(Listening(lead=Lead.BOTH, trust=trust), takes) for trust in _trusts())
    return alone | {Lead.BOTH: min(both, key=lambda one: one.loss)}


def winner(found: dict[Lead, Judged]) -> Listening:
    """The way with the least loss; two decoders only where they are worth it."""
    alone = min((found[Lead.OPEN], found[Lead.BASE]), key=lambda one: one.loss)
    both = found[Lead.BOTH]
    lead = both.listening if both.loss < alone.loss - WORTH_TWO else alone.listening
    return replace(lead, trust=both.listening.trust)


def _trusts() -> Iterable[Trust]:
    return (Trust(disbelieved_at=low, believed_at=high) for low, high in product(_BORDERS, _BORDERS) if low < high)


def _hypotheses(listening: Listening, take: Heard) -> Sequence[Hypothesis]:
    if listening.lead is Lead.BOTH:
        return merged(take.expected, take.opened, listening.trust)
    return take.expected if listening.lead is Lead.BASE else take.opened


def _error(hypotheses: Sequence[Hypothesis], said: str) -> float:
    """0 to 1; 1 too where nothing was heard."""
    weight = sum(hypothesis.confidence for hypothesis in hypotheses)
    if not weight:
        return 1.0
    return sum(h.confidence * _distance(h.reading, said) for h in hypotheses) / weight


def _distance(heard: str, said: str) -> float:
    morae = split_morae(said)
    return min(1.0, Levenshtein.distance(split_morae(heard), morae) / max(1, len(morae)))
