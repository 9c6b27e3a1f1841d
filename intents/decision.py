"""Answer, ask which, or say that a human must help: whatever costs the customer least, as far as the probabilities tell.

Bayes decision with a reject option (Chow 1970), costs in place of thresholds: one says what a wrong answer, a question back,
a call and an overlooked danger cost, and every decision follows from that and from calibrated probabilities.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from intents.data_files import load
from intents.matching import Candidate

MOST_CHOICES: Final = 3
_OF_ONE: Final = 0.5  # of the probability from which danger goes first, that one danger alone must have
_NOT_FAINT: Final = 0.2  # from here on a danger may be answered without asking
_STILL_LOST: Final = 0.5  # share of those asked in vain who are not helped when they say it in other words
_DELAY: Final = 0.1  # of the cost of an overlooked danger, for asking before telling what to do
EACH_CHOICE: Final = 0.15  # of the cost of a question, for every choice after the first: more to listen to


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Answering this candidate costs least."""

    candidate: Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """One to three candidates to ask about."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nothing likely enough: a human must help."""


Decision = Matched | Ambiguous | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What things cost, in any unit; only their ratios count."""

    wrong_answer: float  # an answer to something else than was asked
    question_back: float  # 「〜のことでしょうか」
    call: float  # a human calls although the base has the answer
    missed_danger: float  # a report of danger taken for something else

    @property
    def danger_from(self) -> float:
        """The probability of danger from which it goes before everything else."""
        return self.wrong_answer / (self.wrong_answer + self.missed_danger)


def shipped_costs() -> Costs:
    """The costs in `data/costs.toml`."""
    return Costs(**load("costs"))


def decide(ranked: Sequence[Candidate], costs: Costs) -> Decision:
    """Do what is expected to cost least; where danger to people is likely enough, it comes first."""
    if not ranked:
        return Unknown()
    return min(expected_costs(ranked, costs), key=lambda way: way[1])[0]


def is_danger(ranked: Sequence[Candidate], costs: Costs) -> bool:
    """Whether danger to people is likely enough to come before everything else."""
    best = max((c.score for c in ranked if c.topic.safety), default=0.0)
    return best > 0 and best >= costs.danger_from * _OF_ONE and danger_in(ranked) >= costs.danger_from


def danger_in(ranked: Sequence[Candidate]) -> float:
    """The probability that people are in danger."""
    return sum(c.score for c in ranked if c.topic.safety)


def _ways_in_danger(ranked: Sequence[Candidate], costs: Costs) -> list[tuple[Decision, float]]:
    """Take it for danger, or ask, the danger first: a faint hint (something misheard) is no reason to cry fire."""
    danger = next(c for c in ranked if c.topic.safety)
    others = [c for c in ranked if not c.topic.safety][: MOST_CHOICES - 1]
    none = max(0.0, 1 - sum(c.score for c in ranked))
    likely = danger_in(ranked)
    delayed = likely * costs.missed_danger * _DELAY
    ways: list[tuple[Decision, float]] = [
        (Ambiguous(candidates=(danger, *others[:n])), _asking((danger, *others[:n]), none, costs) + delayed)
        for n in range(len(others) + 1)
    ]
    answer = Matched(candidate=danger), (1 - likely) * costs.wrong_answer
    return [answer, *ways] if likely >= _NOT_FAINT else ways


def expected_costs(ranked: Sequence[Candidate], costs: Costs) -> list[tuple[Decision, float]]:
    """Every way to go on and what it is expected to cost; `ranked` has at least one candidate.

    Where danger to people is likely enough, only ways that put it first are left.
    """
    if is_danger(ranked, costs):
        return _ways_in_danger(ranked, costs)
    none = max(0.0, 1 - sum(c.score for c in ranked))
    ways: list[tuple[Decision, float]] = [
        (Matched(candidate=ranked[0]), (1 - ranked[0].score) * costs.wrong_answer),
        (Unknown(), costs.call * (1 - none)),
    ]
    for count in range(1, min(MOST_CHOICES, len(ranked)) + 1):
        ways.append((Ambiguous(candidates=tuple(ranked[:count])), _asking(ranked[:count], none, costs)))
    return ways


def _asking(choices: Sequence[Candidate], none: float, costs: Costs) -> float:
    """A question that takes time, and is in vain when none of the choices was meant."""
    asked_in_vain = 1 - sum(c.score for c in choices)
    question = costs.question_back * (1 + EACH_CHOICE * (len(choices) - 1))
    return question + asked_in_vain * costs.question_back + max(0.0, asked_in_vain - none) * costs.call * _STILL_LOST
