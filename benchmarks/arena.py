"""The contestants: the ranker with its decision, and the baselines, all judged on the same questions in the same way."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.baselines import Baseline, Ranking, rows_of
from benchmarks.kept_rankings import kept_rankings
from benchmarks.outcomes import Judged, Outcome, cost_of, outcome_of
from benchmarks.suites import Question, development_questions, spread
from intents.decision import Costs, decide
from intents.matching import Candidate, Matcher, Topic
from intents.transcripts import Transcript, typed
from voice import compose
from voice.knowledge import topics, valid
from voice.made_once import Readings
from voice.mind import Mind
from voice.settings import Settings

KEPT = Path(__file__).parent.parent / "build/bench"
PLACES = 10  # of each ranking looked at
TUNED_ON = 400  # development questions the baselines' thresholds are chosen on
OURS = "Koemado"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it reached matching."""

    question: Question
    heard: Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The sample base and what is made of it."""

    settings: Settings  # with its cache in build/bench
    mind: Mind
    topics: tuple[Topic, ...]
    costs: Costs

    @property
    def safety(self) -> frozenset[str]:
        """Articles about danger to people."""
        return frozenset(t.id for t in self.topics if t.safety)

    @property
    def wordings(self) -> list[str]:
        """All texts customers may use, as they stand in the base."""
        return [w.text for t in self.topics for w in t.wordings]


def sample_ground(settings: Settings) -> Ground:
    """The sample base, whatever base is in use; model and costs as in the settings."""
    model = str(compose.model_folder(settings))
    ours = settings.model_copy(update={"kb": None, "data_dir": KEPT / "data", "cache_dir": KEPT, "model": model})
    mind = compose.knowledge(ours).current()
    articles = valid(compose.knowledge_base(ours).articles(), mind.day)
    found = topics(articles, Readings(KEPT / "readings"))
    return Ground(settings=ours, mind=mind, topics=found, costs=compose.costs(ours))


def asked_by_keyboard(questions: Sequence[Question]) -> list[Asked]:
    """The questions typed without a slip."""
    return [Asked(question=q, heard=typed(q.text)) for q in questions]


def ranked(matcher: Matcher, asked: Sequence[Asked], label: str) -> list[tuple[Candidate, ...]]:
    """The ranker's candidates for each question, with a progress bar."""
    with click.progressbar(asked, label=label, file=sys.stderr) as progress:
        return [matcher.rank(one.heard, limit=PLACES) for one in progress]


def judged(asked: Sequence[Asked], candidates: Sequence[tuple[Candidate, ...]], costs: Costs) -> list[Judged]:
    """What the decision makes of the candidates."""
    return [_judged(one, found, costs) for one, found in zip(asked, candidates, strict=True)]


def _judged(one: Asked, found: tuple[Candidate, ...], costs: Costs) -> Judged:
    outcome, answered, choices = outcome_of(decide(found[:5], costs), one.question.wanted)
    return Judged(
        question=one.question,
        order=tuple(c.topic.id for c in found),
        score=found[0].score if found else 0.0,
        outcome=outcome if one.heard.hypotheses else "nothing_heard",
        answered=answered,
        choices=choices,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A baseline that answers from a score on and hands over below it."""

    baseline: Baseline
    threshold: float

    def judge(self, one: Asked) -> Judged:
        """It reads the best hypothesis; where that is in kana it has the readings to compare with."""
        best = one.heard.best
        found = self.baseline.rank(best.text, PLACES) if best else []
        return rivals_judgement(one.question, found, self.threshold, heard=best is not None)


def rivals_judgement(question: Question, found: Ranking, threshold: float, *, heard: bool) -> Judged:
    """Answer from the threshold on, else hand over."""
    first, score = found[0] if found else ("", 0.0)
    outcome: Outcome = "handed_over" if heard else "nothing_heard"
    if first and score >= threshold:
        outcome = "right" if first == question.wanted else "wrong"
    return Judged(
        question=question,
        order=tuple(topic for topic, _ in found),
        score=score,
        outcome=outcome,
        answered=first if outcome in ("right", "wrong") else "",
    )


def rivals(ground: Ground) -> list[Rival]:
    """Every baseline with the threshold that costs least on the (typed) development questions."""
    questions = spread(development_questions(), TUNED_ON)
    baselines = kept_rankings(rows_of(ground.topics), KEPT)
    with click.progressbar(baselines, label="Preparing baselines", file=sys.stderr) as progress:
        return [Rival(baseline=b, threshold=_best_threshold(b, questions, ground)) for b in progress]


def _best_threshold(baseline: Baseline, questions: Sequence[Question], ground: Ground) -> float:
    found = [(q, baseline.rank(q.text, PLACES)) for q in questions]
    tried = sorted({r[0][1] for _, r in found if r})
    steps = [tried[n * (len(tried) - 1) // 60] for n in range(61)] if tried else [0.0]

    def cost(threshold: float) -> float:
        results = [rivals_judgement(q, r, threshold, heard=True) for q, r in found]
        return sum(cost_of(j, ground.costs, ground.safety) for j in results)

    return min(steps, key=cost)
