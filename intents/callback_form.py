"""The form of a request for a call: where it stands, what is in it, what the device has to do next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from intents.address import Address
from intents.answers import Spoken
from intents.name_slot import NameHeard
from intents.phone_corrections import Unclear
from intents.phone_slot import EMPTY, PhoneDraft
from intents.when_types import DEFAULT_OFFICE, Office, Window, Wishes


class Stage(StrEnum):
    """What the customer has been asked."""

    CONSENT = "consent"
    KNOWN = "known"  # whether the customer is one whom this device knows
    NAME = "name"
    NAME_CHECK = "name_check"
    PHONE = "phone"
    PHONE_CHECK = "phone_check"
    WHEN = "when"
    OFFER = "offer"
    SUMMARY = "summary"
    CHANGE = "change"
    REMEMBER = "remember"  # the request is kept; whether the device may remember name and number
    LATER = "later"  # whether the customer, who is remembered now, may be asked some days later how things are
    FORGET = "forget"  # whether everybody is to be forgotten
    DONE = "done"
    LEFT = "left"  # declined, cancelled or given up


class Wanted(StrEnum):
    """What the device has to do before the conversation goes on."""

    NOTHING = "nothing"
    SLOTS = "slots"  # ask the desk for free times within the wishes, then `with_slots`
    STORE = "store"  # keep the request, then `stored`
    REMEMBER = "remember"  # remember the customer, then `remembered`
    LATER = "later"  # keep that the customer may be asked later, then `may_be_asked`
    FORGET = "forget"  # forget all customers, then `forgotten`


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A customer of this device who agreed to be remembered."""

    name: NameHeard
    phone: PhoneDraft
    address: Address | None = None  # how they want to be called; None: nobody has said
    may_ask: bool | None = None  # whether they may be asked later how things are; None: they were never asked that
    request: UUID | None = None  # their latest request, which the desk knows them by


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the form has to know: the time, when somebody is there, whom the device knows, how to reach a human.

    `remembers`: the device may ask whether it may remember a customer.  `kept`: it has somebody's data, asked about or not.
    """

    now: Callable[[], datetime]
    office: Office = DEFAULT_OFFICE
    known: tuple[Known, ...] = ()
    remembers: bool = False
    kept: bool = False
    desk_phone: str = ""
    connected: bool = True  # False: nothing kept here can reach the desk until somebody enrols the device (again)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What has been taken down.  `consent` is what the consent was asked with; `known` who the customer is, or may be."""

    stage: Stage = Stage.CONSENT
    consent: str = ""
    name: NameHeard | None = None
    phone: PhoneDraft = EMPTY
    extension: str = ""  # digits, inside the house of that number
    known: Known | None = None
    wishes: Wishes | None = None
    slot: Window | None = None  # chosen from what the desk offered
    offers: tuple[Window, ...] = ()
    phone_asked: Unclear | None = None
    halves: tuple[Window, ...] = ()  # what a time may have meant of which morning or evening was asked
    day: date | None = None  # of which a time was asked: 「明日の病院のあと」
    near: tuple[Window, ...] = ()  # when somebody is there, told to who wished for a time when nobody is
    failed: int = 0  # turns of this stage that were not understood
    silent: int = 0  # turns in which nothing was heard
    rounds: int = 0  # offers or summaries that were refused
    changing: bool = False  # one thing only; then the summary again
    humans: int = 0  # times a human was asked for at this stage
    address: Address | None = None  # how the customer wants to be called
    request: UUID | None = None  # what the device kept it as
    leaving: bool = False  # a goodbye was said to the summary, and it was asked whether to send the request


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What came of an utterance."""

    form: Form
    says: tuple[Spoken, ...]
    wanted: Wanted = Wanted.NOTHING
    understood: bool = True  # False: perhaps it was meant for something else
    finished: bool = False  # the customer said goodbye


def is_over(form: Form) -> bool:
    """Whether nothing more is asked."""
    return form.stage in (Stage.DONE, Stage.LEFT)
