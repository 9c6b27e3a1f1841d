"""A month of a desk, invented and played through the real backend, and whether the desk tells what happened.

    KOEMADO_SHARED=../shared nice python -m benchmarks.month --customers 2000 --agents 20 --seed 1 [--days 30] [--folder DIR] [--json]

A seeded generator draws customers, their matters, words, hours and what they do (`data/month.toml`).  They speak, typed, with
the device's own dialogue over the sample base, of which some articles were taken out and others lost most of their wordings; logs,
requests, changes, ratings and recommendations go over HTTP with the devices' tokens to the desk's application, which answers in
this process.  Agents claim, call, settle and note with the desk's own operations, with mistakes; the desk's background work
goes on every hour, at night it groups topics and keeps the figures.  Then all that the desk says, day by day, as files and on its
pages, is compared with what the generator remembers, counted a second time by other code (`month_truth`).

Exit code 1: a number differs.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from benchmarks.month_checks import Checked, checked, shares
from benchmarks.month_insight import quality
from benchmarks.month_plan import planned
from benchmarks.month_playing import Month, Played
from benchmarks.month_truth import Truth
from kb.sample import sample_articles

CACHE = Path("build/month")


def main() -> None:
    """Play, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="an empty folder in which the desk is left to be looked at")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="koemado-month-") as scratch:
        began = time.process_time()
        played = play(
            asked.folder or Path(scratch),
            customers=asked.customers,
            agents=asked.agents,
            days=asked.days,
            seed=asked.seed,
        )
        busy_s = time.process_time() - began
        found, report = reported(played)
        played.backend.office.close()
    report["cpu_seconds"] = round(busy_s)
    click.echo(json.dumps(report, ensure_ascii=False, indent=1) if asked.as_json else text(report))
    sys.exit(1 if found.wrong else 0)


def play(
    folder: Path, *, customers: int, agents: int, days: int, seed: int, cache: Path = CACHE, progress: bool = True
) -> Played:
    """Play a month in a folder, with a progress bar of its hours."""
    plan = planned(sample_articles(), customers=customers, days=days, seed=seed)
    month = Month(plan, folder, cache, agents=agents, seed=seed)
    with click.progressbar(
        length=days * 24 + 3, label="Playing", file=sys.stderr, show_pos=True, hidden=not progress
    ) as bar:
        return month.play(lambda: bar.update(1))


def reported(played: Played) -> tuple[Checked, dict[str, Any]]:
    """Compare, and return what is to be told."""
    truth = Truth(played.memory, now=played.backend.clock())
    found = checked(played, truth)
    memory = played.memory
    return found, {
        "customers": len({visit.who for visit in played.plan.visits}),
        "conversations": len({one.talk for one in memory.told}),
        "matters": len(memory.told),
        "cases": len(memory.cases),
        "calls": sum(len(case.calls) for case in memory.cases.values()),
        "ratings": len(memory.ratings),
        "recommendations": len(memory.scores),
        "numbers": found.numbers,
        "differences": [str(one) for one in found.wrong],
        "figures": shares(found.period),
        "worth": dict(found.worth),
        **quality(played, truth),
    }


def text(report: dict[str, Any]) -> str:
    """Return the report for people."""
    counts = ("customers", "conversations", "matters", "cases", "calls", "ratings", "recommendations")
    lines = [", ".join(f"{report[name]} {name}" for name in counts)]
    lines.append(f"{report['numbers']} numbers compared, {len(report['differences'])} differ")
    lines += [f"  {one}" for one in report["differences"]]
    lines += [
        f"  {name}: {'no data' if share is None else f'{share:.1%}'}" for name, share in report["figures"].items()
    ]
    lines.append(f"  worth a year: {', '.join(f'{name} {value:,.0f}' for name, value in report['worth'].items())}")
    lines += [
        f"  {name}: V {found['v']:.3f} ({found['homogeneity']:.3f}, {found['completeness']:.3f}), {found['groups']} groups"
        for name, found in report["topics"].items()
    ]
    for name in ("gaps", "signs", "heard"):
        lines += [f"  {name}, {key}: {value}" for key, value in report[name].items()]
    return "\n".join([*lines, f"{report['cpu_seconds']} s of one core"])


if __name__ == "__main__":
    main()
