"""What a sentence about time is made of, once read: days, times, and how they belong together.  No calendar yet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """One thing said of a day: `kind` is a table of the data file, or year_of, month_of, dom, nth, within_days."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class DayAtom:
    """Days of which all the terms hold; `last` is the other end of a stretch of days."""

    terms: tuple[Term, ...]
    how: str = "on"  # on, since, until, between; behind: the first open day after them, after: and those that follow
    last: "DayAtom | None" = None

    def value(self, kind: str) -> str | None:
        """What was said of that kind, None for nothing."""
        return next((term.value for term in self.terms if term.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as said: 「3時半」 is 210 minutes, with no half of the day named."""

    minute: int
    half: str = ""  # am, pm, day, night


@dataclass(frozen=True, slots=True)
class TimeAtom:
    """A part of the day, a time, or a stretch between two."""

    how: str  # part, at, about, since, until, between, past, just_before, minutes_after, minutes_within
    first: Clock | str | None = None  # a clock or the name of a part of the day
    last: Clock | str | None = None
    minutes: int = 0  # from now


@dataclass(frozen=True, slots=True)
class Group:
    """Days and the times that go with each of them; no days or no times: none were said."""

    days: tuple[DayAtom, ...] = ()
    times: tuple[TimeAtom, ...] = ()
    any_time: bool = False
    refused: bool = False  # what does not suit


@dataclass(frozen=True, slots=True)
class Said:
    """Everything about time in an utterance."""

    groups: tuple[Group, ...]
    marks: frozenset[str]  # now, vague, time_wanted, just_past
    words: int  # how many words carried it: of two readings of one utterance, more is better
    covered: float  # the share of the characters that are words of days, times and what joins them
