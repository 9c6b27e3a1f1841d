"""Ten real conversations a week for managers to read, of all kinds.  Pure.

The list of a week is drawn from the conversations that began in it, by digests of the week and the conversation: whoever
looks, and whenever, sees the same ten.  Each kind has its share of two, the rarest first; what is left is filled from all.
Within a kind those come first that can be heard: a list changes when a recording comes in late, is taken back or is too old.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Final
from uuid import UUID

from server.periods import Period
from server.spans import TOKYO

MOST: Final = 10
OF_EACH: Final = 2
LONG: Final = 10  # turns


class Why(StrEnum):
    """Why a conversation is on the list; the first that fits."""

    DANGER = "danger"
    COMPLAINT = "complaint"
    LOST = "lost"
    LONG = "long"
    SOLVED = "solved"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """A conversation that may be read."""

    talk: UUID
    turns: int
    danger: bool
    complaint: bool
    lost: bool
    solved: bool  # by voice
    recorded: bool = False  # the customer agreed to be heard

    @property
    def kinds(self) -> tuple[Why, ...]:
        """All kinds it is of."""
        is_of = (
            (Why.DANGER, self.danger),
            (Why.COMPLAINT, self.complaint),
            (Why.LOST, self.lost),
            (Why.LONG, self.turns >= LONG),
            (Why.SOLVED, self.solved),
        )
        return tuple(kind for kind, fits in is_of if fits) or (Why.OTHER,)


def chosen(talks: Iterable[Readable], week: str) -> list[tuple[Readable, Why]]:
    """Return at most ten conversations with why they were chosen."""
    ordered = sorted(talks, key=lambda one: _lot(week, one.talk))
    taken: dict[UUID, tuple[Readable, Why]] = {}
    for kind in Why:
        fitting = [one for one in ordered if kind in one.kinds and one.talk not in taken]
        fitting.sort(key=lambda one: not one.recorded)  # among equals
        taken |= {one.talk: (one, kind) for one in fitting[: OF_EACH if kind is not Why.OTHER else 0]}
    for one in ordered:
        if len(taken) < MOST:
            taken.setdefault(one.talk, (one, one.kinds[0]))
    return list(taken.values())


def week_of(day: date) -> str:
    """Return the ISO week of a day, "2026-W48"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def last_week(now: datetime) -> str:
    """Return the latest week that is over, in Tokyo."""
    return week_of(now.astimezone(TOKYO).date() - timedelta(days=7))


def days_of(week: str) -> Period:
    """Return a week's days.  Raises ValueError for what is no week."""
    first = date.fromisocalendar(*_numbers(week), 1)
    return Period(first, first + timedelta(days=6))


def beside(week: str, weeks: int) -> str:
    """Return the week so many weeks later, or earlier.  Raises ValueError."""
    return week_of(days_of(week).first + timedelta(weeks=weeks))


def _numbers(week: str) -> tuple[int, int]:
    year, mark, number = week.partition("-W")
    if not (mark and len(year) == len("2026") and year.isdecimal() and number.isdecimal() and week.isascii()):
        raise ValueError("no ISO week")
    return int(year), int(number)


def _lot(week: str, talk: UUID) -> bytes:
    return blake2b(f"{week}:{talk}".encode(), digest_size=8).digest()
