"""Two recognisers, one utterance: when to believe the compiled phrase list.

A closed list hears a known phrase very well, but it hears one in everything.  So open recognition of the same audio is
asked whether the phrase is at all like what was said.  The floor was measured with `benchmarks/second_opinion.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from intents.distance import sound_similarity
from intents.transcripts import Hypothesis

AGREEMENT_FLOOR: Final = 0.45  # similarity of the sounds from which the phrase is believed
TRUST_SPAN: Final = 0.15  # above the floor by this much it is believed wholly


def merged(
    closed: Sequence[Hypothesis], opened: Sequence[Hypothesis], wordings: Mapping[str, str]
) -> tuple[Hypothesis, ...]:
    """All hypotheses of both, the best first, each reading once.

    A known phrase that open recognition agrees with leads; otherwise open recognition leads, and the closed list's
    guesses follow with little confidence.
    """
    if not closed or not opened:
        return _distinct([*closed, *opened])
    trust = _trust(closed[0], opened[0], wordings)
    followers = [_scaled(h, trust) for h in closed]
    if trust > 0:
        return _distinct([*followers, *(_scaled(h, 1 - trust / 2) for h in opened)])
    return _distinct([*opened, *(_scaled(h, 0.2) for h in closed if h.reading not in wordings)])


def _trust(closed: Hypothesis, opened: Hypothesis, wordings: Mapping[str, str]) -> float:
    """0: the phrase is not what was said; 1: it is."""
    if closed.reading not in wordings:
        return 0.0
    agreement = sound_similarity(closed.reading, opened.reading)
    return max(0.0, min(1.0, (agreement - AGREEMENT_FLOOR) / TRUST_SPAN))


def _scaled(hypothesis: Hypothesis, factor: float) -> Hypothesis:
    return replace(hypothesis, confidence=hypothesis.confidence * factor)


def _distinct(hypotheses: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    best: dict[str, Hypothesis] = {}
    for hypothesis in hypotheses:
        best.setdefault(hypothesis.reading, hypothesis)
    return tuple(best.values())
