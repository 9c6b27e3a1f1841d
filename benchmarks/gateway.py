"""How many customers one core hears at the same time, over WebSocket, and what more of them cost each.

    python -m benchmarks.gateway [--speakers 1 4 8 12] [--questions 4] [--json] [--out docs/images/gateway.svg]

`koemado serve` runs as a process of its own, held to one core (two of them for the part "replicas"); the speakers are on the others.
Each says synthesised questions of `data/dev_questions.tsv` in frames of 100 ms at the speed of speech.  Latency counts from the end of the
speech, so that the quiet that ends an utterance (0.6 to 1.2 s) is in it.  So many are carried as are all answered, none more than a second
behind (95 of 100 times) and half of them heard at most half a second later than who speaks alone.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.desk_running import Running, desk
from benchmarks.gateway_balancer import balancer
from benchmarks.gateway_speakers import Speaker, Take, Waits, greeted, seated
from benchmarks.pages import COLOURS, figure
from benchmarks.spoken import Studio, customers, rows, shared_folder
from benchmarks.suites import DEVELOPMENT
from server.settings import SETTINGS_FILE, shipped_text

MOST_LAG_MS = 1_000.0
MOST_LATER_MS = 500.0
BEYOND = 3  # who come when all seats are taken
RESUMING = 10
FEWEST_SEATS = 16  # broken talks keep theirs for a minute


def main() -> None:
    """Measure and report."""
    asked = _arguments()
    takes = _takes(asked.questions * max(asked.speakers))
    with tempfile.TemporaryDirectory(prefix="koemado-gateway-") as made, ExitStack() as stack:
        place = Path(made)
        cores, seats = sorted(os.sched_getaffinity(0)), max(*asked.speakers, FEWEST_SEATS)
        running = stack.enter_context(_desk(place / "one", cores[0], seats))
        os.sched_setaffinity(0, set(cores[1:]) or set(cores))
        length = asked.questions * sum(asked.speakers)
        with click.progressbar(length=length, label="Asking", file=sys.stderr) as bar:
            steps = [
                asyncio.run(_together(running, takes, n, asked.questions, lambda: bar.update(1)))
                for n in asked.speakers
            ]
        beyond = asyncio.run(_beyond(running, seats))
        other = stack.enter_context(_desk(place / "two", cores[-1], seats))
        replicas = asyncio.run(_replicas((running, other)))
    result = {
        "cores": len(cores), "load_average": round(os.getloadavg()[0], 1), "carried": _carried(steps),
        "steps": steps, "beyond": beyond, "replicas": replicas,
    }  # fmt: skip
    if asked.out:
        _draw(result, asked.out)
    print(json.dumps(result, ensure_ascii=False) if asked.json else "\n".join(_lines(result)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speakers", type=int, nargs="+", default=[1, 4, 8, 12, 16, 20, 24], help="at the same time")
    parser.add_argument("--questions", type=int, default=6, help="of each speaker")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--out", type=Path, help="draw the figure into this SVG file")
    return parser.parse_args()


def _takes(count: int) -> list[Take]:
    studio, voices = Studio(), customers(shared_folder())
    found = list(islice(rows(DEVELOPMENT / "dev_questions.tsv"), min(count, 40)))
    with click.progressbar(found, label="Speaking", file=sys.stderr) as progress:
        return [
            Take(studio.take(row["question"], voices[n % len(voices)]), row["id"]) for n, row in enumerate(progress)
        ]


@contextmanager
def _desk(folder: Path, core: int, seats: int) -> Iterator[Running]:
    """`koemado serve` on one core."""
    folder.mkdir()
    text = shipped_text()
    changed = text.replace("seats = 4", f"seats = {seats}")
    if changed == text and seats != 4:  # as shipped
        raise RuntimeError("desk.toml has no seats = 4 any more")
    (folder / SETTINGS_FILE).write_text(changed, encoding="utf-8")
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})  # a process begins where its parent is
    try:
        with desk(folder) as running:
            os.sched_setaffinity(0, ours)
            yield running
    finally:
        os.sched_setaffinity(0, ours)


async def _together(
    running: Running, takes: Sequence[Take], speakers: int, questions: int, step: Callable[[], object]
) -> dict[str, Any]:
    waits = Waits()
    before_mb = running.anonymous_mb()
    sockets = [(await seated(running.port))[0] for _ in range(speakers)]
    await asyncio.gather(*map(greeted, sockets))
    cpu_s, began = running.cpu_s(), asyncio.get_running_loop().time()
    asking = (
        _later(n / speakers * 2.0, Speaker(socket, waits).ask(_share(takes, n, questions), step))
        for n, socket in enumerate(sockets)
    )
    await asyncio.gather(*asking)
    cpu = (running.cpu_s() - cpu_s) / (asyncio.get_running_loop().time() - began)
    grown_mb = running.anonymous_mb() - before_mb
    for socket in sockets:
        await socket.send(json.dumps({"type": "bye"}))
        await socket.close()
    return {
        "speakers": speakers, "asked": waits.asked, "answered": waits.answered, "lost": waits.lost, "cpu": round(cpu, 2),
        "heard_ms": _spread(waits.heard_ms), "told_ms": _spread(waits.told_ms), "sound_ms": _spread(waits.sound_ms),
        "lag_ms": _spread(waits.lag_ms), "memory_mb_each": round(grown_mb / speakers, 1),
    }  # fmt: skip


async def _later(seconds: float, what: Any) -> None:
    """Customers do not begin in step."""
    await asyncio.sleep(seconds)
    await what


def _share(takes: Sequence[Take], speaker: int, questions: int) -> list[Take]:
    return [takes[(speaker * questions + n) % len(takes)] for n in range(questions)]


def _spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {"p50": float("nan"), "p95": float("nan")}
    return {f"p{part}": round(float(np.percentile(values, part)), 0) for part in (50, 95)}


def _carried(steps: Sequence[dict[str, Any]]) -> int:
    """So many speakers, and each smaller number that was tried, are within the limits."""
    carried = 0
    for one in steps:
        is_late = one["heard_ms"]["p50"] > steps[0]["heard_ms"]["p50"] + MOST_LATER_MS
        if one["lost"] or one["answered"] < one["asked"] or one["lag_ms"]["p95"] > MOST_LAG_MS or is_late:
            break
        carried = one["speakers"]
    return carried


async def _beyond(running: Running, seats: int) -> dict[str, Any]:
    """Who comes when all seats are taken is told the place in the line, and comes in when somebody leaves."""
    inside = [(await seated(running.port))[0] for _ in range(seats)]
    waiting = [await seated(running.port) for _ in range(BEYOND)]
    await inside[0].send(json.dumps({"type": "bye"}))
    came_in = json.loads(await waiting[0][0].recv())["type"]
    for socket in (*inside[1:], *(one for one, _ in waiting)):
        await socket.send(json.dumps({"type": "bye"}))
        await socket.close()
    return {"seats": seats, "places": [found.get("place") for _, found in waiting], "first_then": came_in}


async def _replicas(desks: Sequence[Running]) -> dict[str, Any]:
    """Of customers whose connection broke, how many find their talk again behind a balancer."""
    async with balancer([one.port for one in desks]) as port:
        return {
            "processes": len(desks),
            "resumed_round_robin": await _resumed(port, sticky=False),
            "resumed_sticky": await _resumed(port, sticky=True),
            "of": RESUMING,
        }


async def _resumed(port: int, *, sticky: bool) -> int:
    found = 0
    for n in range(RESUMING):
        cookie = f"DESK={n % 2}" if sticky else ""
        socket, welcome = await seated(port, cookie=cookie)
        await socket.close()
        if n % 2:  # somebody else comes between
            await (await seated(port, cookie=cookie))[0].close()
        again, welcome = await seated(port, cookie=cookie, resume=str(welcome["ticket"]))
        found += bool(welcome.get("resumed"))
        await again.send(json.dumps({"type": "bye"}))
        await again.close()
    return found


def _draw(result: dict[str, Any], path: Path) -> None:
    made, (left, right) = figure(2)
    xs = [one["speakers"] for one in result["steps"]]
    for n, (name, label) in enumerate((("heard_ms", "heard"), ("sound_ms", "first sound"), ("lag_ms", "behind"))):
        left.plot(
            xs, [one[name]["p95"] for one in result["steps"]], marker="o", color=COLOURS[n], label=f"{label}, p95"
        )
    left.axvline(result["carried"], color="grey", linestyle=":", label="carried")
    left.set(xlabel="speakers at the same time", ylabel="ms after the end of the speech")
    left.legend()
    right.plot(xs, [one["cpu"] for one in result["steps"]], marker="o", color=COLOURS[0])
    right.set(xlabel="speakers at the same time", ylabel="cores used", ylim=(0, None))
    path.parent.mkdir(parents=True, exist_ok=True)
    made.savefig(path, format="svg", metadata={"Date": None})


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield f"One core carries {result['carried']} speakers (load average of the machine {result['load_average']})."
    yield "speakers  heard p50/p95  first sound p50/p95  behind p95  answered  cores  MB each"
    for one in result["steps"]:
        heard, sound = one["heard_ms"], one["sound_ms"]
        yield (
            f"{one['speakers']:8}  {heard['p50']:6.0f}/{heard['p95']:6.0f}  {sound['p50']:10.0f}/{sound['p95']:8.0f}  "
            f"{one['lag_ms']['p95']:10.0f}  {one['answered']:4}/{one['asked']:<4} {one['cpu']:5}  {one['memory_mb_each']:7}"
        )
    beyond, replicas = result["beyond"], result["replicas"]
    yield f"Beyond {beyond['seats']} seats: places {beyond['places']}, the first then: {beyond['first_then']}."
    yield (
        f"{replicas['processes']} processes: {replicas['resumed_round_robin']} of {replicas['of']} broken talks go on by round robin, "
        f"{replicas['resumed_sticky']} with sticky connections."
    )


if __name__ == "__main__":
    main()
