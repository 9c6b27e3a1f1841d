"""When the desk calls, as a device knows it: the week, the closed days ahead, and how far is promised."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final, Self

DAY_MINUTES: Final = 24 * 60
WEEKDAYS: Final = range(7)  # 0 is Monday
MOST_DAYS: Final = 366
MOST_BLOCKS: Final = 7 * 24
Minutes = tuple[int, int]  # from one minute of the day of Tokyo up to another
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHours:
    """Fills `intents.when_types.Office`: `week` as it is, `horizon_days` as it is, `closed` for `why_closed`."""

    week: Mapping[int, tuple[Minutes, ...]]  # blocks in their order; absent weekdays are closed
    closed: frozenset[date]  # holidays and closures from today up to the horizon
    slot_minutes: int
    horizon_days: int

    @classmethod
    def from_wire(cls, body: Mapping[str, Any]) -> Self:
        """Read the answer to GET /hours.  Raises ValueError for what no desk would say."""
        try:
            return cls(
                week=_week(body["weekdays"]),
                closed=frozenset(date.fromisoformat(day) for day in _few(body["closed"], MOST_DAYS + 1)),
                slot_minutes=_whole(body["slot_minutes"], DAY_MINUTES),
                horizon_days=_whole(body["horizon_days"], MOST_DAYS),
            )
        except (KeyError, TypeError) as error:
            raise ValueError("these are no opening hours") from error

    def as_wire(self) -> dict[str, Any]:
        """Return the same as JSON, to be kept on the device while the desk is away."""
        return {
            "weekdays": [
                {"weekday": day, "opens": clock(opens), "closes": clock(closes)}
                for day in sorted(self.week)
                for opens, closes in self.week[day]
            ],
            "closed": [day.isoformat() for day in sorted(self.closed)],
            "slot_minutes": self.slot_minutes,
            "horizon_days": self.horizon_days,
        }


def clock(minute: int) -> str:
    """Return a minute of the day as "09:00"; 1440 is "24:00"."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _week(found: Any) -> dict[int, tuple[Minutes, ...]]:
    week: dict[int, list[Minutes]] = {}
    for one in _few(found, MOST_BLOCKS):
        day, opens, closes = one["weekday"], _minute(one["opens"]), _minute(one["closes"])
        if type(day) is not int or day not in WEEKDAYS or not opens < closes:
            raise ValueError("is no block of a week")
        week.setdefault(day, []).append((opens, closes))
    return {day: _apart(sorted(blocks)) for day, blocks in week.items()}


def _apart(blocks: list[Minutes]) -> tuple[Minutes, ...]:
    if any(later[0] < sooner[1] for sooner, later in pairwise(blocks)):
        raise ValueError("the blocks of a day overlap")
    return tuple(blocks)


def _minute(text: Any) -> int:
    found = _CLOCK.fullmatch(text)
    minute = int(found[1]) * 60 + int(found[2]) if found else DAY_MINUTES + 1
    if minute > DAY_MINUTES:
        raise ValueError("is no time of the day")
    return minute


def _whole(value: Any, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise ValueError("is no number in its range")
    return value


def _few(found: Any, most: int) -> Iterable[Any]:
    if not isinstance(found, list) or len(found) > most:
        raise ValueError("is no list of that length")
    return found
