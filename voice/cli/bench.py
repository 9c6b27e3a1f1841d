"""`koemado bench`: measures understanding, decisions and speed with the suites of the source checkout."""

import importlib
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from voice.cli.program import Program, common_options, note, print_json
from voice.errors import VoiceError
from voice.files import write_atomically

_FOLDER = click.Path(path_type=Path, file_okay=False)
_COUNT = click.IntRange(min=1)
_CHECKOUT = Path(__file__).parents[2]


class BenchUnavailable(VoiceError):
    """Something this command needs is not installed."""

    exit_code = 2


def _benchmark(name: str) -> ModuleType:
    """A module of `benchmarks`, which is in the source checkout only.  Raises BenchUnavailable."""
    if not (_CHECKOUT / "benchmarks").is_dir() or not (_CHECKOUT / "tests/data").is_dir():
        raise BenchUnavailable("the benchmarks are not part of the installed package: run this in a source checkout")
    if str(_CHECKOUT) not in sys.path:
        sys.path.append(str(_CHECKOUT))
    return importlib.import_module(f"benchmarks.{name}")


def _plotting(name: str) -> ModuleType:
    """A module of `benchmarks` that draws.  Raises BenchUnavailable without matplotlib."""
    try:
        importlib.import_module("matplotlib")
    except ImportError as error:
        raise BenchUnavailable("plots need matplotlib: run `scripts/setup --dev`, or leave --out away") from error
    return _benchmark(name)


@click.group("bench")
def bench_group() -> None:
    """Measure understanding, decisions and speed (source checkout only)."""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option("--json", "as_json", is_flag=True)(command)
    return click.option("--out", type=_FOLDER, help="Write plots, a page and the figures here.")(command)


@bench_group.command()
@click.option("--suite", "names", multiple=True, type=click.Choice(["a", "b", "c", "d"]), help="Only this; repeatable.")
@click.option("--count", type=_COUNT, help="At most so many questions of each suite.")
@click.option("--spoken", type=_COUNT, default=200, show_default=True, help="At most so many spoken per condition.")
@_options
@common_options
def understanding(
    program: Program, names: tuple[str, ...], count: int | None, spoken: int, out: Path | None, as_json: bool
) -> None:
    """Right articles, decisions and recall of danger, typed, spoken and out of scope, against baselines."""
    suite, text = _benchmark("understanding"), _benchmark("understanding_text")
    report = _plotting("understanding_report") if out else None
    extent = suite.Extent(suites=names or suite.SUITES, count=count, spoken=spoken)
    result = suite.measure(program.settings, extent)
    _tell(result, text.lines(result), as_json=as_json)
    if out and report:
        _write(out, "understanding", result, report.files(result))


@bench_group.command()
@click.option("--count", type=_COUNT, help="At most so many questions, and sentences out of scope.")
@click.option("--spoken", type=_COUNT, default=200, show_default=True, help="At most so many spoken per condition.")
@_options
@common_options
def decision(program: Program, count: int | None, spoken: int, out: Path | None, as_json: bool) -> None:
    """Calibration, risk and coverage, and what other costs would change."""
    suite = _benchmark("decision")
    report = _plotting("decision_report") if out else None
    result = suite.measure(program.settings, count=count, spoken=spoken)
    _tell(result, suite.lines(result), as_json=as_json)
    if out and report:
        _write(out, "decision", result, report.files(result))


def _sizes(_context: click.Context, _option: click.Parameter, value: str) -> tuple[int, ...]:
    """Whole numbers parted by commas; a usage error for anything else."""
    try:
        sizes = tuple(int(part) for part in value.split(",") if part.strip())
    except ValueError:
        raise click.BadParameter(f"{value!r} is no list of whole numbers such as 1000,10000") from None
    if any(size < 1 for size in sizes):
        raise click.BadParameter("sizes are at least 1")
    return sizes


@bench_group.command()
@click.option(
    "--sizes",
    callback=_sizes,
    default="1000,10000,100000",
    show_default=True,
    metavar="N,N,...",
    help="Variants of the made bases.",
)
@_options
@common_options
def speed(program: Program, sizes: tuple[int, ...], out: Path | None, as_json: bool) -> None:
    """Time and memory of matching as the base grows, against baselines; each base in a process of its own."""
    suite = _benchmark("scaling")
    report = _plotting("scaling_report") if out else None
    result = suite.measure(sizes)
    _tell(result, suite.lines(result), as_json=as_json)
    if out and report:
        _write(out, "speed", result, report.files(result))


def _tell(result: dict[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    for line in lines:
        click.echo(line)


def _write(folder: Path, name: str, result: dict[str, Any], files: dict[str, bytes]) -> None:
    """The figures and what was drawn of them; OSError when the folder cannot be written."""
    plain = (json.dumps(result, ensure_ascii=False, indent=1) + "\n").encode()
    for file, data in {f"{name}.json": plain, **files}.items():
        write_atomically(folder / file, data)
        note(f"written: {folder / file}")
