"""A name in a sentence of one's own: said twice, with what was said before, in two parts, or with its signs."""

import re
from typing import Final

from intents.name_words import EDGE, family_at, pronounced, without_endings, without_openings, words_of
from intents.readings import reading_of

_TOLD: Final = "(?:デスヨ?ネ?|ト申シマス|トモーシマス|トイイマス|ト言イマス)"
_NAME: Final = "([ァ-ヺー一-鿿々]{2,}|[一-鿿])"
_SAME_AGAIN: Final = re.compile(rf"{_NAME}(?:{_TOLD}[、。\s]*|[、。\s]+)(?=\1)")
_AGAIN: Final = re.compile(rf"^(.+?){_TOLD}[、。\s]+(.+)$")
_SAID_BEFORE: Final = re.compile(
    rf"^(.+?{_TOLD})[、。\s]*(?:サッキ|先ホド|サキホド|何回|ナンカイ|何度|ナンド|モウ言|モーイッ|言ッタ|イッタ).*$"
)
_IN_PARTS: Final = re.compile(
    "^.*?(?:名字|苗字|姓|ミョウジ|ミョージ)[ハワガ](.+?)(?:デ|デス|ト申シマス)?[、。\\s]*"
    "(?:下ノ|シタノ|シモノ)?(?:名前|ナマエ)[ハワガ](.+)$"
)
_LONG_ENDING: Final = re.compile(f"({_TOLD})[ー〜~]+")
_COURTESY_BEHIND: Final = re.compile(
    f"^(.+?{_TOLD})(?:ガ|ケド|ノデ)?[、。\\s]*"
    "(?:ドウゾ|ドーゾ)?(?:ヨロシク|宜シク|オネガイ|オ願イ|オセワ|オ世話|モウシワケ|申シ訳|スミマセン|スイマセン|アリガト).*$"
)
_OF_ITS_SIGNS: Final = re.compile("ノ.{1,5}?[ハワ].+ノ.")


def said_once(plain: str) -> str:
    """The sentence with its name once, in katakana and kanji as given; family and given name with a space between."""
    plain = _without_courtesies(plain)
    if parts := _IN_PARTS.match(plain):
        return f"{parts[1].strip(EDGE)} {parts[2].strip(EDGE)}"
    plain = _family_once(_SAME_AGAIN.sub("", _SAID_BEFORE.sub(r"\1", plain)))
    again = _AGAIN.match(plain)
    return again[1] if again and _sound(again[1]) == _sound(again[2]) else plain


def _without_courtesies(plain: str) -> str:
    """「お世話になります、吉田ですー、よろしくお願いします」 is 「吉田です」."""
    while before := next((word for word in words_of("courtesies_before") if plain.startswith(word)), ""):
        plain = plain[len(before) :].lstrip(EDGE)
    told = _LONG_ENDING.sub(r"\1", plain)
    behind = _COURTESY_BEHIND.match(told)
    return behind[1] if behind else told


def _family_once(plain: str) -> str:
    """「ヤマモトヤマモトフミエ」, as a recogniser writes it."""
    family = family_at(bare := without_openings(plain, words_of("openings")))
    said = family[0] if family and len(family[0]) > 1 else ""
    return bare[len(said) :] if said and bare.startswith(said * 2) else plain


def _sound(said: str) -> str:
    return pronounced(reading_of(without_endings(without_openings(said, words_of("openings")))))


def family_with_signs(plain: str) -> str:
    """The common family name of which it is said how it is written: 「斎藤のサイは難しいほうの斎です」; "" for none."""
    family = family_at(plain)
    return family[0] if family and _OF_ITS_SIGNS.match(plain, len(family[0])) else ""
