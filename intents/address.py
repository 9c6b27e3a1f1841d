"""How a customer is called, 「田中さま」 or otherwise, and customers asking for another form.  Pure."""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache

from intents.answers import Spoken
from intents.data_files import load
from intents.morae import without_long_marks
from intents.readings import reading_of
from intents.transcripts import Transcript

_MOST_HYPOTHESES = 3


class Address(StrEnum):
    """How a customer is called; the desk has the same words."""

    SAMA = "sama"
    SAN = "san"
    SENSEI = "sensei"
    PLAIN = "plain"  # 「お客さま」, without the name


_MEANS = {
    "plain": Address.PLAIN,
    "not_sensei": Address.SAMA,
    "not_sama": Address.SAN,
    "not_san": Address.SAMA,
    "sensei": Address.SENSEI,
    "san": Address.SAN,
    "sama": Address.SAMA,
}


def address_wish(heard: Transcript) -> Address | None:
    """Return how the customer wants to be called: 「様はつけないで」; None where something else was said."""
    for reading in _readings(heard):
        for name, meant in _MEANS.items():
            if any(piece.search(reading) for piece in _pieces()[name]):
                return meant
    return None


def called(name: Spoken, form: Address) -> Spoken:
    """Return a name as somebody is called who is told apart by it; `PLAIN` says 「さま」 where the name has to be said."""
    forms = load("address")["forms"]
    said = forms.get(form, forms[Address.SAMA]).format(name=name.text)
    overrides = {**name.overrides, **({name.text: name.reading} if name.reading and name.text else {})}
    return Spoken(text=said, overrides=overrides, is_personal=name.is_personal)


def address_sentence(sentence: str, name: Spoken | None = None) -> Spoken:
    """Return a sentence of data/address.toml, with the name as it is called.  Raises KeyError for an unknown one."""
    text = load("address")["say"][sentence]
    if name is None:
        return Spoken(text=text)
    return Spoken(text=text.format(name=name.text), overrides=name.overrides, is_personal=name.is_personal)


def _readings(heard: Transcript) -> Iterator[str]:
    """As it sounds; 様 behind a name is さま, which alone it is not read as."""
    for one in heard.hypotheses[:_MOST_HYPOTHESES]:
        is_honorific = "様" in one.text and "様子" not in one.text and "様式" not in one.text
        yield without_long_marks(reading_of(one.text.replace("様", "さま")) if is_honorific else one.reading)


@cache
def _pieces() -> dict[str, list[re.Pattern[str]]]:
    wishes = load("address")["wishes"]
    parts = {"call": wishes["call"], "not": wishes["not"]}
    return {name: [re.compile(without_long_marks(one.format(**parts))) for one in wishes[name]] for name in _MEANS}
