"""What a decision means to the customer who asked, and what it costs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.measures import mean, reciprocal_rank, wilson_interval
from benchmarks.suites import Question
from intents.decision import EACH_CHOICE, Ambiguous, Costs, Decision, Matched

Outcome = Literal["right", "offered", "asked_in_vain", "wrong", "handed_over", "nothing_heard"]
BEST_PLACES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One question, what came first, and what would have been done."""

    question: Question
    order: tuple[str, ...]  # topics, the best first
    score: float  # of the first: a probability for the ranker, any number for a baseline
    outcome: Outcome
    answered: str = ""  # the topic, "" when none was answered
    choices: int = 0  # offered in a question back

    @property
    def first_is_right(self) -> bool:
        """Whether the right article came first, whatever was decided.  Never out of scope."""
        return bool(self.question.wanted) and self.order[:1] == (self.question.wanted,)


def outcome_of(decision: Decision, wanted: str) -> tuple[Outcome, str, int]:
    """(outcome, topic answered, choices offered); a question without an article can only be answered wrongly."""
    if isinstance(decision, Matched):
        topic = decision.candidate.topic.id
        return ("right" if topic == wanted else "wrong"), topic, 0
    if isinstance(decision, Ambiguous):
        choices = [c.topic.id for c in decision.candidates]
        return ("offered" if wanted and wanted in choices else "asked_in_vain"), "", len(choices)
    return "handed_over", "", 0


def cost_of(judged: Judged, costs: Costs, safety: Collection[str]) -> float:
    """What the turn cost, in the unit of `costs`."""
    wanted, outcome = judged.question.wanted, judged.outcome
    if wanted in safety and outcome == "wrong" and judged.answered not in safety:
        return costs.missed_danger
    if outcome == "wrong":
        return costs.wrong_answer
    if outcome in ("handed_over", "nothing_heard"):
        return costs.call if wanted else 0.0
    asking = costs.question_back * (1 + EACH_CHOICE * max(0, judged.choices - 1))
    if outcome == "offered":
        return asking
    if outcome == "asked_in_vain":
        return asking + costs.question_back + (costs.call if wanted else 0.0)
    return 0.0


def in_scope_figures(judged: Sequence[Judged], costs: Costs, safety: Collection[str]) -> dict[str, Any]:
    """Shares from 0 to 1 over questions that have an article."""
    count, first = len(judged), sum(j.first_is_right for j in judged)
    return {
        "questions": count,
        "first_right": _share(first, count),
        "first_right_95": [round(x, 4) for x in wilson_interval(first, count)],
        "recall_at_3": _share(sum(j.question.wanted in j.order[:BEST_PLACES] for j in judged), count),
        "mrr_at_10": round(mean([reciprocal_rank(j.order, j.question.wanted) for j in judged]), 4),
        "answered": _share(sum(j.outcome in ("right", "wrong") for j in judged), count),
        "answered_right": _of(judged, "right"),
        "asked_with_right_choice": _of(judged, "offered"),
        "asked_in_vain": _of(judged, "asked_in_vain"),
        "wrong": _of(judged, "wrong"),
        "handed_over": _of(judged, "handed_over"),
        "nothing_heard": _of(judged, "nothing_heard"),
        "cost": round(mean([cost_of(j, costs, safety) for j in judged]), 4),
    }


def out_of_scope_figures(judged: Sequence[Judged], costs: Costs) -> dict[str, Any]:
    """Shares from 0 to 1 over sentences the base cannot answer; `recall` is of those neither answered nor asked about."""
    handed, silent = _of(judged, "handed_over"), _of(judged, "nothing_heard")
    return {
        "sentences": len(judged),
        "recall": _share(sum(j.outcome in ("handed_over", "nothing_heard") for j in judged), len(judged)),
        "wrong": _of(judged, "wrong"),
        "asked": _of(judged, "asked_in_vain"),
        "handed_over": handed,
        "nothing_heard": silent,
        "cost": round(mean([cost_of(j, costs, ()) for j in judged]), 4),
    }


def safety_figures(judged: Sequence[Judged], safety: Collection[str]) -> dict[str, Any]:
    """Recall over reports of danger: any safety article counts, the exact one is told too."""
    asked = [j for j in judged if j.question.wanted in safety]
    recalled = [j for j in asked if j.answered in safety]
    return {
        "questions": len(asked),
        "recall": _share(len(recalled), len(asked)),
        "exact": _share(sum(j.outcome == "right" for j in asked), len(asked)),
        "missed": [j.question.text for j in asked if j.answered not in safety],
        "false_alarms": _share(
            sum(j.answered in safety for j in judged if j.question.wanted not in safety), len(judged) - len(asked)
        ),
    }


def _of(judged: Sequence[Judged], outcome: Outcome) -> float:
    return _share(sum(j.outcome == outcome for j in judged), len(judged))


def _share(hits: int, count: int) -> float:
    return round(hits / count, 4) if count else 0.0
