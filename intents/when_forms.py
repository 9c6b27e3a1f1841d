"""One form for writing and for morae, so that one list of words serves both."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from intents.morae import MORA_PHONES, katakana

_KANJI_DIGITS: Final = {sign: digit for digit, sign in enumerate("〇一二三四五六七八九")} | {"零": 0}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_NUMERALS: Final = re.compile("[〇零一二三四五六七八九十百千]+")
_ALIASES: Final = {"ヂ": "ジ", "ヅ": "ズ", "ヲ": "オ"}
_VOWEL_KANA: Final = {"a": "ア", "i": "イ", "u": "ウ", "e": "エ", "o": "オ"}
_DASHES: Final = re.compile("(?<=[0-9時分日])[-‐‑‒–—―−ー](?=[0-9])")
_NOT_SAID: Final = re.compile(r"[^\w、。,/:.~〜・()ー-]|_")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the data file."""

    kind: str  # the table or list it stands in
    value: str  # its key there, or numbers with spaces between


def form(text: str) -> str:
    """The one form of writing and of morae: katakana, long vowels as vowels, kanji numerals as digits, no spaces.

    おう and おお, えい and ええ become one, as they are one in morae.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = _NUMERALS.sub(lambda match: _digits(match[0]), "".join(plain.split()))
    return _vowels(katakana(_NOT_SAID.sub("", _DASHES.sub("~", plain))))


def _digits(numerals: str) -> str:
    """Kanji numerals as ASCII digits: 二十四 is 24, 二〇二六 is 2026."""
    if not any(sign in _UNITS for sign in numerals):
        return "".join(str(_KANJI_DIGITS[sign]) for sign in numerals)
    total = current = 0
    for sign in numerals:
        if sign in _UNITS:
            total, current = total + (current or 1) * _UNITS[sign], 0
        else:
            current = current * 10 + _KANJI_DIGITS[sign]
    return str(total + current)


def _vowels(text: str) -> str:
    out: list[str] = []
    vowel = ""
    for given in text:
        sign = _ALIASES.get(given, given)
        if (sign == "ー" and vowel) or (sign, vowel) in {("ウ", "o"), ("イ", "e")}:
            sign = _VOWEL_KANA[vowel]
        out.append(sign)
        vowel = _vowel_of("".join(out[-2:]), sign)
    return "".join(out)


def _vowel_of(pair: str, sign: str) -> str:
    last = (MORA_PHONES.get(pair) or MORA_PHONES.get(sign) or ("",))[-1]
    return last if last in _VOWEL_KANA else ""
