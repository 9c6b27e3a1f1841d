"""Wordings cut into words by sound: what Open JTalk reads, word by word, fitted to the reading of the whole."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from rapidfuzz.distance import Levenshtein

from intents.distance import split_morae
from intents.morae import from_kana, normalise
from intents.readings import open_jtalk
from intents.spoken_form import spoken_form

Word = tuple[str, ...]  # its morae
_SYMBOL: Final = "記号"
_PARTICLE: Final = "助詞"
_NOT_KATAKANA: Final = re.compile("[^ァ-ヶー]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A wording in words."""

    words: tuple[Word, ...]
    part_of_speech: str  # of the last word that is no particle, as Open JTalk's dictionary calls it; "" without words
    particle_last: bool  # whether a particle stands behind that word


def cut(text: str, reading: str = "") -> Cut:
    """The words of a text whose morae together are `reading`, or Open JTalk's own reading if none is given.

    Where the two differ (a word whose reading was set by hand) the borders are carried over to the nearest place.
    """
    found = [(morae, part) for morae, part in _pronounced(text) if morae]
    words = joined(morae for morae, _ in found)
    if reading and "".join("".join(word) for word in words) != reading:
        words = _fitted(words, split_morae(reading))
    parts = [part for _, part in found]
    bearing = [part for part in parts if part != _PARTICLE]
    return Cut(
        words=words,
        part_of_speech=bearing[-1] if bearing else "",
        particle_last=bool(parts) and parts[-1] == _PARTICLE,
    )


def surfaces(text: str) -> list[str]:
    """A text in words as Open JTalk writes them, punctuation left out."""
    nodes = open_jtalk().run_frontend(text)
    return [unicodedata.normalize("NFKC", node["string"]) for node in nodes if node["pos"] != _SYMBOL]


def joined(words: Iterable[Sequence[str]]) -> tuple[Word, ...]:
    """Words said in one breath, in the normal form of the whole (を behind お is a long vowel); none is empty."""
    out: list[Word] = []
    before: list[str] = []  # the two last morae: the normal form looks no further back
    for word in words:
        known = len(normalise(before))
        said = normalise([*before, *word])
        if len(said) > known:
            out.append(tuple(said[known:]))
        before = said[-2:]
    return tuple(out)


def _pronounced(text: str) -> list[tuple[list[str], str]]:
    nodes = open_jtalk().run_frontend(spoken_form(text))
    return [(_morae(node["string"] if node["pos"] == _SYMBOL else node["pron"]), node["pos"]) for node in nodes]


def _morae(said: str) -> list[str]:
    """A lone long mark stays: it prolongs the word before."""
    kana = _NOT_KATAKANA.sub("", said).replace("スィ", "シ")
    return from_kana(kana) or list(kana)[:1]


def _fitted(words: Sequence[Word], morae: Sequence[str]) -> tuple[Word, ...]:
    """Words cut elsewhere, on other morae: each border where the alignment puts it."""
    ends = set(accumulate((len(word) for word in words), initial=0))
    moved = {0, len(morae)}
    for step in Levenshtein.opcodes([mora for word in words for mora in word], morae):
        for end in ends & set(range(step.src_start, step.src_end + 1)):
            moved.add(min(step.dest_start + end - step.src_start, step.dest_end))
    return tuple(tuple(morae[start:end]) for start, end in pairwise(sorted(moved)))
