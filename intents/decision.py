"""Answer, ask which, or say that a human must help: a pure decision over ranked candidates."""

from collections.abc import Sequence
from dataclasses import dataclass

from intents.data_files import load
from intents.matching import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """One candidate is both likely and alone."""

    candidate: Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Two or three candidates the customer can choose from."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nothing likely enough: a human must help."""


Decision = Matched | Ambiguous | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Probabilities between the decisions."""

    answer: float  # the best candidate is answered from here on
    lead: float  # ... if the odds to the second are at least this (1.0: a coin toss)
    ask: float  # from here on a candidate is worth asking about
    together: float  # ... if those asked about reach this together
    safety: float  # a danger to people goes first from here on
    choices: int = 3  # most candidates to ask about
    near: float = 0.2  # share of the best one's probability that the others need to be asked about


def shipped_thresholds() -> Thresholds:
    """The thresholds chosen on the development set."""
    return Thresholds(**load("ranking")["thresholds"])


def decide(ranked: Sequence[Candidate], thresholds: Thresholds) -> Decision:
    """Answer only when the best candidate is both good and alone; danger to people before everything else."""
    danger = [c for c in ranked if c.topic.safety and c.score >= thresholds.safety]
    if danger and (danger[0] is ranked[0] or danger[0].score * 2 >= ranked[0].score):
        return Matched(candidate=danger[0])
    close = [c for c in ranked if c.score >= thresholds.ask]
    if not close:
        return Unknown()
    best = close[0]
    alone = len(close) == 1 or _odds(best.score) >= thresholds.lead * _odds(close[1].score)
    if best.score >= thresholds.answer and alone:
        return Matched(candidate=best)
    choices = tuple(c for c in close if c.score >= thresholds.near * best.score)[: thresholds.choices]
    if sum(c.score for c in choices) < thresholds.together:
        return Unknown()
    return Ambiguous(candidates=choices)


def _odds(probability: float) -> float:
    return probability / max(1e-9, 1 - probability)
