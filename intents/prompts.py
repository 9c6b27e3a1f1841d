"""Koemado's own sentences, from the data file."""

from collections.abc import Sequence

from intents.answers import Spoken
from intents.data_files import load
from intents.matching import Candidate


def prompt(name: str, *parts: str, **named: str) -> Spoken:
    """The sentence of that name, filled in.  Raises KeyError for an unknown name."""
    data = load("prompts")
    return Spoken(text=data[name].format(*parts, **named), overrides=data["readings"])


def label(name: str) -> str:
    """A short text for the screen."""
    return str(load("prompts")["labels"][name])


def which_of(candidates: Sequence[Candidate]) -> Spoken:
    """「〜のことでしょうか、それとも〜のことでしょうか」 for one to three candidates."""
    names = {1: "clarify_one", 2: "clarify_two", 3: "clarify_three"}
    return prompt(names[len(candidates)], *(c.topic.title for c in candidates))


def desk(phone: str) -> str:
    """How to reach a human, as the end of a sentence."""
    return prompt("desk_phone", phone=phone).text if phone else prompt("desk_unknown").text
