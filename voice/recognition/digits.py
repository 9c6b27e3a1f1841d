"""What customers say when a telephone number is asked for, as a language model over morae.

A small network of words: whole numbers of the Japanese plan, digits in any number (groups), corrections, replies; and the
model's own open speech for anything else.  A trained n-gram would not do: it cannot count digits, and random examples
would teach it digits that like each other.
"""

import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from intents.morae import MORA_PHONES, VOWELS, from_kana, normalise
from intents.phone_numbers import LONGEST, SHORTEST
from intents.readings import reading_of
from intents.replies import wordings
from voice.modelkit.ngram import Arc, LmState, MoraLm
from voice.recognition.open_speech import open_speech
from voice.recognition.phrases import PhraseGraphs, graph_key
from voice.recognition.word_model import expanded, with_unknown

GRAPH_VERSION: Final = "2"  # raise when number_model makes other graphs from the same data
_OPEN_SCALE: Final = 0.7  # with which our models' Gr.fst is written
_ELEVEN: Final = "56789"  # 050 to 090 have eleven digits
_LONGEST_CHANGE: Final = 4  # digits of a correction
_MEMORY: Final = 2  # morae by which the normal form of the next word is found
_BEGIN, _END = "begin", "end"


def number_model(phrases: Mapping[str, str], model: Path) -> MoraLm:
    """The language model for the model in a folder.  `phrases` are further sentences, by their readings.

    Raises ModelDamaged.
    """
    costs = _data()["costs"]
    lm = expanded(_Network(phrases).language_model())
    other = open_speech(model, scale=_OPEN_SCALE)
    return with_unknown(lm, other, leave=costs["leave"], come_back=costs["come_back"]) if other else lm


def number_data() -> bytes:
    """The data file, for whoever keeps what was made from it."""
    return files("voice.recognition").joinpath("number_words.toml").read_bytes()


class NumberGraphs(PhraseGraphs):
    """Compiled graphs of numbers in a cache folder of their own."""

    def _key(self, model: Path, phrases: Mapping[str, str]) -> str:
        return hashlib.sha256(graph_key(model, phrases).encode() + GRAPH_VERSION.encode() + number_data()).hexdigest()[
            :32
        ]

    def _language(self, phrases: Mapping[str, str], model: Path) -> MoraLm:
        return number_model(phrases, model)


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(number_data().decode())


@dataclass(slots=True)
class _Network:
    """Nodes with words between them; "" is a step without a word."""

    phrases: Mapping[str, str]
    arcs: defaultdict[str, list[tuple[str, float, str]]] = field(default_factory=lambda: defaultdict(list))

    def language_model(self) -> MoraLm:
        """The network as a model of words, each node once for every way the word before it may end."""
        self._whole_numbers()
        self._loose_digits()
        self._corrections()
        self._sentences()
        self._closings()
        return _spelled(self.arcs)

    def _word(self, here: str, words: Iterable[str], cost: float, there: str) -> None:
        for word in words:
            self.arcs[here].append((word, cost, there))

    def _digit(self, here: str, digits: str, there: str) -> None:
        data = _data()
        for digit in digits:
            for word, cost in data["digits"][digit].items():
                self.arcs[here].append((word, cost + data["costs"]["digit"], there))

    def _between(self, node: str) -> None:
        """の and hesitation after a digit."""
        words, costs = _data()["words"], _data()["costs"]
        self._word(node, words["joint"], costs["joint"], f"{node} ready")
        self._word(node, words["hesitations"], costs["hesitation"], f"{node} ready")
        self.arcs[node].append(("", 0.0, f"{node} ready"))

    def _whole_numbers(self) -> None:
        words, costs = _data()["words"], _data()["costs"]
        self._word(_BEGIN, words["openings"], costs["opening"], "number")
        self.arcs[_BEGIN].append(("", 0.0, "number"))
        for kind, length in (("long", LONGEST), ("short", SHORTEST)):
            for place in range(length):
                here = f"{kind} {place} ready" if place else "number"
                self._digit(here, _allowed(kind, place), f"{kind} {place + 1}")
                if 0 < place < length:
                    self._between(f"{kind} {place}")
                    self._word(f"{kind} {place}", words["repairs"], costs["repair"], "number")
            self.arcs[f"{kind} {length}"].append(("", 0.0, "closing"))

    def _loose_digits(self) -> None:
        words, costs = _data()["words"], _data()["costs"]
        self.arcs["number"].append(("", costs["loose"], "loose ready"))
        self._digit("loose ready", "0123456789", "loose")
        self._between("loose")
        self._word("loose", words["repairs"], costs["repair"], "number")
        self.arcs["loose"].append(("", costs["loose_end"], "closing"))

    def _corrections(self) -> None:
        words, costs = _data()["words"], _data()["costs"]
        self.arcs["number"].append(("", costs["correction"], "change"))
        self._word("change", words["sides"], 2.0, "place")
        self._word("change", words["counted_sides"], 2.0, "count")
        self._word("count", words["counts"], 1.0, "place")
        self._word("change", words["from_sides"], 1.5, "ordinal")
        self.arcs["change"].append(("", 1.0, "ordinal"))
        self._word("ordinal", words["ordinals"], 3.0, "place")
        self._word("place", words["becomes"], 0.7, "old")
        self.arcs["change"].append(("", 2.0, "old"))
        self._changed_digits()

    def _changed_digits(self) -> None:
        """One to four digits; or as many, not, and as many again."""
        words, costs = _data()["words"], _data()["costs"]
        for size in range(1, _LONGEST_CHANGE + 1):
            for name in ("old", "new"):
                for place in range(size):
                    here = f"{name} {size} {place}"
                    self._digit(here, "0123456789", f"{name} {size} {place + 1}")
            self.arcs["old"].append(("", 0.7 if size in (1, _LONGEST_CHANGE) else 2.0, f"old {size} 0"))
            self._word(f"old {size} {size}", words["not"], costs["not"], f"new {size} 0")
            self.arcs[f"new {size} {size}"].append(("", 0.0, "closing"))
            self.arcs[f"old {size} {size}"].append(("", 0.7, "closing"))

    def _sentences(self) -> None:
        costs = _data()["costs"]
        replies = (reading_of(text) for texts in wordings().values() for text in texts)
        said = {*_data()["words"]["sentences"], *replies, *self.phrases}
        self.arcs[_BEGIN].append(("", costs["sentence"], "sentence"))  # not from here: ハイ may also open a number
        self._word("sentence", sorted(text for text in said if from_kana(text)), 0.0, _END)

    def _closings(self) -> None:
        words, costs = _data()["words"], _data()["costs"]
        self._word("closing", words["closings"], costs["closing"], _END)
        self.arcs["closing"].append(("", 0.5, _END))


