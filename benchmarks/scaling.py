"""How time and memory of matching grow with the base, each measurement in a process of its own on one core.

For 150 articles of the sample, all of it, and made bases of the sizes asked for (`synthetic`).  An utterance is a development
question with five hypotheses in kana, each with some morae misheard.  The baselines are given one raw text and the wordings as
written, half of what they need to read kana (`baselines`): what they are compared with here is their best case.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click

from benchmarks.bars import at_most
from benchmarks.suites import development_questions, spread
from benchmarks.synthetic import VARIANTS, Made, made_base, taken
from benchmarks.understanding_text import bar_lines
from intents.morae import MORA_PHONES, from_kana, normalise
from intents.readings import reading_of
from kb.sample import sample_articles

ARTICLES: Final = 150
UTTERANCES: Final = 400
HYPOTHESES: Final = 5
CONFIDENCES: Final = (0.5, 0.2, 0.15, 0.1, 0.05)
LARGE: Final = 100_000  # wordings, for which the bars are set
ROOT: Final = Path(__file__).parent.parent
STEPS: Final = ("read", "build", "load", "baselines")


def measure(sizes: Sequence[int]) -> dict[str, Any]:
    """Plain data for JSON."""
    utterances = _utterances()
    bases = _bases(sizes)
    found: list[dict[str, Any]] = []
    with (
        TemporaryDirectory(prefix="koemado-speed-") as folder,
        click.progressbar(length=len(bases) * len(STEPS), label="Measuring", file=sys.stderr) as progress,
    ):
        for name, make in bases.items():
            found.append(
                {"base": name} | _measured(make(), utterances, Path(folder) / name, lambda: progress.update(1))
            )
    return {
        "bases": found,
        "utterances": UTTERANCES,
        "hypotheses": HYPOTHESES,
        "bars": _bars(found),
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
    }


def _bases(sizes: Sequence[int]) -> dict[str, Callable[[], list[Made]]]:
    articles = sample_articles()
    named: dict[str, Callable[[], list[Made]]] = {
        f"sample, {ARTICLES} articles": lambda: taken(spread(articles, ARTICLES), ARTICLES),
        f"sample, {len(articles)} articles": lambda: taken(articles, len(articles)),
    }
    for size in sizes:
        named[f"made, {size} variants"] = lambda size=size: made_base(articles, size)  # type: ignore[misc]
    return named


def _measured(base: Sequence[Made], utterances: list[Any], folder: Path, done: Callable[[], None]) -> dict[str, Any]:
    folder.mkdir()
    (folder / "base.json").write_text(json.dumps([asdict(a) for a in base], ensure_ascii=False), encoding="utf-8")
    (folder / "utterances.json").write_text(json.dumps(utterances, ensure_ascii=False), encoding="utf-8")
    out: dict[str, Any] = {"articles": len(base), "wordings": sum(len(a.wordings) for a in base)}
    for step in STEPS:
        out[step] = _child(step, folder)
        done()
    return out


def _child(step: str, folder: Path) -> Any:
    """What a step prints.  Reading may use all cores, as on the device; everything else has one."""
    one_core = {} if step == "read" else {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.scaling_step", step, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | one_core, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def _utterances() -> list[Any]:
    """[text, [[reading, confidence], ...]] for each."""
    rng, morae = random.Random(1), sorted(MORA_PHONES)
    inside = [q.text for q in development_questions() if q.wanted]
    return [
        [text, [[misheard(reading_of(text), n, rng, morae), c] for n, c in enumerate(CONFIDENCES)]]
        for text in spread(inside, UTTERANCES)
    ]


def misheard(reading: str, count: int, rng: random.Random, morae: Sequence[str]) -> str:
    """The reading with `count` morae replaced by any others."""
    heard = from_kana(reading) or []
    for place in rng.sample(range(len(heard)), min(count, len(heard))):
        heard[place] = rng.choice(morae)
    return "".join(normalise(heard))


def _bars(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    first, large = found[0], [f for f in found if f["wordings"] >= LARGE]
    out = [at_most(f"p99, ms, {first['articles']} articles", 5, _best(first)["latency"]["cpu_ms"]["p99"])]
    for one in large[:1]:
        out.append(at_most("p99, ms, 100,000 variants", 25, _best(one)["latency"]["cpu_ms"]["p99"]))
        out.append(at_most("memory, MB, 100,000 variants", 400, _best(one)["memory_mb"]["after_use"]["resident"]))
        out.append(at_most("index built, s, 100,000 variants", 60, one["build"]["build_cpu_s"]))
        out.append(at_most("readings and index made, s", 60, one["read"]["cpu_s"] + one["build"]["build_cpu_s"]))
        if one["load"]:
            out.append(at_most("index loaded, s, 100,000 variants", 1, one["load"]["load_s"]))
    return out


def _best(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """As it runs on the device: loaded from disk where that is possible."""
    chosen: Mapping[str, Any] = found["load"] or found["build"]
    return chosen


def lines(result: Mapping[str, Any]) -> Iterator[str]:
    """The summary for the terminal."""
    yield (
        f"{result['utterances']} utterances of {result['hypotheses']} hypotheses, one core; wall and (CPU) time, load of the machine "
        f"{result['load_average']:.1f} on {result['cores']} cores. Memory: growth of what is resident, of that (anonymous)."
    )
    yield (
        f"{VARIANTS} variants an article in made bases. Bars on time are measured in CPU time (but for loading): a busy machine must "
        "not decide."
    )
    for one in result["bases"]:
        yield from ("", f"{one['base']}: {one['articles']} articles, {one['wordings']} wordings")
        read, build = one["read"], one["build"]
        yield f"  readings {read['seconds']:.1f} ({read['cpu_s']:.1f}) s, index built {build['build_s']:.2f} ({build['build_cpu_s']:.2f}) s"
        if one["load"]:
            yield f"  saved {one['build']['saved_s']:.2f} s, {one['build']['disk_mb']:.1f} MB on disk, loaded {one['load']['load_s']:.3f} s"
        for name in ("build", "load"):
            if one[name]:
                yield f"  {'after building' if name == 'build' else 'after loading':18}" + _line(one[name])
        for rival in one["baselines"]:
            yield (
                f"  {rival['name']:26} {_latency(rival['latency'])}; {_megabytes(rival['memory_mb'])}; ours takes "
                f"{times_as_long(one, rival):.2f} times as long"
            )
    yield from bar_lines(result["bars"], "Bars")


def _line(found: Mapping[str, Any]) -> str:
    memory = found["memory_mb"]
    return (
        f"{_latency(found['latency'])}, first {found['latency']['first_ms']:.1f} ms; {_megabytes(memory['index'])}, after use "
        f"{_megabytes(memory['after_use'])}, at most {memory['peak']:.0f} MB"
    )


def _megabytes(grown: Mapping[str, float]) -> str:
    return f"{grown['resident']:.0f} ({grown['anonymous']:.0f}) MB"


def _latency(found: Mapping[str, Any]) -> str:
    wall, cpu = found["wall_ms"], found["cpu_ms"]
    return f"p50 {wall['p50']:.2f} ({cpu['p50']:.2f}), p99 {wall['p99']:.2f} ({cpu['p99']:.2f}) ms"


def times_as_long(one: Mapping[str, Any], rival: Mapping[str, Any]) -> float:
    """The median of our CPU time by that of a baseline."""
    return float(_best(one)["latency"]["cpu_ms"]["p50"] / max(1e-6, rival["latency"]["cpu_ms"]["p50"]))
