"""How long staff wait for the pages of a desk with a long past."""

import random
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from sqlalchemy import text

from benchmarks.desk_client import drive, get, percentile
from benchmarks.desk_customers import invented, rare_customer
from benchmarks.desk_running import AGENTS, Running
from server.office import Office
from server.web.guard import COOKIE

WARM_UP = 20
BAR_MS = 60.0
KINDS = 12  # of pages


def measure(office: Office, running: Running, count: int, done: Callable[[int], object]) -> dict[str, Any]:
    """Return milliseconds by page: `count` of each, one after the other, on one connection.  `cpu`: of our process."""
    token = office.accounts.open_session(AGENTS[0], now=office.clock())
    headers = {"Cookie": f"{COOKIE}={token}", "Accept": "text/html"}
    found = {}
    for name, path in _pages(office).items():
        drive(running.port, [get(path(), headers) for _ in range(min(WARM_UP, count))])
        cpu = running.cpu_s()
        run = drive(running.port, [get(path(), headers) for _ in range(count)])
        cpu = running.cpu_s() - cpu
        if set(run.statuses) != {200}:
            raise RuntimeError(f"{name} answered {dict(run.statuses)}")
        found[name] = {
            **{f"p{p}": round(percentile(run.latencies_ms, p / 100), 1) for p in (50, 95, 99)},
            "cpu": round(cpu * 1000 / count, 1),
            "kilobytes": round(run.bytes / count / 1024, 1),
        }
        done(count)
    return found


def _pages(office: Office) -> Mapping[str, Callable[[], str]]:
    rng = random.Random(1)
    common, rare = quote(invented()["surnames"][0][0]), quote(rare_customer().name)
    open_cases = _ids(office, "closed_at IS NULL ORDER BY due_at LIMIT 300")
    closed_cases = _ids(office, "closed_at IS NOT NULL ORDER BY opened_at LIMIT 300")
    return {
        "/queue": lambda: "/queue",
        "/queue, page 100": lambda: "/queue?p=99",
        "/queue?state=late": lambda: "/queue?state=late",
        "/queue?state=mine": lambda: "/queue?state=mine",
        "/queue?state=unpromised": lambda: "/queue?state=unpromised",
        "/queue?state=closed": lambda: "/queue?state=closed",
        "/queue?urgency=complaint": lambda: "/queue?urgency=complaint",
        "/queue?q=, a common name": lambda: f"/queue?q={common}",
        "/queue?q=, a rare name": lambda: f"/queue?q={rare}",
        "/queue?q=, four digits": lambda: f"/queue?q={rng.randrange(10_000):04}",
        "/cases/…, open": lambda: f"/cases/{rng.choice(open_cases)}",
        "/cases/…, closed": lambda: f"/cases/{rng.choice(closed_cases)}",
    }


def _ids(office: Office, condition: str) -> list[str]:
    with office.engine.connect() as connection:
        found = connection.execute(text(f"SELECT id FROM cases WHERE {condition}"))  # noqa: S608  # our own words
        return [str(row.id) for row in found]


def database_mb(office: Office) -> float:
    """Return how big the database is."""
    sqlite = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    query = sqlite if office.engine.dialect.name == "sqlite" else "SELECT pg_database_size(current_database())"
    with office.engine.connect() as connection:
        return round((connection.execute(text(query)).scalar() or 0) / 1e6, 1)
