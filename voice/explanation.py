"""Why a turn came out as it did: the evidence of every candidate, and what each way to go on was expected to cost."""

from typing import Any

from intents.conversation import Understanding
from intents.data_files import load
from intents.decision import Ambiguous, Costs, Decision, Matched, danger_in, expected_costs
from intents.matching import Candidate
from voice.assistant import Turn
from voice.turn_json import SHOWN

_WORTH_TELLING = 0.05  # of log odds


def explanation_object(turn: Turn, mind: Understanding) -> dict[str, Any]:
    """The object `explanation` of `koemado ask --explain --json` (the contract stands in docs/commands.md)."""
    ranked = turn.reaction.candidates
    return {
        "candidates": [_candidate(candidate, mind) for candidate in ranked[:SHOWN]],
        "none_of_these": round(max(0.0, 1 - sum(c.score for c in ranked)), 4),
        "danger": {
            "probability": round(danger_in(ranked), 4),
            "first_from": round(mind.costs.danger_from, 4),
        },
        "expected_costs": [{"decision": _name(way), "cost": round(cost, 3)} for way, cost in _ways(ranked, mind.costs)],
    }


def explanation_lines(turn: Turn, mind: Understanding) -> list[str]:
    """The same as lines of text."""
    told = explanation_object(turn, mind)
    if not told["candidates"]:
        return ["nothing in the base came close, or it was a reply"]
    lines = []
    for candidate in told["candidates"]:
        lines += [f"{candidate['score']:7.1%}  {candidate['id']}  「{candidate['wording']}」 by {candidate['heard']}"]
        pieces = sorted(candidate["evidence"].items(), key=lambda piece: -abs(piece[1]["adds"]))
        lines += [
            f"         {piece['adds']:+6.2f}  {name} {piece['value']:.2f}  {piece['label']}"
            for name, piece in pieces
            if abs(piece["adds"]) >= _WORTH_TELLING
        ]
    lines.append(f"{told['none_of_these']:7.1%}  none of these")
    danger = told["danger"]
    lines.append(f"danger {danger['probability']:.1%}, first from {danger['first_from']:.1%}")
    lines += [f"expected cost {way['cost']:6.2f}  {way['decision']}" for way in told["expected_costs"]]
    return lines


def _candidate(candidate: Candidate, mind: Understanding) -> dict[str, Any]:
    labels, adds = load("evidence"), mind.matcher.contributions(candidate)
    return {
        "id": candidate.topic.id,
        "score": round(candidate.score, 4),
        "wording": candidate.wording,
        "heard": candidate.heard,
        "evidence": {
            name: {
                "value": round(getattr(candidate.evidence, name, 1.0), 3),
                "adds": round(added, 3),
                "label": labels[name],
            }
            for name, added in adds.items()
        },
    }


def _ways(ranked: tuple[Candidate, ...], costs: Costs) -> list[tuple[Decision, float]]:
    return sorted(expected_costs(ranked, costs), key=lambda way: way[1]) if ranked else []


def _name(way: Decision) -> str:
    if isinstance(way, Matched):
        return f"answer {way.candidate.topic.id}"
    if isinstance(way, Ambiguous):
        return "ask " + ", ".join(c.topic.id for c in way.candidates)
    return "hand over"
