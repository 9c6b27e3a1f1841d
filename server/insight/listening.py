"""Hearing what was said: its sound, and wishes and danger in it; the words are in `data/insight.toml`."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from intents.data_files import load
from intents.distance import split_morae
from intents.morae import from_kana
from intents.normalise import core_reading, match_key
from intents.readings import reading_of
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript

_SHORTEST_SOUND: Final = 4
_SHORTEST_MATTER: Final = 3  # morae before a wish for a human
_PARTICLES: Final = "ノニワトカデヲオ"  # may be left between the words that are taken out
_AS_HEARD: Final = re.compile(r"[ァ-ヶー\s、。・!?！？]+")


@lru_cache(maxsize=65_536)
def reading_heard(text: str) -> str:
    """The reading of logged words, katakana morae in normal form.  What is katakana alone is a sound already."""
    morae = from_kana(text) if _AS_HEARD.fullmatch(text) else None
    return "".join(morae) if morae is not None else reading_of(text)


def as_heard(text: str) -> Transcript:
    """Logged words as understanding takes them."""
    if not text:
        return NOTHING_HEARD
    heard = Hypothesis(text=text, reading=reading_heard(text), confidence=1.0)
    return Transcript(hypotheses=(heard,), duration_ms=0)


def is_suggestion(text: str, reading: str) -> bool:
    """Whether it holds words of a wish for something to be otherwise; `reading` is that of the text."""
    return _has("suggestion", text, reading)


def is_danger(text: str, reading: str) -> bool:
    """Whether it tells of danger to people or things; what is denied (「煙は出ていません」) is none."""
    for word in _table()["no_danger"]:
        text, reading = text.replace(word, "、"), reading.replace(reading_heard(word), "、")
    written, spoken = _words("danger")
    key = match_key(text)
    told = any(_is_affirmed(reading_heard(rest)) for word in written for rest in _after(key, word))
    return told or any(_is_affirmed(rest) for word in spoken for rest in _after(reading, word))


def says_what_for(reading: str) -> bool:
    """Whether a wish for a human says before it what it is about: 「返品したいので担当者に」, and not 「担当の人と」."""
    sound = core_reading(reading)
    wishes = [sound.find(part) for part in load("callback")["human"]["parts"] if part in sound]
    rest = sound[: min(wishes, default=0)]
    for word in _before_human():
        rest = rest.replace(word, "")
    return len(split_morae(rest.strip(_PARTICLES))) >= _SHORTEST_MATTER


def _has(group: str, text: str, reading: str) -> bool:
    written, spoken = _words(group)
    key = match_key(text)
    return any(word in key for word in written) or any(word in reading for word in spoken)


def _after(text: str, word: str) -> Iterator[str]:
    """Yield what follows a word, for each place it stands at."""
    at = text.find(word)
    while at >= 0:
        yield text[at + len(word) :]
        at = text.find(word, at + 1)


def _is_affirmed(rest: str) -> bool:
    return not re.match(_table()["denied"], rest)


@cache
def _before_human() -> Sequence[str]:
    words: Sequence[str] = _table()["before_human"]
    return sorted(words, key=len, reverse=True)


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("server").joinpath("data", "insight.toml").read_text(encoding="utf-8"))


@cache
def _words(group: str) -> tuple[Sequence[str], Sequence[str]]:
    """Words as written and as they sound; short sounds are in too many other words."""
    words: Sequence[str] = _table()[group]
    spoken = (reading_of(word) for word in words)
    return [match_key(word) for word in words], [sound for sound in spoken if len(sound) >= _SHORTEST_SOUND]
