"""`koemado bench decision --out`: the plots and the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.decision import COST_COLUMNS
from benchmarks.pages import COLOURS, Section, figure, page, png

CURVE = (
    "Each question is answered with the article that came first, the surest questions first. Further right more is answered; "
    "further up more of what is answered is wrong. Sentences out of scope are always wrong to answer, so no curve can end at zero. "
    "The dot is where the system works: it answers so much, and so much of that is wrong. The area under the curve (AURC) is the "
    "mean risk; lower is better. Baselines answer from a score on that costs least on the development questions."
)
RELIABLE = (
    "When the system says 70 %, it should be right in 70 of 100 cases: points on the diagonal. Bars show how many questions fell "
    "into each bin. ECE is the mean distance from the diagonal weighted by these counts, Brier the mean squared error of the "
    "probability; lower is better for both."
)
COSTS = (
    "Costs are settings (cost_wrong_answer, cost_question_back, cost_call, cost_missed_danger), in the unit of one question back. "
    "Nothing is refitted here: the same probabilities, decided with other costs. Shares in % of the questions in scope, of the "
    "sentences out of scope (recall: neither answered nor asked about), and of the reports of danger."
)


def files(result: Mapping[str, Any]) -> dict[str, bytes]:
    """PNG files and the page by name."""
    curves, reliable = _curves(result["groups"]), _reliability(result["groups"])
    return {
        "risk-coverage.png": curves,
        "reliability.png": reliable,
        "decision.html": page(
            "Koemado: decisions", "koemado bench decision --out", _sections(result, curves, reliable)
        ),
    }


def _sections(result: Mapping[str, Any], curves: bytes, reliable: bytes) -> list[Section]:
    groups = result["groups"]
    heads = ["", *(head for head, _ in COST_COLUMNS)]
    bars = [
        [b["bar"], b["wanted"], b["measured"], "reached" if b["reached"] else f"missed by {b['missed_by']:g}"]
        for b in result["bars"]
    ]
    return [
        Section(heading="Bars", text="In % and points.", heads=["", "wanted", "measured", ""], rows=bars),
        Section(heading="Risk and coverage", text=CURVE, plot=curves, heads=_areas(groups)[0], rows=_areas(groups)[1]),
        Section(heading="Reliability", text=RELIABLE, plot=reliable, heads=["", "ECE", "Brier"], rows=_errors(groups)),
        *(
            Section(heading=f"Other costs: {name}", text=COSTS, heads=heads, rows=_costs(group["cost_settings"]))
            for name, group in groups.items()
        ),
    ]


def _areas(groups: Mapping[str, Any]) -> tuple[list[str], list[list[str | float]]]:
    contestants = list(next(iter(groups.values()))["curves"])
    rows: list[list[str | float]] = [[who, *(g["curves"][who]["aurc"] for g in groups.values())] for who in contestants]
    return ["AURC", *groups], rows


def _errors(groups: Mapping[str, Any]) -> list[list[str | float]]:
    return [[name, group["ece"], group["brier"]] for name, group in groups.items()]


def _costs(settings: Sequence[Mapping[str, Any]]) -> list[list[str | float]]:
    return [[row["setting"], *(round(100 * row[key], 1) for _, key in COST_COLUMNS)] for row in settings]


def _curves(groups: Mapping[str, Any]) -> bytes:
    made, axes = figure(len(groups), width=5.0)
    for axis, (name, group) in zip(axes, groups.items(), strict=True):
        for number, (who, curve) in enumerate(group["curves"].items()):
            colour = COLOURS[number % len(COLOURS)]
            axis.plot(curve["coverage"], curve["risk"], color=colour, lw=2.2 if not number else 1.2, label=who)
            axis.plot(curve["works_at"]["coverage"], curve["works_at"]["risk"], "o", color=colour)
        axis.set(
            title=name, xlabel="coverage: share answered", ylabel="risk: wrong among answered", xlim=(0, 1), ylim=0
        )
    axes[0].legend(fontsize="small")
    return png(made)


def _reliability(groups: Mapping[str, Any]) -> bytes:
    made, axes = figure(len(groups), width=5.0)
    for axis, (name, group) in zip(axes, groups.items(), strict=True):
        bins = group["reliability"]
        most = max(b["count"] for b in bins)
        axis.bar([b["low"] + 0.05 for b in bins], [0.3 * b["count"] / most for b in bins], 0.09, color="#dddddd")
        axis.plot([0, 1], [0, 1], "--", color="#888888", lw=1)
        axis.plot([b["said"] for b in bins], [b["was"] for b in bins], "o-", color=COLOURS[0])
        axis.set(
            title=f"{name}: ECE {group['ece']:.3f}",
            xlabel="probability said",
            ylabel="share right",
            xlim=(0, 1),
            ylim=(0, 1),
        )
    return png(made)
