"""`koemado bench speed --out`: the plots and the page."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from benchmarks.pages import COLOURS, Section, figure, page, png
from benchmarks.scaling import times_as_long

LATENCY = (
    "CPU time to rank one utterance with five hypotheses on one core (solid: median, dashed: 99 of 100 are quicker), against the "
    "number of wordings in the base. Both axes are logarithmic. Baselines search one raw text, not five hypotheses."
)
GROWTH = (
    "Growth of the process's resident memory: with the index built in the process, and loaded from disk and used. Pages of a file "
    "that is mapped into memory count as resident but can be dropped by the system; anonymous memory cannot. Baselines: anonymous."
)
TIMES = (
    "Readings and index are made once for a base and kept; loading is what a start needs. Both axes are logarithmic."
)


def files(result: Mapping[str, Any]) -> dict[str, bytes]:
    """PNG files and the page by name."""
    plots = {
        "latency.png": _latency(result["bases"]),
        "memory.png": _memory(result["bases"]),
        "build.png": _times(result["bases"]),
    }
    return plots | {
        "speed.html": page("Koemado: speed of matching", "koemado bench speed --out", _sections(result, plots))
    }


def _sections(result: Mapping[str, Any], plots: Mapping[str, bytes]) -> list[Section]:
    bars = [
        [b["bar"], b["wanted"], b["measured"], "reached" if b["reached"] else f"missed by {b['missed_by']:g}"]
        for b in result["bars"]
    ]
    heads = ["", "p50 ms", "p99 ms", "baseline p50 ms", "ours takes times", "memory MB"]
    return [
        Section(heading="Bars", text="", heads=["", "wanted", "measured", ""], rows=bars),
        Section(heading="Latency", text=LATENCY, plot=plots["latency.png"], heads=heads, rows=_rows(result["bases"])),
        Section(heading="Memory", text=GROWTH, plot=plots["memory.png"]),
        Section(heading="Making and loading", text=TIMES, plot=plots["build.png"]),
    ]


def _rows(bases: Sequence[Mapping[str, Any]]) -> list[list[str | float]]:
    out: list[list[str | float]] = []
    for one in bases:
        ours = one["load"]["latency"]["cpu_ms"]
        out.append([one["base"], ours["p50"], ours["p99"], "", "", one["load"]["memory_mb"]["after_use"]["resident"]])
        for rival in one["baselines"]:
            theirs = rival["latency"]["cpu_ms"]
            times = round(times_as_long(one, rival), 2)
            out.append(
                [
                    f"{one['base']}: {rival['name']}",
                    "",
                    theirs["p99"],
                    theirs["p50"],
                    times,
                    rival["memory_mb"]["anonymous"],
                ]
            )
    return out


def _latency(bases: Sequence[Mapping[str, Any]]) -> bytes:
    return _plot(
        bases,
        "milliseconds",
        {
            "Koemado": lambda one, p: one["load"]["latency"]["cpu_ms"][p],
            **_of_rivals(bases, lambda rival, p: rival["latency"]["cpu_ms"][p]),
        },
        styles={"p50": "o-", "p99": "x--"},
    )


def _memory(bases: Sequence[Mapping[str, Any]]) -> bytes:
    return _plot(
        bases,
        "MB",
        {
            "Koemado, built (anonymous)": lambda one, _: one["build"]["memory_mb"]["index"]["anonymous"],
            "Koemado, loaded and used": lambda one, _: one["load"]["memory_mb"]["after_use"]["resident"],
            **_of_rivals(bases, lambda rival, _: max(0.1, rival["memory_mb"]["anonymous"])),
        },
    )


def _times(bases: Sequence[Mapping[str, Any]]) -> bytes:
    return _plot(
        bases,
        "seconds",
        {
            "readings": lambda one, _: one["read"]["seconds"],
            "index built": lambda one, _: one["build"]["build_s"],
            "index loaded": lambda one, _: one["load"]["load_s"],
        },
    )


Value = Callable[[Any, str], float]


def _of_rivals(bases: Sequence[Mapping[str, Any]], value: Value) -> dict[str, Value]:
    names = [rival["name"] for rival in bases[0]["baselines"]]
    return {name: partial(_of_rival, value, number) for number, name in enumerate(names)}


def _of_rival(value: Value, number: int, one: Any, p: str) -> float:
    return value(one["baselines"][number], p)


def _plot(
    bases: Sequence[Mapping[str, Any]], unit: str, lines: Mapping[str, Value], styles: Mapping[str, str] | None = None
) -> bytes:
    made, (axis,) = figure(width=8)
    ordered = sorted(bases, key=lambda one: one["wordings"])
    sizes = [one["wordings"] for one in ordered]
    for number, (name, value) in enumerate(lines.items()):
        for p, style in (styles or {"p50": "o-"}).items():
            label = name if p == "p50" else None
            axis.plot(
                sizes, [value(one, p) for one in ordered], style, color=COLOURS[number % len(COLOURS)], label=label
            )
    axis.set(xscale="log", yscale="log", xlabel="wordings in the base", ylabel=unit)
    axis.legend(fontsize="small")
    return png(made)
