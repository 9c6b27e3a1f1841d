"""The callback desk: submissions a second, pages over a long past, memory.

    python -m benchmarks.desk [--part submit|pages|memory ...] [--closed 1000000] [--keep DIR] [--quick] [--json]

Submissions: `koemado serve` against a bare FastAPI with an INSERT into SQLite, in turns in one run.  Pages: of a desk
with so many closed and 5,000 open cases.  PostgreSQL is measured too where KOEMADO_POSTGRES_URL names one whose
superuser may make databases (`scripts/with-postgresql python -m benchmarks.desk`).
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from benchmarks import desk_memory, desk_submit, desk_views
from benchmarks.desk_loading import PostgresLoader, SqliteLoader
from benchmarks.desk_past import Past
from benchmarks.desk_running import AGENTS, desk, postgres_database, set_up
from server.app import DATABASE_FILE, open_office

PARTS = ("submit", "pages", "memory")
SEATS = 60  # so that 5,000 open cases find times
BARS = {"submit": desk_submit.WANTED, "pages": desk_views.BAR_MS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured."""

    closed: int
    open: int = 5_000
    rounds: int = 7
    submissions: int = 1_000  # a round
    connections: int = 8
    pages: int = 300  # of each kind
    requests: int = 10_000  # before memory is looked at


QUICK = Scale(closed=300, open=60, rounds=1, submissions=40, connections=4, pages=3, requests=40)


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    scale = QUICK if asked.quick else Scale(closed=asked.closed)
    postgres = os.environ.get("KOEMADO_POSTGRES_URL", "")
    with _folder(asked.keep) as folder:
        found = {part: _PARTS[part](folder, postgres, scale) for part in asked.part or PARTS}
    result = {
        "scale": {name: getattr(scale, name) for name in Scale.__slots__},
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
        "bars": BARS,
        **found,
    }
    print(json.dumps(result) if asked.json else "\n".join(lines(result)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, action="append", help="only this; may be repeated")
    parser.add_argument("--closed", type=int, default=1_000_000, help="closed cases of the desk whose pages are read")
    parser.add_argument("--keep", type=Path, help="keep the desks here; those of an earlier run are read again")
    parser.add_argument("--quick", action="store_true", help="small numbers: shows that it works, measures nothing")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    return parser.parse_args()


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="koemado-desk-") as made:
        yield Path(made)


@contextmanager
def _progress(length: int, label: str) -> Iterator[Callable[[int], object]]:
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update


def _submit(folder: Path, postgres: str, scale: Scale) -> dict[str, Any]:
    with ExitStack() as stack:
        urls = {plan: stack.enter_context(postgres_database(postgres)) for plan in ("free", "full") if postgres}
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="koemado-desk-submit-")))
        contenders = 5 if postgres else 3
        done = stack.enter_context(_progress(scale.rounds * scale.submissions * contenders, "Submitting"))
        return desk_submit.measure(
            place, urls, rounds=scale.rounds, size=scale.submissions, connections=scale.connections, done=done
        )


def _pages(folder: Path, postgres: str, scale: Scale) -> dict[str, Any]:
    with ExitStack() as stack:
        places = {"SQLite": folder / "sqlite"}
        urls = {"SQLite": ""}
        if postgres:
            places["PostgreSQL"] = folder / "postgresql"
            name = f"koemado_bench_{scale.closed}_{folder.name.replace('-', '_').lower()}"
            urls["PostgreSQL"] = stack.enter_context(postgres_database(postgres, keep=name if _kept(folder) else ""))
        if not (places["SQLite"] / DATABASE_FILE).exists():
            _write_past(places, urls, scale)
        return {name: _read_pages(name, place, scale) for name, place in places.items()}


def _kept(folder: Path) -> bool:
    """Whether the folder is to stay: temporary ones have our prefix."""
    return not folder.name.startswith("koemado-desk-")


def _write_past(places: Mapping[str, Path], urls: Mapping[str, str], scale: Scale) -> None:
    offices = {
        name: set_up(place, database_url=urls[name], seats=SEATS, key_of=places["SQLite"] if urls[name] else None)
        for name, place in places.items()
    }
    first = offices["SQLite"]
    past = Past(first.vault, first.desk.plan, AGENTS, first.clock())
    for office in offices.values():
        office.engine.dispose()
    loaders = [
        PostgresLoader(office.engine, urls[name])
        if urls[name]
        else SqliteLoader(office.engine, places[name] / DATABASE_FILE)
        for name, office in offices.items()
    ]
    with _progress(scale.closed + scale.open, "Writing the past") as done:
        past.write(scale.closed, scale.open, loaders, done)
    for office in offices.values():
        office.close()


def _read_pages(name: str, place: Path, scale: Scale) -> dict[str, Any]:
    office = open_office(place)
    try:
        with desk(place) as running, _progress(scale.pages * desk_views.KINDS, f"Pages, {name}") as done:
            pages = desk_views.measure(office, running, scale.pages, done)
            return {
                "pages": pages,
                "database_mb": desk_views.database_mb(office),
                "resident_mb": round(running.resident_mb(), 1),
                "anonymous_mb": round(running.anonymous_mb(), 1),
            }
    finally:
        office.close()


def _memory(_folder: Path, _postgres: str, scale: Scale) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory(prefix="koemado-desk-memory-") as place,
        _progress(2 * scale.requests + 240, "Memory") as done,
    ):
        return desk_memory.measure(Path(place), requests=scale.requests, done=done)


_PARTS = {"submit": _submit, "pages": _pages, "memory": _memory}


def lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield the tables."""
    yield f"{result['cores']} cores, load {result['load_average']}; {result['scale']}"
    if "submit" in result:
        yield f"\n{'requests stored a second':58}  median (range)        of bare (range)       CPU ms   client"
        for name, row in result["submit"].items():
            yield (
                f"{name:58}{row['per_second']:8.0f} ({row['lowest']:.0f}-{row['highest']:.0f})"
                f"{row['of_bare']:12.2f} ({row['of_bare_lowest']:.2f}-{row['of_bare_highest']:.2f})"
                f"{row['cpu_ms_each']:10.2f}{row['client_busy']:8.0%}"
            )
    for database, found in result.get("pages", {}).items():
        yield f"\n{database}: {found['database_mb']:.0f} MB; the process {found['resident_mb']:.0f} MB"
        yield f"{'milliseconds':32}{'p50':>8}{'p95':>8}{'p99':>8}{'CPU':>8}{'kB':>8}"
        for name, row in found["pages"].items():
            yield f"{name:32}" + "".join(f"{row[key]:8.1f}" for key in ("p50", "p95", "p99", "cpu", "kilobytes"))
    for moment, row in result.get("memory", {}).items():
        yield f"{moment:32}{row['resident_mb']:8.1f} MB resident, {row['anonymous_mb']:.1f} MB of it anonymous"


if __name__ == "__main__":
    main()
