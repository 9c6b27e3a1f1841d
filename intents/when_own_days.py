"""Days that no calendar of ours knows: 「大安の日」, 「給料日」, 「娘が来る日」; the words are in data/when.toml."""

import re
import unicodedata
from functools import cache
from typing import Final

from intents.data_files import load
from intents.morae import katakana
from intents.when_atoms import Said
from intents.when_forms import form

_LONGEST: Final = 14  # signs of a day of one's own; more is a sentence
_DATED: Final = ("day", "date", "monthday", "dom")
_OWN: Final = re.compile(r"(?:^|[、。\s])([^、。\s]{2,}?[日ヒ])(?:$|[、。\s]|ニ|デ|ナラ|ガ|ノ午|ノゴ|ジャ|以外|イガイ)")


def own_day_in(text: str, said: Said, *, is_understood: bool) -> str:
    """The day of the customer's own that the utterance names, as it was said; "" where there is none, or a date beside it.

    `is_understood`: it speaks of other days or times, and only words that are known to be such a day count.
    """
    if any(term.kind in _DATED for group in said.groups for day in group.days for term in day.terms):
        return ""
    plain = unicodedata.normalize("NFKC", text)
    return _known(plain) or ("" if is_understood else _made_up(plain, katakana(plain)))


def _known(plain: str) -> str:
    """A word of the list, as it is written there where it was heard by its sounds."""
    kana, sounds = katakana(plain), form(plain)
    for word in _words("words"):
        if word in kana:
            return plain[kana.find(word) : kana.find(word) + len(word)]
    return next((word for word in _words("words") if form(word) in sounds), "")


def _made_up(plain: str, kana: str) -> str:
    found = _OWN.search(kana)
    if found is None or len(found[1]) > _LONGEST or not found[1][:-1].endswith(_words("makers")):
        return ""
    is_none = found[1].endswith(_words("not_own")) or found[1] in _words("not_alone")
    return "" if is_none else plain[found.start(1) : found.end(1)]


@cache
def _words(name: str) -> tuple[str, ...]:
    """Words of a list in katakana, the longest first."""
    return tuple(sorted((katakana(word) for word in load("when")["own_days"][name]), key=len, reverse=True))
