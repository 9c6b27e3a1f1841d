"""Two recognisers, one utterance: how far to believe the one compiled from the knowledge base.

It hears the base's words very well, but it hears them in everything.  So open recognition of the same audio is asked
whether its guess is at all like what was said.  The border lies between the agreements
seen for known phrases and for sentences of strangers; `benchmarks/recognition.py` reports both today.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from intents.distance import sound_similarity
from intents.transcripts import Hypothesis

DISBELIEVED_AT: Final = 0.45  # similarity of the sounds up to which the guess counts for nothing
BELIEVED_AT: Final = 0.65  # and from which it is believed wholly


def merged(compiled: Sequence[Hypothesis], opened: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    """The hypotheses of both, the best first, each reading once; confidences scaled by how far each is believed."""
    if not compiled or not opened:
        return _distinct([*compiled, *opened])
    trust = _trust(compiled[0], opened[0])
    if trust <= 0:
        return _distinct(opened)
    return _distinct([*(_scaled(h, trust) for h in compiled), *(_scaled(h, 1 - trust / 2) for h in opened)])


def _trust(compiled: Hypothesis, opened: Hypothesis) -> float:
    """0: the guess is not what was said; 1: it is."""
    agreement = sound_similarity(compiled.reading, opened.reading)
    return max(0.0, min(1.0, (agreement - DISBELIEVED_AT) / (BELIEVED_AT - DISBELIEVED_AT)))


def _scaled(hypothesis: Hypothesis, factor: float) -> Hypothesis:
    return replace(hypothesis, confidence=hypothesis.confidence * factor)


def _distinct(hypotheses: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    best: dict[str, Hypothesis] = {}
    for hypothesis in hypotheses:
        best.setdefault(hypothesis.reading, hypothesis)
    return tuple(best.values())
