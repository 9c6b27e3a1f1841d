"""Where the talk about another time for a promised call stands, and what the device has to do next."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from intents.answers import Spoken
from intents.when_types import Window, Wishes


class Asked(StrEnum):
    """What the customer has been asked."""

    NOTHING = "nothing"  # but 「時間を変えて」 is understood
    OFFER = "offer"
    WHEN = "when"
    WITHDRAW = "withdraw"  # whether really no call is wanted
    OVER = "over"  # no call is wanted


class Wanted(StrEnum):
    """What the device has to do before the conversation goes on."""

    NOTHING = "nothing"
    OFFERS = "offers"  # ask the desk what is free, within `wishes` where there are some, then `with_offers`
    CHOOSE = "choose"  # have `chosen` promised, then `chosen`
    WITHDRAW = "withdraw"  # then `withdrawn`


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTime:
    """What was asked and said.  `promise` is what the desk promises now; None: nothing."""

    asked: Asked = Asked.NOTHING
    promise: Window | None = None
    offers: tuple[Window, ...] = ()
    wishes: Wishes | None = None
    day: date | None = None  # of which a time was asked: 「明日の病院のあと」
    chosen: Window | None = None
    failed: int = 0  # turns in a row that were not understood
    silent: int = 0  # turns in a row in which nothing was heard
    rounds: int = 0  # offers and questions when it would suit
    moved: bool = False  # the last thing told was the new time
    own: bool = False  # asked for in this conversation: more is taken as meant for it
    arrived: bool = True  # at the desk, as far as is known
    closed: bool = False  # the desk has done with the case meanwhile
    anew: bool = False  # to be withdrawn because something in it is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What came of an utterance."""

    state: NewTime
    says: tuple[Spoken, ...]
    wanted: Wanted = Wanted.NOTHING
    closed: bool = False  # the desk has done with the case: it is to be asked whether another call is wanted
    let_go: bool = False  # the utterance was something else: answer it after what is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The desk promises this now."""

    promise: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The chosen time is not free any more; these are."""

    offers: tuple[Window, ...]
