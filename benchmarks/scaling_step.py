"""One measurement of `scaling` in a process of its own: python -m benchmarks.scaling_step STEP FOLDER.

Prints JSON.  The process begins with everything imported, so that what grows is the index and nothing else.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import numpy as np

from benchmarks.baselines import NAMES, Bm25, ExtractOne, Row, TrigramSearch, sudachi_words
from intents.matching import Topic, TopicIndex, Wording
from intents.transcripts import Hypothesis, Transcript
from voice.made_once import Readings

WARM_UP: Final = 10  # utterances before the clock starts; the very first is told by itself
FEW: Final = 60  # utterances for a baseline that takes long
LONG_MS: Final = 20.0
MIB: Final = 1024
_OF_MEMORY: Final = ("VmRSS", "RssAnon", "VmHWM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Of this process, in MiB."""

    resident: float
    anonymous: float  # of that, what no file stands behind
    peak: float  # the most that was ever resident

    def since(self, before: "Memory") -> dict[str, float]:
        """Growth."""
        grown = {"resident": self.resident - before.resident, "anonymous": self.anonymous - before.anonymous}
        return {name: round(value, 2) for name, value in grown.items()}


def memory() -> Memory:
    """Now; zeros where there is no /proc."""
    gc.collect()
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return Memory(resident=0.0, anonymous=0.0, peak=0.0)
    found = {name: line.split()[1] for line in lines for name in _OF_MEMORY if line.startswith(name)}
    resident, anonymous, peak = (int(found[name]) / MIB for name in _OF_MEMORY)
    return Memory(resident=resident, anonymous=anonymous, peak=peak)


def read(folder: Path) -> dict[str, float]:
    """The readings of all wordings, as on a device that sees the base for the first time."""
    base = json.loads((folder / "base.json").read_text(encoding="utf-8"))
    began, cpu = time.perf_counter(), _all_cpu_s()
    with TemporaryDirectory() as kept:
        readings = iter(Readings(Path(kept)).of([(text, {}) for a in base for text in a["wordings"]]))
    seconds, cpu_s = time.perf_counter() - began, _all_cpu_s() - cpu
    for article in base:
        article["readings"] = [next(readings) for _ in article["wordings"]]
    (folder / "base.json").write_text(json.dumps(base, ensure_ascii=False), encoding="utf-8")
    return {"seconds": round(seconds, 3), "cpu_s": round(cpu_s, 3)}


def _all_cpu_s() -> float:
    """CPU seconds of this process and of those it started that have ended."""
    return sum(os.times()[:4])


def build(folder: Path) -> dict[str, Any]:
    """Build the index from topics, save it if it can be saved, and ask it."""
    utterances = _utterances(folder)
    TopicIndex([_WARM]).rank(utterances[0])  # dictionaries and data files are loaded
    topics = _topics(folder)
    before, began, cpu = memory(), time.perf_counter(), _all_cpu_s()
    index = TopicIndex(topics)
    built_s, built_cpu_s = time.perf_counter() - began, _all_cpu_s() - cpu
    grown, began = memory(), time.perf_counter()
    index.save(folder / "index")
    saved_s = time.perf_counter() - began
    disk = sum(f.stat().st_size for f in (folder / "index").rglob("*") if f.is_file())
    kept = {"build_s": round(built_s, 3), "build_cpu_s": round(built_cpu_s, 3)}
    kept |= {"saved_s": round(saved_s, 3), "disk_mb": round(disk / MIB**2, 2)}
    return kept | _asked(index.rank, utterances, before, grown)


def load(folder: Path) -> dict[str, Any]:
    """Load the saved index, and ask it."""
    utterances = _utterances(folder)
    TopicIndex([_WARM]).rank(utterances[0])
    before, began = memory(), time.perf_counter()
    index = TopicIndex.load(folder / "index")
    loaded_s = time.perf_counter() - began
    return {"load_s": round(loaded_s, 4)} | _asked(index.rank, utterances, before, memory())


def baselines(folder: Path) -> list[dict[str, Any]]:
    """The baselines over the wordings as written, one after the other."""
    rows = [Row(text=w.text, topic=t.id) for t in _topics(folder) for w in t.wordings]
    texts = [text for text, _ in json.loads((folder / "utterances.json").read_text(encoding="utf-8"))]
    sudachi_words(texts[0])
    makers: list[tuple[str, Callable[[], Callable[[str], object]]]] = [
        (NAMES[0], lambda: ExtractOne(rows).first),
        (NAMES[1], lambda: _five(Bm25(NAMES[1], rows, sudachi_words))),
        (NAMES[3], lambda: _five(TrigramSearch(rows))),
    ]
    out = []
    for name, make in makers:
        before, began = memory(), time.perf_counter()
        call = make()
        built_s = time.perf_counter() - began
        grown = memory().since(before)
        row = {
            "name": name,
            "build_s": round(built_s, 3),
            "memory_mb": grown,
            "latency": _latency(call, texts),
        }
        out.append(row)
    return out


def _five(baseline: Any) -> Callable[[str], object]:
    return lambda text: baseline.rank(text, 5)


def _asked(
    rank: Callable[[Transcript], object], utterances: Sequence[Transcript], before: Memory, grown: Memory
) -> dict[str, Any]:
    latency = _latency(rank, utterances)
    after = memory()
    return {
        "memory_mb": {
            "index": grown.since(before),
            "after_use": after.since(before),
            "peak": round(after.peak - before.resident, 2),
        },
        "latency": latency,
    }


def _latency(call: Callable[[Any], object], asked: Sequence[Any]) -> dict[str, Any]:
    """Milliseconds of wall and of CPU time; something slow is asked less often."""
    timed = [_timed(call, one) for one in asked[:WARM_UP]]
    first, slow = timed[0][0], np.median([wall for wall, _ in timed]) > LONG_MS
    rest = asked[WARM_UP : WARM_UP + FEW] if slow else asked[WARM_UP:]
    wall, cpu = zip(*(_timed(call, one) for one in rest), strict=True)
    return {"first_ms": round(first, 3), "asked": len(rest), "wall_ms": _percentiles(wall), "cpu_ms": _percentiles(cpu)}


def _timed(call: Callable[[Any], object], one: Any) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    call(one)
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    return {f"p{p}": round(float(np.percentile(values, p)), 3) for p in (50, 99)}


_WARM: Final = Topic(id="warm", title="返品", wordings=(Wording(text="返品したい", reading="ヘンピンシタイ"),))


def _topics(folder: Path) -> list[Topic]:
    return [
        Topic(
            id=a["id"],
            title=a["title"],
            answer=a["answer"],
            wordings=tuple(Wording(text=t, reading=r) for t, r in zip(a["wordings"], a["readings"], strict=True)),
        )
        for a in json.loads((folder / "base.json").read_text(encoding="utf-8"))
    ]


def _utterances(folder: Path) -> list[Transcript]:
    found = json.loads((folder / "utterances.json").read_text(encoding="utf-8"))
    return [
        Transcript(
            hypotheses=tuple(Hypothesis(text=r, reading=r, confidence=share) for r, share in hypotheses),
            duration_ms=2000,
        )
        for _, hypotheses in found
    ]


def main(step: str, folder: Path) -> None:
    """Run a step and print what it measured."""
    if step != "read" and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    steps: dict[str, Callable[[Path], Any]] = {"read": read, "build": build, "load": load, "baselines": baselines}
    click.echo(json.dumps(steps[step](folder)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
