"""How many customers one core hears at the same time, over WebSocket, in real time, and what each of them costs.

    python -m benchmarks.gateway [--minutes 7] [--questions 3] [--speakers 1 4 8] [--json] [--out docs/images/gateway.svg]

`koemado serve` runs as a process of its own, held to one core (two of them for the part "replicas"); the speakers are on the others.
Each says synthesised questions of `data/dev_questions.tsv`, all of them the same ones in another order, in frames of 100 ms at the speed of
speech.  Latency counts from the end of the speech, so that the quiet that ends an utterance (0.6 to 1.2 s) is in it.

Carried are so many as all get answers, no connection closed, with not more than a second of sound waiting 95 of 100 times, and the first
sound of the answer at most a second later, p95, than who speaks alone waits for it.  1, 4, 8, 16 ... speakers are tried, then numbers between.  At
the end the seats are set to what is carried, all are taken, and more come.  Run it on a machine that does nothing else, of two cores or more.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import click
import numpy as np
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from benchmarks.desk_running import Running, desk
from benchmarks.gateway_balancer import balancer
from benchmarks.gateway_figure import drawn
from benchmarks.gateway_ramp import bound_ms, carried, memory_mb_each, next_speakers, why_not
from benchmarks.gateway_speakers import Speaker, Take, Waits, greeted, seated
from benchmarks.spoken import Studio, customers, rows, shared_folder
from benchmarks.suites import DEVELOPMENT
from server.settings import SETTINGS_FILE, shipped_text

BEYOND = 3  # who come when all seats are taken
RESUMING = 10
MOST_SPEAKERS = 64
FEWEST_SEATS = 16  # of replicas: broken talks keep theirs for a minute
DISTINCT = 8  # questions
ALONE_TIMES = 4  # so much more does who speaks alone ask: a p95 wants samples
REST_S = 100.0  # of the time: what comes behind the ramp


def main() -> None:
    """Measure and report."""
    asked = _arguments()
    began, takes = time.monotonic(), _takes()
    with tempfile.TemporaryDirectory(prefix="koemado-gateway-") as made:
        place, cores = Path(made), sorted(os.sched_getaffinity(0))
        own = set(cores[1:]) or set(cores)
        with _desk(place / "one", cores[0], max(asked.speakers or [MOST_SPEAKERS]), own) as running:
            steps = _ramp(running, takes, asked, until_s=began + asked.minutes * 60 - REST_S)
        fits = max(1, carried(steps))
        with _desk(place / "full", cores[0], fits, own) as running:
            full = asyncio.run(_full(running, takes, fits, asked.questions))
        with (
            _desk(place / "first", cores[0], FEWEST_SEATS, own) as first,
            _desk(place / "second", cores[-1], FEWEST_SEATS, own) as second,
        ):
            replicas = asyncio.run(_replicas((first, second)))
    result = {
        "cores": len(cores), "load_average": round(os.getloadavg()[0], 1), "minutes": round((time.monotonic() - began) / 60, 1),
        "carried": carried(steps), "bound_ms": bound_ms(steps[0]), "memory_mb_each": memory_mb_each(steps),
        "steps": steps, "full": full, "replicas": replicas,
    }  # fmt: skip
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(drawn(steps), encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False) if asked.json else "\n".join(_lines(result)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--minutes", type=float, default=7.0, help="at most, about; the numbers between are left out first"
    )
    parser.add_argument(
        "--speakers", type=int, nargs="+", help="these numbers, and no others; the first of them is the measure"
    )
    parser.add_argument("--questions", type=int, default=3, help="of each speaker")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--out", type=Path, help="draw the figure into this SVG file")
    return parser.parse_args()


def _takes() -> list[Take]:
    studio, voices = Studio(), customers(shared_folder())
    found = list(islice(rows(DEVELOPMENT / "dev_questions.tsv"), DISTINCT))
    return [Take(studio.take(row["question"], voices[n % len(voices)]), row["id"]) for n, row in enumerate(found)]


def _ramp(running: Running, takes: Sequence[Take], asked: argparse.Namespace, until_s: float) -> list[dict[str, Any]]:
    """Try numbers of speakers until it is known how many are carried, or the time is over."""
    steps: list[dict[str, Any]] = []
    for speakers in asked.speakers or iter(lambda: next_speakers(steps, MOST_SPEAKERS), None):
        times = asked.questions * (ALONE_TIMES if speakers == 1 else 1)
        steps.append(asyncio.run(_together(running, takes, speakers, times)))
        reason = why_not(steps[-1], steps[0])
        click.echo(f"{speakers} speakers: {reason or 'carried'}", err=True)
        if not asked.speakers and time.monotonic() > until_s:
            break
    return steps


@contextmanager
def _desk(folder: Path, core: int, seats: int, own: set[int]) -> Iterator[Running]:
    """`koemado serve` on one core; `own` are those of this process, meanwhile."""
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
            os.sched_setaffinity(0, own)
            yield running
    finally:
        os.sched_setaffinity(0, ours)


async def _together(running: Running, takes: Sequence[Take], speakers: int, questions: int) -> dict[str, Any]:
    sockets = [(await seated(running.port))[0] for _ in range(speakers)]
    await asyncio.gather(*map(greeted, sockets))
    found = await _asking(running, takes, sockets, questions)
    for socket in sockets:
        with suppress(ConnectionClosed):
            await socket.send(json.dumps({"type": "bye"}))
        await socket.close()
    return found


async def _asking(
    running: Running, takes: Sequence[Take], sockets: Sequence[ClientConnection], questions: int
) -> dict[str, Any]:
    waits, speakers = Waits(), len(sockets)
    cpu_s, began = running.cpu_s(), asyncio.get_running_loop().time()
    asking = (
        _later(n / speakers * 3.0, Speaker(socket, waits).ask(_share(takes, n, questions), lambda: None))
        for n, socket in enumerate(sockets)
    )
    await asyncio.gather(*asking)
    cpu = (running.cpu_s() - cpu_s) / (asyncio.get_running_loop().time() - began)
    return {
        "speakers": speakers, "asked": waits.asked, "answered": waits.answered, "lost": waits.lost, "cpu": round(cpu, 2),
        "heard_ms": _spread(waits.heard_ms), "told_ms": _spread(waits.told_ms), "sound_ms": _spread(waits.sound_ms),
        "lag_ms": _spread(waits.lag_ms), "memory_mb": round(running.anonymous_mb(), 1),
    }  # fmt: skip


async def _later(seconds: float, what: Any) -> None:
    """Customers do not begin in step."""
    await asyncio.sleep(seconds)
    await what


def _share(takes: Sequence[Take], speaker: int, questions: int) -> list[Take]:
    return [takes[(speaker + n) % len(takes)] for n in range(questions)]


def _spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {"p50": float("nan"), "p95": float("nan")}
    return {f"p{part}": round(float(np.percentile(values, part)), 0) for part in (50, 95)}


async def _full(running: Running, takes: Sequence[Take], seats: int, questions: int) -> dict[str, Any]:
    """All seats are taken: who comes is told the place in the line and comes in when somebody leaves; those inside notice nothing."""
    inside = [(await seated(running.port))[0] for _ in range(seats)]
    await asyncio.gather(*map(greeted, inside))
    waiting = [await seated(running.port) for _ in range(BEYOND)]
    found = await _asking(running, takes, inside, questions)
    await inside[0].send(json.dumps({"type": "bye"}))
    came_in = json.loads(await waiting[0][0].recv())["type"]
    for socket in (*inside[1:], *(one for one, _ in waiting)):
        await socket.send(json.dumps({"type": "bye"}))
        await socket.close()
    return found | {"seats": seats, "places": [told.get("place") for _, told in waiting], "first_then": came_in}


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


def _lines(result: dict[str, Any]) -> Iterator[str]:
    steps = result["steps"]
    yield (
        f"One core carries {result['carried']} speakers in real time (bound for the first sound, p95: {result['bound_ms']:.0f} ms; "
        f"load average of the machine {result['load_average']}); each takes {result['memory_mb_each']} MB."
    )
    yield "speakers  heard p50/p95  first sound p50/p95  behind p95  answered  cores       MB"
    for one in sorted(steps, key=lambda step: step["speakers"]):
        yield f"{_row(one)}  {why_not(one, steps[0])}".rstrip()
    full, replicas = result["full"], result["replicas"]
    yield f"All {full['seats']} seats taken, then {BEYOND} more: places {full['places']}, the first then: {full['first_then']}; those inside:"
    yield _row(full)
    yield (
        f"{replicas['processes']} processes: {replicas['resumed_round_robin']} of {replicas['of']} broken talks go on by round robin, "
        f"{replicas['resumed_sticky']} with sticky connections."
    )


def _row(one: dict[str, Any]) -> str:
    heard, sound = one["heard_ms"], one["sound_ms"]
    return (
        f"{one['speakers']:8}  {heard['p50']:6.0f}/{heard['p95']:6.0f}  {sound['p50']:10.0f}/{sound['p95']:8.0f}  "
        f"{one['lag_ms']['p95']:10.0f}  {one['answered']:4}/{one['asked']:<4} {one['cpu']:5}  {one['memory_mb']:7}"
    )


if __name__ == "__main__":
    main()
