"""How well Koemado understands: the suites behind `koemado bench understanding`, each against the baselines.

(a) independent questions about the sample base, typed; (b) the same spoken, clean, in noise and in rooms; (c) out of scope;
(d) retrieval in a sample of JaGovFaqs.  The result is plain data; `understanding_text` tells it.
"""

import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from benchmarks import suites
from benchmarks.arena import KEPT, OURS, Asked, Ground, Rival, asked_by_keyboard, judged, ranked, rivals, sample_ground
from benchmarks.bars import bars
from benchmarks.hearing import Listener
from benchmarks.jagovfaqs import measure_retrieval
from benchmarks.outcomes import Judged, in_scope_figures, out_of_scope_figures, safety_figures
from benchmarks.spoken import shared_folder
from benchmarks.suites import Overlap, Question, spread
from benchmarks.takes import CLEAN, Condition, Stage, conditions, described
from voice.settings import Settings

SUITES = ("a", "b", "c", "d")
SPOKEN = 200  # questions spoken in each condition unless told otherwise
SPOKEN_OUTSIDE = 60  # sentences out of scope that are spoken
SPLITS = {
    "fitted_on": ["benchmarks/data/dev_questions.tsv", "benchmarks/data/dev_out_of_scope.tsv", "wordings of the base"],
    "tested_on": ["tests/data/questions.tsv", "tests/data/out_of_scope.tsv", "xsid-ja", "jagovfaqs-sample"],
    "rule": "no test question equals a wording of the base or a development question by match_key; equal ones are left out",
}


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much is measured."""

    suites: Collection[str] = SUITES
    count: int | None = None  # at most so many questions of each suite
    spoken: int = SPOKEN  # at most so many spoken in each condition

    @property
    def most_spoken(self) -> int:
        """The smaller of both limits."""
        return min(self.spoken, self.count or self.spoken)


@dataclass(kw_only=True)
class Bench:
    """Everything the suites share, made when first needed."""

    settings: Settings
    extent: Extent
    shared: Path | None = field(default_factory=shared_folder)
    overlaps: list[Overlap] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @cached_property
    def ground(self) -> Ground:
        """The sample base."""
        return sample_ground(self.settings)

    @cached_property
    def rivals(self) -> list[Rival]:
        """The baselines over the sample base."""
        return rivals(self.ground)

    @cached_property
    def stage(self) -> Stage:
        """The customers."""
        return Stage(self.shared, KEPT / "takes")

    @cached_property
    def listener(self) -> Listener:
        """The recogniser of the settings."""
        return Listener(self.ground.settings, self.ground.mind, self.stage, KEPT)

    @cached_property
    def inside(self) -> list[Question]:
        """All independent questions."""
        return self.without_overlap(suites.in_scope(self.ground.wordings))

    @cached_property
    def outside(self) -> dict[str, list[Question]]:
        """Sentences out of scope by where they come from."""
        found = {"own": self.without_overlap(suites.out_of_scope(self.ground.wordings))}
        if self.shared and (self.shared / "text/xsid-ja/ja.valid.tsv").exists():
            found["xsid-ja"] = self.without_overlap(suites.xsid(self.shared, self.ground.wordings))
        else:
            self.left_out.append("(c) xsid-ja: KOEMADO_SHARED is not set, or text/xsid-ja is not in it")
        return {name: spread(questions, self.extent.count) for name, questions in found.items()}

    def without_overlap(self, found: tuple[list[Question], Overlap]) -> list[Question]:
        """Note what was left out, and go on with the rest."""
        self.overlaps.append(found[1])
        return found[0]

    def heard(self, questions: Sequence[Question], condition: Condition) -> list[Asked]:
        """The questions as the recogniser heard them."""
        transcripts = self.listener.hear(questions, condition)
        return [Asked(question=q, heard=t) for q, t in zip(questions, transcripts, strict=True)]

    def judge(self, asked: Sequence[Asked], label: str) -> dict[str, list[Judged]]:
        """By contestant."""
        found = ranked(self.ground.mind.understanding.matcher, asked, f"Matching, {label}")
        results = {OURS: judged(asked, found, self.ground.costs)}
        with click.progressbar(self.rivals, label=f"Baselines, {label}", file=sys.stderr) as progress:
            for rival in progress:
                results[rival.baseline.name] = [rival.judge(one) for one in asked]
        return results


def measure(settings: Settings, extent: Extent) -> dict[str, Any]:
    """Run the suites; plain data for JSON."""
    bench = Bench(settings=settings, extent=extent)
    steps: dict[str, Callable[[Bench], dict[str, Any]]] = {"a": _typed, "b": _spoken, "c": _outside, "d": _retrieval}
    found = {name: step(bench) for name, step in steps.items() if name in extent.suites}
    return {
        "suites": found,
        "bars": bars(found),
        "splits": SPLITS | {"overlap": [asdict(o) | {"left": o.left} for o in bench.overlaps]},
        "costs": asdict(bench.ground.costs),
        "base": {"articles": len(bench.ground.topics), "wordings": len(bench.ground.wordings)},
        "left_out": bench.left_out,
    }


def _typed(bench: Bench) -> dict[str, Any]:
    results = bench.judge(asked_by_keyboard(spread(bench.inside, bench.extent.count)), "typed")
    return _contestants(bench.ground, results) | {"of": len(bench.inside)}


def _contestants(ground: Ground, results: dict[str, list[Judged]]) -> dict[str, Any]:
    """Figures of each contestant, and recall of reports of danger."""
    return {
        "figures": {name: in_scope_figures(j, ground.costs, ground.safety) for name, j in results.items()},
        "safety": safety_figures(results[OURS], ground.safety),
    }


def _spoken(bench: Bench) -> dict[str, Any]:
    questions = spread(bench.inside, bench.extent.most_spoken)
    more_danger = _danger_left(bench, questions)
    found, missing = conditions(bench.shared)
    bench.left_out += missing
    typed = bench.judge(asked_by_keyboard(questions), "the same typed")
    out = {"typed": _contestants(bench.ground, typed)}
    for condition in found:
        results = bench.judge(bench.heard(questions, condition), condition.name)
        out[condition.name] = _contestants(bench.ground, results) | {"loss_points": _loss(typed, results)}
        out[condition.name]["safety"] = _danger(bench, results[OURS], bench.heard(more_danger, condition))
    return {"questions": len(questions), "of": len(bench.inside), "speech": described(bench.stage), "conditions": out}


def _danger_left(bench: Bench, questions: Sequence[Question]) -> list[Question]:
    """Reports of danger that are not among the questions: all are spoken, as many as questions at most."""
    danger = [q for q in bench.inside if q.wanted in bench.ground.safety]
    return [q for q in spread(danger, bench.extent.most_spoken) if q not in questions]


def _danger(bench: Bench, already: Sequence[Judged], more: Sequence[Asked]) -> dict[str, Any]:
    candidates = [bench.ground.mind.understanding.matcher.rank(one.heard) for one in more]
    return safety_figures([*already, *judged(more, candidates, bench.ground.costs)], bench.ground.safety)


def _loss(typed: dict[str, list[Judged]], spoken: dict[str, list[Judged]]) -> dict[str, float]:
    """Points of right articles first lost from typed to spoken, for each contestant on the same questions."""
    return {
        name: round(
            100 * sum(t.first_is_right - s.first_is_right for t, s in zip(j, spoken[name], strict=True)) / len(j), 2
        )
        for name, j in typed.items()
        if j
    }


def _outside(bench: Bench) -> dict[str, Any]:
    pooled = [q for questions in bench.outside.values() for q in questions]
    groups = {f"{name}, typed": asked_by_keyboard(questions) for name, questions in bench.outside.items()}
    groups["all, typed"] = asked_by_keyboard(pooled)
    some = spread(pooled, min(SPOKEN_OUTSIDE, bench.extent.most_spoken))
    for condition in _clean_and_ten(bench.shared):
        groups[f"some, spoken, {condition.name}"] = bench.heard(some, condition)
    out: dict[str, Any] = {}
    for name, asked in groups.items():
        results = bench.judge(asked, f"out of scope, {name}")
        out[name] = {who: out_of_scope_figures(j, bench.ground.costs) for who, j in results.items()}
    return {"groups": out}


def _clean_and_ten(shared: Path | None) -> list[Condition]:
    return [CLEAN, *(c for c in conditions(shared)[0] if c.name == "babble 10 dB")]


def _retrieval(bench: Bench) -> dict[str, Any]:
    folder = bench.shared / "text/jagovfaqs-sample" if bench.shared else None
    if folder is None or not folder.is_dir():
        bench.left_out.append("(d) JaGovFaqs: KOEMADO_SHARED is not set, or text/jagovfaqs-sample is not in it")
        return {}
    return measure_retrieval(folder, bench.extent.count, KEPT)
