"""The tables of `data/spoken_words.toml`, ready for use."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, cast

from intents.data_files import load

_TABLES: Final = load("spoken_words")


def alternatives(words: Iterable[str]) -> str:
    """A regular expression for any of the words, the longest first; one that never matches when there are none."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"


def _table(name: str) -> dict[str, str]:
    return cast("dict[str, str]", _TABLES[name])


def _list(name: str) -> tuple[str, ...]:
    return tuple(_TABLES["lists"][name])


def _endings(table: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(table.items(), key=lambda row: len(row[0]), reverse=True))  # 三百 before 百


WORDS: Final = {word.casefold(): said for word, said in _table("words").items()}
LETTERS: Final = _table("letters")
SIGNS: Final = _table("signs")
UNITS: Final = _table("units")
CURRENCIES: Final = _table("currencies")
READINGS: Final = _table("readings")
PATTERNS: Final = _table("patterns")
ZERO: Final = _table("zero")
HOW_MANY: Final = _table("how_many")
AFTER_KANA: Final = _table("after_kana")
ENDINGS: Final = {counter: _endings(table) for counter, table in _TABLES["endings"].items()}
REPEATED_COUNTERS: Final = _list("repeated_counters")
FRACTION_OF: Final = _list("fraction_of")
NUMBERED: Final = _list("numbered")
DOMAINS: Final = _list("domains")
