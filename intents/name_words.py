"""What stands around a name, and common family names; the words are in data/names.toml."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from intents.data_files import load
from intents.morae import katakana, spelled

EDGE: Final = "、。,.・!！ 　\t\n"  # what is no part of a name
_SHORT_OPENING: Final = 2


def family_at(text: str) -> tuple[str, str] | None:
    """The common family name that a text begins with: as it stands there, and its reading; a whole one before others."""
    if text in families():
        return text, families()[text]
    fits = [name for name in families() if text.startswith(name)]
    best = max(fits, key=len, default="")
    return (best, families()[best]) if best else None


@cache
def families() -> dict[str, str]:
    """Common family names, in kanji and in both kinds of kana, with their readings."""
    found: dict[str, str] = {}
    for reading, writings in load("names")["family"].items():
        for spelling in (reading, pronounced(reading), *map(katakana, writings)):
            found.setdefault(spelling, reading)
    return found


def without_openings(text: str, openings: Sequence[str]) -> str:
    """Again and again; but an opening that a name goes on from (アノウ) needs a pause or another one behind it."""
    while True:
        text = text.lstrip(EDGE)
        found = max((o for o in openings if text.startswith(o) and _ends_there(text, o)), key=len, default="")
        if not found:
            return text
        text = text[len(found) :]


def _ends_there(text: str, opening: str) -> bool:
    """Whether an opening is one: the short ones (アノ, 私, ハイ) may as well begin a name."""
    rest = text[len(opening) :]
    if not rest or rest[0] in EDGE:
        return True
    is_one = len(opening) > _SHORT_OPENING or opening.endswith("ハ") or bool(family_at(rest))
    return is_one and not rest.startswith(("デス", "トイ", "ト申", "トモ"))


def without_endings(text: str) -> str:
    """The longest ending is taken off, once: names may end like one (フェルナンデス)."""
    found = max((e for e in words_of("endings") if text.endswith(e) and len(text) > len(e)), key=len, default="")
    return text[: len(text) - len(found)] if found else text


def pronounced(kana: str) -> str:
    """Dictionary kana as it is said: サトウ is サトー."""
    return "".join(spelled(kana) or [])


@cache
def words_of(name: str) -> tuple[str, ...]:
    """A list of the data file."""
    table: dict[str, Any] = load("names")
    return tuple(table[name])
