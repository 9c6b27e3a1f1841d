"""A conversation to be replayed, as values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from intents.callback_form import Known
from intents.news import CallNews
from intents.phone_numbers import groups_of
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
class GivenNews:
    """A call that was asked for earlier: how it stands, and what the customer was told of it."""

    after: CallNews
    before: CallNews | None = None
    offers: tuple[Window, ...] = ()  # what it can be moved to
    taken: tuple[datetime, ...] = ()  # beginnings of offers that are gone when they are chosen
    may_recommend: bool = False  # the desk lets the customer be asked whether they would recommend us


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDesk:
    """How the desk in memory behaves."""

    reachable: bool = True
    keeps: bool = True  # False: the device's disk is full
    slots: tuple[Window, ...] | None = None  # what is free; None: what the shipped plan has
    known: tuple[Known, ...] = ()  # customers the device remembers
    remembers: bool = False  # whether it may remember more, and asks about those it knows
    news: tuple[GivenNews, ...] = ()  # in the order it came


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenNotice:
    """Something the desk wants to be told."""

    text: str
    kind: str = "other"  # a value of `server.notices.Kind`
    at_once: bool = False
    danger: bool = False
    topic: str = ""  # of a story: what a call about it is about


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that was not as expected; `at` is a line of the script."""

    at: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A whole conversation.  `stored` names fields of the one request and what they hold; None: not looked at."""

    title: str
    lines: tuple[CustomerLine, ...]
    now: datetime | None = None  # aware; None: the machine's time
    desk: GivenDesk | None = GivenDesk()  # None: no desk, customers are told the number
    notices: tuple[GivenNotice, ...] | None = None  # None: no notices and no tips of the device's own accord
    stored: dict[str, tuple[str, ...]] | None = field(default=None, repr=False)  # {}: nothing may be stored
    stored_at: int = 0  # line of the file
    recordings: bool = False  # whether customers are asked whether staff may hear a recording
    recorded: tuple[str, ...] | None = (
        None  # numbers of the lines that are in it, from 1; (): none was kept; None: not looked at
    )
    recorded_at: int = 0
    remembered: tuple[str, ...] | None = None  # 「山田花子 090-1234-5678」, afterwards; None: not looked at
    remembered_at: int = 0  # line of the file
    became: tuple[dict[str, str], ...] | None = None  # fields of each earlier call in the end; None: not looked at
    became_at: int = 0
    said: dict[str, str] | None = None  # what the desk was told of the customer in the end; None: not looked at
    said_at: int = 0


def told_known(customer: Known) -> str:
    """A known customer as scripts write one."""
    return f"{customer.name.written or customer.name.reading} {'-'.join(groups_of(customer.phone.digits))}"
