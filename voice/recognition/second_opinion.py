"""Two recognisers, one utterance: how far to believe the one compiled from the knowledge base.

It hears the base's words very well, but it hears them in everything.  So open recognition of the same audio is asked whether
its guess is at all like what was said.  `koemado models measure` finds the borders for a model (see `voice.recognition.listening`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from intents.distance import sound_similarity
from intents.transcripts import Hypothesis


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How alike the two must sound for the guess to count."""

    disbelieved_at: float  # similarity of the sounds up to which the guess counts for nothing
    believed_at: float  # and from which it is believed wholly; greater than the other

    def of(self, agreement: float) -> float:
        """0: the guess is not what was said; 1: it is."""
        return max(0.0, min(1.0, (agreement - self.disbelieved_at) / (self.believed_at - self.disbelieved_at)))


DEFAULT_TRUST: Final = Trust(disbelieved_at=0.45, believed_at=0.65)  # for a model that was never measured


def merged(
    compiled: Sequence[Hypothesis], opened: Sequence[Hypothesis], trust: Trust = DEFAULT_TRUST
) -> tuple[Hypothesis, ...]:
    """The hypotheses of both, the best first, each reading once; confidences scaled by how far each is believed."""
    if not compiled or not opened:
        return _distinct([*compiled, *opened])
    believed = trust.of(sound_similarity(compiled[0].reading, opened[0].reading))
    if believed <= 0:
        return _distinct(opened)
    return _distinct([*(_scaled(h, believed) for h in compiled), *(_scaled(h, 1 - believed / 2) for h in opened)])


def _scaled(hypothesis: Hypothesis, factor: float) -> Hypothesis:
    return replace(hypothesis, confidence=hypothesis.confidence * factor)


def _distinct(hypotheses: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    best: dict[str, Hypothesis] = {}
    for hypothesis in hypotheses:
        best.setdefault(hypothesis.reading, hypothesis)
    return tuple(best.values())
