"""What is said while a request for a call is taken down, from data/callback.toml."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from intents.address import Address, called
from intents.answers import Spoken
from intents.callback_form import Form, Known
from intents.data_files import load
from intents.name_slot import NameHeard
from intents.numerals import KANJI_DIGITS, telephone
from intents.phone_slot import read_back
from intents.prompts import desk as desk_sentence
from intents.when_told import choices_told, slot_told, told
from intents.when_types import Window

ENDING_DIGITS = 4
COUPLE = 2


def say(sentence: str, /, *, turn: int = 0, **named: str) -> Spoken:
    """Return a sentence; of a list the one for so many failed turns, the last one from then on.  Raises KeyError."""
    return filled(sentence, turn=turn, **{key: Spoken(text=text) for key, text in named.items()})


def filled(sentence: str, /, *, turn: int = 0, **parts: Spoken) -> Spoken:
    """Return a sentence with parts that have readings of their own."""
    texts = load("callback")["say"][sentence]
    text = texts if isinstance(texts, str) else texts[min(turn, len(texts) - 1)]
    overrides: dict[str, str] = dict(load("prompts")["readings"])
    for part in parts.values():
        overrides |= part.overrides
        if part.reading and part.text:
            overrides[part.text] = part.reading
    return Spoken(
        text=text.format(**{key: part.text for key, part in parts.items()}),
        overrides=overrides,
        is_personal=any(part.is_personal for part in parts.values()),
    )


def desk(phone: str) -> str:
    """Return how to reach a human, as the end of a sentence."""
    return desk_sentence(phone)


def slot(window: Window, now: datetime) -> Spoken:
    """Return a time that is promised or offered."""
    return slot_told(window.begins, window.ends, now)


def because_of(tier: str) -> Spoken:
    """Say openly why a time is earlier than others would have got it: by the name of the customer's tier."""
    return say("earlier", tier=tier)


def offered(slots: Sequence[Window], *, fits: bool, turn: int, now: datetime) -> Spoken:
    """Ask which of the free times it shall be."""
    if len(slots) == 1:
        return filled("offer_one" if fits else "offer_other_one", turn=turn, slot=slot(slots[0], now))
    return filled("offer_some" if fits else "offer_others", turn=turn, choices=choices_told(slots, now))


def outside_hours(near: Sequence[Window], now: datetime) -> Spoken:
    """Tell that nobody is there at the time wished for, and when somebody is, as far as that is known."""
    if near:
        return filled("outside_hours_near", near=told(near, now))
    return say("outside_hours")


def named(name: NameHeard) -> Spoken:
    """Return a name as it is said: by its reading, for that is what was heard, with a pause before the given name."""
    parts = [name.family, name.given] if name.family and name.given else [name.reading]
    return Spoken(text=name.written or " ".join(parts), reading="、".join(parts), is_personal=True)


def addressed(name: NameHeard, form: Address | None) -> Spoken:
    """Return a name as its customer is called: 「田中さま」; None: as nobody has asked for."""
    return called(named(name), form or Address.SAMA)


def name_check(name: NameHeard, turn: int, form: Address | None = None) -> Spoken:
    """Ask whether the name is right."""
    return filled("name_check", turn=turn, name=addressed(name, form))


def known(customers: Sequence[Known], turn: int) -> Spoken:
    """Ask which of the customers the device knows it is; of a number only the end is said aloud, and only if need be."""
    if len(customers) == 1:
        name, ending = addressed(customers[0].name, customers[0].address), _ending(customers[0])
        if customers[0].address is Address.PLAIN:
            return filled("known_plain", turn=turn, ending=ending)
        return filled("known", turn=turn, name=name, ending=ending)
    told = [_told_apart(one, customers) for one in customers]
    if turn:
        told = [
            filled("known_place", number=Spoken(text=number), name=one)
            for number, one in zip(KANJI_DIGITS[1:], told, strict=False)
        ]
    names = Spoken(
        text=("" if turn else "、").join(one.text for one in told),
        overrides={word: kana for one in told for word, kana in one.overrides.items()},
        is_personal=True,
    )
    return filled("known_two" if len(customers) == COUPLE else "known_some", turn=turn, names=names)


def _told_apart(customer: Known, customers: Sequence[Known]) -> Spoken:
    """The name; of two who are called the same, with the end of the number."""
    name = addressed(customer.name, customer.address)
    if customer.address is Address.PLAIN:
        return filled("known_no_name", ending=_ending(customer))
    same = [one for one in customers if named(one.name).text == named(customer.name).text]
    if len(same) == 1:
        return filled("known_name", name=name)
    return filled("known_same_name", name=name, ending=_ending(customer))


def _ending(customer: Known) -> Spoken:
    digits = customer.phone.digits[-ENDING_DIGITS:]
    return Spoken(text=digits, reading=telephone(digits), is_personal=True)


def with_extension(form: Form) -> Spoken:
    """Return the number, and what is to be dialled behind it."""
    number = read_back(form.phone)
    if not form.extension:
        return number
    told = load("callback")["say"]["with_extension"]
    return replace(
        number,
        text=told.format(phone=number.text, extension=form.extension),
        reading=told.format(phone=number.reading, extension=telephone(form.extension)).replace("内線", "ナイセン"),
    )


def summary(form: Form, turn: int, now: datetime) -> Spoken:
    """Read the whole request back."""
    wished = form.wishes.windows if form.wishes else ()
    when = slot(form.slot, now) if form.slot else told(wished, now)
    who = filled("who", name=addressed(form.name, form.address)) if form.name else Spoken(text="")
    return filled("summary", turn=turn, who=who, phone=with_extension(form), when=when)
