"""How good the decisions are: calibration, risk against coverage, and what other costs would change.

On suite (a) typed with (c) typed, and on parts of both spoken, clean and in babble.  "Right" in the curves means that the article
that came first is the one that was wanted; out of scope nothing is right.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from benchmarks.arena import OURS, Asked, asked_by_keyboard, judged, ranked
from benchmarks.bars import ANSWERED, DANGER, OUTSIDE, WRONG, at_least, at_most
from benchmarks.measures import Bin, brier, calibration_error, reliability, risk_coverage
from benchmarks.outcomes import Judged, in_scope_figures, out_of_scope_figures, safety_figures
from benchmarks.suites import spread
from benchmarks.takes import CLEAN, conditions
from benchmarks.understanding import SPLITS, Bench, Extent
from benchmarks.understanding_text import NAME_WIDTH, bar_lines
from intents.decision import Costs
from intents.matching import Candidate
from voice.settings import Settings

POINTS = 100  # of a curve that are kept
SPOKEN_IN = ("clean", "babble 10 dB")
Candidates = Sequence[tuple[Candidate, ...]]


def measure(settings: Settings, *, count: int | None, spoken: int) -> dict[str, Any]:
    """Plain data for JSON: a group of figures for typed, clean and noisy questions."""
    bench = Bench(settings=settings, extent=Extent(count=count, spoken=spoken))
    groups = {name: _group(bench, asked, name) for name, asked in _asked(bench).items()}
    return {
        "groups": groups,
        "costs": asdict(bench.ground.costs),
        "bars": list(_bars(groups["typed"])),
        "splits": SPLITS | {"overlap": [asdict(o) | {"left": o.left} for o in bench.overlaps]},
        "left_out": bench.left_out,
    }


def _asked(bench: Bench) -> dict[str, list[Asked]]:
    """In scope and out of scope together."""
    inside = spread(bench.inside, bench.extent.count)
    outside = [q for questions in bench.outside.values() for q in questions]
    some = spread(bench.inside, bench.extent.most_spoken)
    share = len(some) / max(1, len(inside))
    some_outside = spread(outside, max(1, round(share * len(outside))))
    groups = {"typed": asked_by_keyboard([*inside, *outside])}
    found, missing = conditions(bench.shared)
    bench.left_out += [reason.replace("(b) ", "spoken, ") for reason in missing]
    for condition in [c for c in found if c.name in SPOKEN_IN] or [CLEAN]:
        groups[f"spoken, {condition.name}"] = bench.heard([*some, *some_outside], condition)
    return groups


def _group(bench: Bench, asked: Sequence[Asked], name: str) -> dict[str, Any]:
    found = ranked(bench.ground.mind.understanding.matcher, asked, f"Matching, {name}")
    ours = judged(asked, found, bench.ground.costs)
    rivals = {r.baseline.name: [r.judge(one) for one in asked] for r in bench.rivals}
    sure, right = [j.score for j in ours], [j.first_is_right for j in ours]
    bins = reliability(sure, right)
    return {
        "in_scope": sum(bool(j.question.wanted) for j in ours),
        "out_of_scope": sum(not j.question.wanted for j in ours),
        "ece": round(calibration_error(bins), 4),
        "brier": round(brier(sure, right), 4),
        "reliability": [_plain(b) for b in bins],
        "curves": {who: _curve(j) for who, j in {OURS: ours, **rivals}.items()},
        "decisions": {who: _decided(bench, j, bench.ground.costs) for who, j in {OURS: ours, **rivals}.items()},
        "cost_settings": _cost_settings(bench, asked, found),
    }


def _plain(one: Bin) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(one).items()}


def _curve(results: Sequence[Judged]) -> dict[str, Any]:
    """Risk against coverage over everything asked, and the areas also for questions in scope alone."""
    inside = [j for j in results if j.question.wanted]
    curve, alone = (
        risk_coverage([j.score for j in js], [j.first_is_right for j in js]) for js in (list(results), inside)
    )
    places = spread(range(len(curve.risk)), POINTS)
    answered = [j for j in results if j.outcome in ("right", "wrong")]
    return {
        "aurc": round(curve.area, 4),
        "aurc_in_scope": round(alone.area, 4),
        "coverage": [round(float(curve.coverage[n]), 4) for n in places],
        "risk": [round(float(curve.risk[n]), 4) for n in places],
        "works_at": {
            "coverage": round(len(answered) / max(1, len(results)), 4),
            "risk": round(sum(j.outcome == "wrong" for j in answered) / max(1, len(answered)), 4),
        },
    }


def _decided(bench: Bench, results: Sequence[Judged], costs: Costs) -> dict[str, Any]:
    safety = bench.ground.safety
    inside = [j for j in results if j.question.wanted]
    outside = [j for j in results if not j.question.wanted]
    return {
        "in_scope": in_scope_figures(inside, costs, safety),
        "out_of_scope": out_of_scope_figures(outside, costs),
        "safety": safety_figures(inside, safety),
    }


def cost_settings(shipped: Costs) -> dict[str, Costs]:
    """Costs in plain words, the ones in force first."""
    return {
        "in force": shipped,
        "wrong answers cost half": replace(shipped, wrong_answer=shipped.wrong_answer / 2),
        "wrong answers cost twice": replace(shipped, wrong_answer=shipped.wrong_answer * 2),
        "wrong answers cost five times": replace(shipped, wrong_answer=shipped.wrong_answer * 5),
        "questions back cost half": replace(shipped, question_back=shipped.question_back / 2),
        "questions back cost twice": replace(shipped, question_back=shipped.question_back * 2),
        "calls cost half": replace(shipped, call=shipped.call / 2),
        "calls cost twice": replace(shipped, call=shipped.call * 2),
        "missed danger costs a quarter": replace(shipped, missed_danger=shipped.missed_danger / 4),
    }


def _cost_settings(bench: Bench, asked: Sequence[Asked], found: Candidates) -> list[dict[str, Any]]:
    out = []
    for name, costs in cost_settings(bench.ground.costs).items():
        figures = _decided(bench, judged(asked, found, costs), costs)
        inside, outside, danger = (figures[part] for part in ("in_scope", "out_of_scope", "safety"))
        shares = ("answered", "answered_right", "asked_with_right_choice", "asked_in_vain", "wrong", "handed_over")
        row = {"setting": name, **asdict(costs), **{share: inside[share] for share in shares}}
        row |= {"out_of_scope_recall": outside["recall"], "out_of_scope_answered": outside["wrong"]}
        out.append(row | {"danger_recall": danger["recall"], "false_alarms": danger["false_alarms"]})
    return out


def _bars(typed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    ours = typed["decisions"][OURS]
    yield at_most("wrong answers in scope, typed", WRONG * 100, ours["in_scope"]["wrong"] * 100)
    yield at_least("answered directly in scope, typed", ANSWERED * 100, ours["in_scope"]["answered"] * 100)
    yield at_least("out-of-scope recall, typed", OUTSIDE * 100, ours["out_of_scope"]["recall"] * 100)
    if ours["safety"]["questions"]:
        yield at_least("recall of danger, typed", DANGER * 100, ours["safety"]["recall"] * 100)


def lines(result: Mapping[str, Any]) -> Iterator[str]:
    """The summary for the terminal."""
    told = ", ".join(f"{name} {value:g}" for name, value in result["costs"].items())
    yield f"Costs in force: {told}"
    for name, group in result["groups"].items():
        yield from (
            "",
            f"{name}: {group['in_scope']} questions in scope, {group['out_of_scope']} sentences out of scope",
        )
        yield f"calibration: ECE {group['ece']:.3f}, Brier {group['brier']:.3f}"
        yield from _curve_lines(group)
        yield from cost_lines(group["cost_settings"])
    yield from bar_lines(result["bars"])
    yield from (f"left out: {reason}" for reason in result["left_out"])


def _curve_lines(group: Mapping[str, Any]) -> Iterator[str]:
    heads = ("AURC", "in scope", "answered", "wrong", "oos recall")
    yield f"{'':{NAME_WIDTH}}" + "".join(f"{head:>11}" for head in heads)
    for who, curve in group["curves"].items():
        decided = group["decisions"][who]
        shares = (decided["in_scope"]["answered"], decided["in_scope"]["wrong"], decided["out_of_scope"]["recall"])
        areas = f"{curve['aurc']:11.3f}{curve['aurc_in_scope']:11.3f}"
        yield f"{who:{NAME_WIDTH}}{areas}" + "".join(f"{100 * share:11.1f}" for share in shares)


COST_COLUMNS = (
    ("right", "answered_right"),
    ("offered", "asked_with_right_choice"),
    ("in vain", "asked_in_vain"),
    ("wrong", "wrong"),
    ("human", "handed_over"),
    ("oos rec.", "out_of_scope_recall"),
    ("danger", "danger_recall"),
    ("f. alarm", "false_alarms"),
)


def cost_lines(settings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A row for each cost setting, in %."""
    yield f"{'costs':{NAME_WIDTH + 4}}" + "".join(f"{head:>9}" for head, _ in COST_COLUMNS)
    for row in settings:
        yield f"{row['setting']:{NAME_WIDTH + 4}}" + "".join(f"{100 * row[key]:9.1f}" for _, key in COST_COLUMNS)
