"""A turn as the JSON object that scripts rely on (the contract stands in docs/commands.md)."""

from typing import Any

from intents.transcripts import Hypothesis
from kb.articles import Article
from voice.assistant import Turn

SHOWN = 5  # candidates


def turn_object(turn: Turn, *, recognize_ms: float, synthesize_ms: float, total_ms: float) -> dict[str, Any]:
    """The object of `koemado ask --json` and `koemado listen --json`; times in milliseconds."""
    return {
        "heard": _heard(turn.heard.best, turn.heard.hypotheses),
        "decision": str(turn.reaction.outcome),
        "article": _article(turn.article),
        "candidates": [
            {"id": c.topic.id, "title": c.topic.title, "score": round(c.score, 4)}
            for c in turn.reaction.candidates[:SHOWN]
        ],
        "spoken": turn.text,
        "timings_ms": {
            "recognize": round(recognize_ms, 1),
            "match": round(turn.match_ms, 1),
            "synthesize": round(synthesize_ms, 1),
            "total": round(total_ms, 1),
        },
    }


def _heard(best: Hypothesis | None, alternatives: tuple[Hypothesis, ...]) -> dict[str, Any]:
    return {
        "text": best.text if best else "",
        "reading": best.reading if best else "",
        "confidence": round(best.confidence, 4) if best else 0.0,
        "alternatives": [
            {"text": h.text, "reading": h.reading, "confidence": round(h.confidence, 4)} for h in alternatives
        ],
    }


def _article(article: Article | None) -> dict[str, Any] | None:
    if article is None:
        return None
    return {"id": article.id, "title": article.title, "category": article.category, "safety": article.safety}
