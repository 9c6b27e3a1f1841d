"""Koemado's own sentences, from the data file."""

from collections.abc import Sequence
from os.path import commonprefix

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
    return prompt(names[len(candidates)], *told_apart([c.topic.title for c in candidates]))


def told_apart(titles: Sequence[str]) -> list[str]:
    """Titles as they are read out one after the other: what all begin with (返品の期限, 返品の手続き) is said once.

    Only what ends in の is left out, so that a word stays a word.
    """
    same = len(commonprefix(list(titles)))  # noqa: RUF071 - characters are meant, no paths
    shared = titles[0][: titles[0].rfind("の", 0, same) + 1]
    if len(titles) == 1 or any(title == shared for title in titles):
        return list(titles)
    return [titles[0], *(title.removeprefix(shared) for title in titles[1:])]


def desk(phone: str) -> str:
    """How to reach a human, as the end of a sentence."""
    return prompt("desk_phone", phone=phone).text if phone else prompt("desk_unknown").text
