"""`koemado bench understanding --out`: one plot and the page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.pages import COLOURS, Section, figure, page, png
from benchmarks.understanding_text import INSIDE, LEGEND, OUTSIDE, RETRIEVAL

FIRST = (
    "Share of questions whose right article came first, whatever was decided then. Baselines read the same text: what was typed, or "
    "the recogniser's best hypothesis; they index every wording both as written and as its reading in kana, so that a transcript "
    "in kana does not put them at a disadvantage. Thin lines are 95 % intervals."
)


def files(result: Mapping[str, Any]) -> dict[str, bytes]:
    """PNG files and the page by name."""
    groups = dict(_groups(result["suites"]))
    plot = _first_right(groups) if groups else b""
    found = {
        "understanding.html": page(
            "Koemado: understanding", "koemado bench understanding --out", _sections(result, plot)
        )
    }
    return found | ({"first-right.png": plot} if plot else {})


def _groups(suites: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "a" in suites:
        yield "typed (a)", suites["a"]["figures"]
    for name, found in suites.get("b", {}).get("conditions", {}).items():
        yield ("typed, as spoken" if name == "typed" else name), found["figures"]


def _sections(result: Mapping[str, Any], plot: bytes) -> Iterator[Section]:
    bars = [
        [b["bar"], b["wanted"], b["measured"], "reached" if b["reached"] else f"missed by {b['missed_by']:g}"]
        for b in result["bars"]
    ]
    yield Section(heading="Bars", text="In % and points.", heads=["", "wanted", "measured", ""], rows=bars)
    if plot:
        yield Section(heading="Right article first", text=FIRST, plot=plot)
    for name, figures in _groups(result["suites"]):
        yield _table(f"In scope, {name}", LEGEND, INSIDE, figures)
    for name, figures in result["suites"].get("c", {}).get("groups", {}).items():
        yield _table(f"Out of scope, {name}", "Recall: neither answered nor asked about.", OUTSIDE, figures)
    if found := result["suites"].get("d"):
        yield _table(
            "JaGovFaqs", f"{found['questions']} questions, {found['passages']} passages.", RETRIEVAL, found["figures"]
        )
    splits = result["splits"]
    yield Section(
        heading="Fitting and testing",
        text=f"Fitted on {', '.join(splits['fitted_on'])}; tested on {', '.join(splits['tested_on'])}; {splits['rule']}.",
        heads=["file", "read", "like base", "like development", "repeated", "left"],
        rows=[
            [o["file"], o["read"], o["like_base"], o["like_development"], o["repeated"], o["left"]]
            for o in splits["overlap"]
        ],
    )
    if result["left_out"]:
        yield Section(heading="Left out", text="; ".join(result["left_out"]))


def _table(heading: str, text: str, columns: Sequence[tuple[str, str]], figures: Mapping[str, Any]) -> Section:
    rows = [[who, *(round(100 * found[key], 1) for _, key in columns)] for who, found in figures.items()]
    return Section(heading=heading, text=text, heads=["%", *(head for head, _ in columns)], rows=rows)


def _first_right(groups: Mapping[str, Any]) -> bytes:
    made, (axis,) = figure(width=11, height=4.6)
    contestants = list(next(iter(groups.values())))
    width = 0.8 / len(contestants)
    for number, who in enumerate(contestants):
        found = [figures[who] for figures in groups.values()]
        shares = [100 * f["first_right"] for f in found]
        spans = [
            [100 * (f["first_right"] - f["first_right_95"][0]) for f in found],
            [100 * (f["first_right_95"][1] - f["first_right"]) for f in found],
        ]
        places = [n + (number - (len(contestants) - 1) / 2) * width for n in range(len(found))]
        axis.bar(
            places, shares, width, yerr=spans, color=COLOURS[number % len(COLOURS)], label=who, error_kw={"lw": 0.6}
        )
    axis.set_xticks(range(len(groups)), list(groups), rotation=30, ha="right")
    axis.set(ylabel="right article first, %", ylim=(0, 112), yticks=range(0, 101, 20))
    axis.legend(fontsize="small", ncols=len(contestants), loc="upper center")
    return png(made)
