"""Sentences to synthesise: our own templates, random numbers and names, nonsense words, and the open corpora at hand.

The words are in sentences.yaml.  Everything random comes from the generator that is passed in, so a shard's number
decides its sentences.
"""
# ruff: noqa: S311 - nothing here is a secret

import itertools
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from intents.morae import GEMINATE, LONG, MORA_PHONES, NASAL

Part = Literal["train", "test"]

_SPECIAL: Final = (LONG, NASAL, GEMINATE)  # never first in a word, never twice
_ORDINARY: Final = tuple(mora for mora in MORA_PHONES if mora not in _SPECIAL)
_ANY_MORA: Final = (*_ORDINARY, *_SPECIAL * 8)  # a special mora is as likely as eight ordinary ones
_FILLER_SHARE, _ENDING_SHARE = 0.15, 0.10
_HELD_OUT_SHARE: Final = 0.03
_SHUFFLE_SEED: Final = 7
_WEIGHTS: Final = {"support": 26, "short": 6, "item": 20, "caption": 16, "question": 14, "faq": 14, "command": 4}
_WEIGHTS_OF_ASKED: Final = {"sample": 36}  # sets that are there only when asked for
_PHONE_NUMBERS: Final = ((3, 4, 4), (2, 4, 4), (4,), (3, 3))  # how many digits are said in one breath


@cache
def words() -> Mapping[str, Any]:
    """Return sentences.yaml: lists of strings by name, and a few single templates."""
    loaded: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("sentences.yaml").read_text(encoding="utf-8"))
    return loaded


def support_questions() -> list[str]:
    """Every customer-support sentence that the templates make, each once."""
    table = words()
    about_items = (text.format(thing) for text, thing in itertools.product(table["about_item"], table["items"]))
    about_things = (text.format(thing) for text, thing in itertools.product(table["about_thing"], table["things"]))
    return list(dict.fromkeys([*table["plain"], *about_items, *about_things]))


def short_answers() -> list[str]:
    """Yes, no, numbers and commands of one breath."""
    return list(words()["short"])


def strangers() -> list[str]:
    """Speech that is no question to a support desk."""
    return list(words()["strangers"])


def split(sentences: Iterable[str], part: Part) -> list[str]:
    """Hold out a fixed share of the sentences for the tests."""
    order = sorted(sentences)
    random.Random(_SHUFFLE_SEED).shuffle(order)
    cut = int(len(order) * _HELD_OUT_SHARE)
    return order[:cut] if part == "test" else order[cut:]


def decorate(sentence: str, rng: random.Random) -> str:
    """Now and then a filler before the sentence, and a softener behind one that does not end politely."""
    table = words()
    if rng.random() < _FILLER_SHARE:
        sentence = rng.choice(table["fillers"]) + sentence
    if rng.random() < _ENDING_SHARE and not sentence.endswith(tuple(table["closed"])):
        sentence += rng.choice(table["endings"])
    return sentence


@dataclass(frozen=True, slots=True)
class Corpus:
    """The sentences of one part, by the name of their set; a set may be empty."""

    sets: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, part: Part, open_sets: Mapping[str, Sequence[str]]) -> "Corpus":
        """Take our own sentences and the open ones, without what is held out for the other part."""
        ours = {"support": split(support_questions(), part), "short": short_answers()}
        return cls({**ours, **{name: split(sentences, part) for name, sentences in open_sets.items()}})

    def sample(self, rng: random.Random) -> tuple[str, str]:
        """Draw one sentence; (name of its set, text).  "item" is made up on the spot."""
        weights = _WEIGHTS | _WEIGHTS_OF_ASKED
        names = [name for name in weights if name == "item" or self.sets.get(name)]
        name = rng.choices(names, [weights[name] for name in names])[0]
        if name == "item":
            return name, random_item(rng)
        sentence = rng.choice(self.sets[name])
        return name, sentence if name == "short" else decorate(sentence, rng)


def random_item(rng: random.Random) -> str:
    """One random number, date, amount, name, place, time, day or (twice as often) nonsense word."""
    kind = rng.randrange(len(_ITEMS) + 3)
    digits = [rng.choice(spoken) if len(spoken) > 1 else spoken[0] for spoken in words()["digits"]]
    if kind == 0:
        return _phone_number(rng, digits)
    return _ITEMS[kind - 1](rng) if kind <= len(_ITEMS) else _nonsense(rng)


def _phone_number(rng: random.Random, digits: Sequence[str]) -> str:
    """Say all zeros of a number alike, all fours, and so on."""
    groups = rng.choice(_PHONE_NUMBERS)
    pause: str = words()["digit_pause"]
    return pause.join("".join(digits[rng.randrange(10)] for _ in range(size)) for size in groups)


def _date(rng: random.Random) -> str:
    table = words()
    date: str = table["date"].format(rng.randint(1, 12), rng.randint(1, 31))
    time = table["time"].format(rng.randint(1, 12), rng.randint(0, 59))
    return date + str(rng.choice([*table["date_tails"], time]))


def _amount(rng: random.Random) -> str:
    number = rng.choice([rng.randint(1, 99), rng.randint(100, 9999), rng.randint(10000, 999999)])
    return f"{number}{rng.choice(words()['counters'])}"


def _name(rng: random.Random) -> str:
    return str(rng.choice(words()["names"])) + str(rng.choice(words()["name_tails"]))


def _place(rng: random.Random) -> str:
    table = words()
    place, other = rng.choice(table["places"]), rng.choice(table["places"])
    return str(place) + str(rng.choice([tail.format(other) for tail in table["place_tails"]]))


def _hour(rng: random.Random) -> str:
    table = words()
    return f"{rng.choice(table['halves'])}{table['hour'].format(rng.randint(1, 12))}{rng.choice(table['hour_tails'])}"


def _day(rng: random.Random) -> str:
    return str(rng.choice(words()["days"])) + str(rng.choice(words()["day_tails"]))


_ITEMS: Final[Sequence[Callable[[random.Random], str]]] = (_date, _amount, _name, _place, _hour, _day)


def _nonsense(rng: random.Random) -> str:
    word = [rng.choice(_ORDINARY)]
    for _ in range(rng.randint(1, 7)):
        word.append(rng.choice(_ANY_MORA if word[-1] not in _SPECIAL else _ORDINARY))
    return re.sub(f"{GEMINATE}$", "", "".join(word))
