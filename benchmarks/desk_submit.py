"""How many requests a second are stored: the desk against a bare FastAPI and an INSERT into SQLite, in turns."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from benchmarks.desk_client import Driven, drive, post
from benchmarks.desk_customers import bodies
from benchmarks.desk_running import Running, bare, desk, device_token, set_up
from server.clock import system_clock
from server.records import Verdict
from server.wire import parse_request

DEVICE = "box-1"
SHIPPED_SEATS = 2
MANY_SEATS = 100
BARE = "bare FastAPI, INSERT into SQLite"
WARM_UP = 100
WANTED = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Somebody who stores requests."""

    running: Running
    headers: Mapping[str, str]


def measure(
    folder: Path,
    postgres: Mapping[str, str],
    *,
    rounds: int,
    size: int,
    connections: int,
    done: Callable[[int], object],
) -> dict[str, Any]:
    """Return requests a second by contender; `postgres` names an empty database for each kind of plan."""
    numbers = count(1)
    with ExitStack() as stack:
        contenders = dict(_contenders(stack, folder, postgres))
        for contender in contenders.values():
            _send(contender, WARM_UP, next(numbers), connections)
        runs: dict[str, list[Driven]] = {name: [] for name in contenders}
        for turn in range(rounds):
            names = list(contenders) if turn % 2 == 0 else list(reversed(contenders))
            for name in names:
                runs[name].append(_send(contenders[name], size, next(numbers), connections))
                done(size)
    return {name: _figures(of, runs[BARE]) for name, of in runs.items()}


def _contenders(stack: ExitStack, folder: Path, postgres: Mapping[str, str]) -> Iterator[tuple[str, Contender]]:
    folder.mkdir(parents=True, exist_ok=True)
    yield BARE, Contender(running=stack.enter_context(bare(folder / "bare.db")), headers={})
    databases = {"SQLite": {"free": "", "full": ""}} | ({"PostgreSQL": postgres} if postgres else {})
    for database, urls in databases.items():
        for plan, url in urls.items():
            place = folder / f"{database}-{plan}"
            office = set_up(place, database_url=url, seats=MANY_SEATS if plan == "free" else SHIPPED_SEATS)
            token = device_token(office, DEVICE)
            if plan == "full":
                _fill(office)
            office.close()
            seats = f"{MANY_SEATS} calls at once, times free" if plan == "free" else "as shipped, all times taken"
            running = stack.enter_context(desk(place))
            yield f"desk, {database}, {seats}", Contender(running=running, headers={"Authorization": f"Bearer {token}"})


def _fill(office: Any) -> None:
    """Promise every time there is."""
    now = office.clock()
    window = {"begins": now.isoformat(), "ends": (now + timedelta(days=20)).isoformat()}
    for body in bodies(5_000, start=20_000_000, device=DEVICE, now=now):
        request = json.loads(body) | {"id": str(uuid4()), "windows": [window], "urgency": "normal"}
        found = office.desk.receive(parse_request(json.dumps(request).encode()))
        if found.verdict is Verdict.CREATED and found.promise is None:
            return
    raise RuntimeError("there is still a free time")


def _send(contender: Contender, size: int, part: int, connections: int) -> Driven:

    made = bodies(size, start=part * 100_000, device=DEVICE, now=system_clock())
    requests = [post("/callbacks", body, contender.headers) for body in made]
    random.Random(part).shuffle(requests)
    cpu = contender.running.cpu_s()
    run = drive(contender.running.port, requests, connections=connections)
    run.server_cpu_s = contender.running.cpu_s() - cpu
    if set(run.statuses) != {201}:
        raise RuntimeError(f"answered {dict(run.statuses)}")
    return run


def _figures(runs: list[Driven], baseline: list[Driven]) -> dict[str, Any]:
    rates = [run.rate for run in runs]
    shares = [run.rate / other.rate for run, other in zip(runs, baseline, strict=True)]
    return {
        "per_second": round(median(rates), 1),
        "lowest": round(min(rates), 1),
        "highest": round(max(rates), 1),
        "of_bare": round(median(shares), 3),
        "of_bare_lowest": round(min(shares), 3),
        "of_bare_highest": round(max(shares), 3),
        "cpu_ms_each": round(median(run.server_cpu_s * 1000 / sum(run.statuses.values()) for run in runs), 2),
        "client_busy": round(median(run.busy for run in runs), 2),
    }
