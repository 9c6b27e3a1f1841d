"""A measure day by day as a line: where its points lie on a chart, and what its axis says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from server.nightly import NPS, SHARES, DayFigures, read
from server.periods import Period
from server.settings import Targets

WIDTH: Final = 210  # of the drawing, in its own units
HEIGHT: Final = 90
_SCORES: Final = (-100.0, 100.0)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A line; days without data break it."""

    name: str
    kind: str  # "share", "score" or "time"
    days: tuple[tuple[date, float | None], ...]  # shares from 0 to 1, scores, seconds
    lines: tuple[tuple[Point, ...], ...]  # pieces without a break
    target: float | None = None
    target_y: float | None = None
    low: float
    high: float

    @property
    def known(self) -> int:
        """How many days have a value."""
        return sum(value is not None for _, value in self.days)


def trend(name: str, period: Period, kept: Sequence[DayFigures], targets: Targets) -> Trend:
    """Draw a measure over a period."""
    found = {day.day: read(name, day.figures) for day in kept}
    days = [(day, found.get(day)) for day in _days(period)]
    kind = "share" if name in SHARES else "score" if name == NPS else "time"
    low, high = _range(kind, [value for _, value in days if value is not None])
    target = target_of(name, targets)
    return Trend(
        name=name,
        kind=kind,
        days=tuple(days),
        lines=tuple(_pieces(days, low, high)),
        target=target,
        target_y=None if target is None else _y(target, low, high),
        low=low,
        high=high,
    )


def target_of(name: str, targets: Targets) -> float | None:
    """Return what the desk wants to reach, as the measure counts; None: nothing was set."""
    wanted: int | None = getattr(targets, name, None)
    if name == NPS:
        return wanted
    return wanted / 100 if wanted else None


def _days(period: Period) -> Iterator[date]:
    yield from (period.first + timedelta(days=n) for n in range(period.days))


def _range(kind: str, values: Sequence[float]) -> tuple[float, float]:
    if kind == "score":
        return _SCORES
    return 0.0, 1.0 if kind == "share" else max([*values, 60.0])


def _pieces(days: Sequence[tuple[date, float | None]], low: float, high: float) -> Iterator[tuple[Point, ...]]:
    step = WIDTH / max(1, len(days) - 1)
    piece: list[Point] = []
    for n, (_, value) in enumerate(days):
        if value is not None:
            piece.append((round(n * step, 1), _y(value, low, high)))
        elif piece:
            yield tuple(piece)
            piece = []
    if piece:
        yield tuple(piece)


def _y(value: float, low: float, high: float) -> float:
    return round(HEIGHT * (1 - (value - low) / (high - low)), 1)