def _allowed(kind: str, place: int) -> str:
    """The digits a whole number may have in a place: 0d0 with d from 5 on has eleven digits, all others ten."""
    if place == 0:
        return "0"
    if kind == "long":
        return {1: _ELEVEN, 2: "0"}.get(place, "0123456789")
    return "123456789" if place in (1, 2) else "0123456789"


def _spelled(arcs: Mapping[str, list[tuple[str, float, str]]]) -> MoraLm:
    """Words in the normal form that they have behind the one before: イチ behind ニ is ーチ."""
    lm = MoraLm()
    known: dict[tuple[str, tuple[str, ...]], int] = {}
    waiting: list[tuple[str, tuple[str, ...]]] = []

    def state(node: str, before: tuple[str, ...]) -> int:
        if (node, before) not in known:
            known[node, before] = lm.state()
            lm.states[-1].end = 0.0 if node in (_BEGIN, _END) else None
            waiting.append((node, before))
        return known[node, before]

    lm.start = state(_BEGIN, ())
    while waiting:
        node, before = waiting.pop()
        here = lm.states[known[node, before]]
        for word, cost, there in arcs.get(node, ()):
            said = _said(before, word)
            target = state(there, _ending([*normalise(before), *said]) if word else before)
            _add(here, " ".join(said), Arc(cost, target))
    return lm


def _said(before: tuple[str, ...], word: str) -> list[str]:
    """The word's morae in the normal form that they have there."""
    context = normalise(before)
    return normalise([*context, *(from_kana(word) or ())])[len(context) :]


def _add(here: LmState, label: str, arc: Arc) -> None:
    if not label:
        here.skips.append(arc)
    elif label not in here.arcs or arc.cost < here.arcs[label].cost:
        here.arcs[label] = arc


def _ending(morae: list[str]) -> tuple[str, ...]:
    """What the next word's form depends on: the last vowel, and whether it was long already."""
    tail = morae[-_MEMORY:]
    vowels = [MORA_PHONES[mora][-1] for mora in tail]
    if vowels[-1] in VOWELS:
        return (_plain(vowels[-1]),)
    if vowels[-1] == "H" and len(vowels) > 1 and vowels[0] in VOWELS:
        return (_plain(vowels[0]), "ー")
    return (tail[-1],)


def _plain(vowel: str) -> str:
    return "アイウエオ"[VOWELS.index(vowel)]
