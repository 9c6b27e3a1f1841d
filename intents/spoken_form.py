"""Display text as text that the synthesiser reads correctly: no digits, no Latin letters, no signs it would mangle."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Final

from intents import spoken_counts, spoken_dates, spoken_digits, spoken_latin
from intents.morae import from_kana
from intents.rewriting import Rule, rewrite, rule
from intents.spoken_counts import HYPHEN, TILDE
from intents.spoken_data import AFTER_KANA, PATTERNS, READINGS, SIGNS, alternatives

NO_OVERRIDES: Final[Mapping[str, str]] = MappingProxyType({})
_SPEAKABLE: Final = re.compile("[^ぁ-ゖゝゞァ-ヺー-ヾ一-鿿㐀-䶿豈-舘々〆〇\U00020000-\U0003ffff、。？！「」]")
_PAUSES: Final = re.compile("[、。？！]{2,}")


def spoken_form(text: str, overrides: Mapping[str, str] = NO_OVERRIDES) -> str:
    """The text as it is to be given to Open JTalk.

    `overrides` are words and the kana to say for them, the longest word first; no rule touches that kana again.  A
    value that is not kana (「税込5」 for 「税込５」) is text and read by the rules.
    """
    return _tidy(_rewritten(_plain(text), _override_rules(tuple(overrides.items()))))


@lru_cache(maxsize=256)
def _override_rules(overrides: tuple[tuple[str, str], ...]) -> tuple[Rule, ...]:
    rows = sorted(overrides, key=lambda row: len(row[0]), reverse=True)
    return tuple(rule(_whole(_plain(word)), said) for word, said in rows if word)
