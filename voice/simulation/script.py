"""A conversation to be replayed, as values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from intents.when_types import Window

NONE: Final = "none"  # as scripts write that there is no such thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What one turn has to come to; what is None or empty is not looked at."""

    says: tuple[str, ...] = ()  # each in what is said
    not_says: tuple[str, ...] = ()
    outcome: str | None = None  # a value of `Outcome`
    article: str | None = None  # the id answered; "none"
    stage: str | None = None  # a value of `Stage`; "none" while no request for a call is taken down
    pace: str | None = None
    finished: bool | None = None
    shorter: bool = False  # less is said than the turn before


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLine:
    """What the customer says, "" for silence, and what has to come of it."""

    text: str
    at: int  # line of the file
    by_voice: bool = False  # spoken and heard instead of typed
    expect: Expect = Expect()


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDesk:
    """How the desk in memory behaves."""

    reachable: bool = True
    keeps: bool = True  # False: the device's disk is full
    slots: tuple[Window, ...] | None = None  # what is free; None: what the shipped plan has


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A whole conversation.  `stored` names fields of the one request and what they hold; None: not looked at."""

    title: str
    lines: tuple[CustomerLine, ...]
    now: datetime | None = None  # aware; None: the machine's time
    desk: GivenDesk | None = GivenDesk()  # None: no desk, customers are told the number
    stored: dict[str, tuple[str, ...]] | None = field(default=None, repr=False)  # {}: nothing may be stored
    stored_at: int = 0  # line of the file
