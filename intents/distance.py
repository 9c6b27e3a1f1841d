"""How alike two readings sound: edit distance over phones, through rapidfuzz.

Phones rather than morae, so that a mora misheard in its vowel or its consonant alone counts half: recognisers confuse
キ with チ far more often than キ with モ.
"""

from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from intents.morae import MORA_PHONES, UNIT_ID

_SMALL = {"ャ", "ュ", "ョ", "ァ", "ィ", "ゥ", "ェ", "ォ"}


def split_morae(reading: str) -> list[str]:
    """A reading in normal form as its morae ("キョー" -> ["キョ", "ー"])."""
    out: list[str] = []
    for kana in reading:
        if kana in _SMALL and out and out[-1] + kana in MORA_PHONES:
            out[-1] += kana
        else:
            out.append(kana)
    return out


@lru_cache(maxsize=200_000)
def phone_string(reading: str) -> str:
    """A reading with one character a phone, for rapidfuzz; what is no mora stands for itself."""
    phones = (p for mora in split_morae(reading) for p in MORA_PHONES.get(mora, (mora,)))
    return "".join(chr(0xE000 + UNIT_ID[p]) if p in UNIT_ID else p for p in phones)


def sound_similarity(one: str, other: str) -> float:
    """1 for equal readings, 0 for readings with nothing in common."""
    return float(Levenshtein.normalized_similarity(phone_string(one), phone_string(other)))


def contained_similarity(heard: str, wording: str) -> float:
    """How well the wording occurs inside what was heard; 1 when all of it does, 0 when it is the longer of the two."""
    inner, outer = phone_string(wording), phone_string(heard)
    return fuzz.partial_ratio(inner, outer) / 100 if inner and len(inner) <= len(outer) else 0.0
