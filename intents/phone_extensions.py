"""The number inside a house, said behind its telephone number: 「03-3456-7890、内線の25」."""

import re
from dataclasses import replace
from typing import Final

from intents.morae import katakana
from intents.phone_tokens import ways_to_hear
from intents.phone_words import Kind
from intents.transcripts import Hypothesis, Transcript

LONGEST: Final = 8  # digits; as the desk has it
_JUNK: Final = 3  # sounds of other words beside them, at most
_WORD: Final = "(?:内線|ないせん|ナイセン)(?:番号|ばんごう|バンゴー)?"
_EXTENSION: Final = re.compile(rf"(?<=.)[\s、。,.の]*{_WORD}.*$", re.DOTALL)
_BEHIND: Final = re.compile(rf"{_WORD}[\s、。,.のはわガハワノモも]*(?P<said>.*)$", re.DOTALL)

_NONE: Final = re.compile("(?:リ|カリ|ラ|分カリ)マセン|ナイ|ナカッタ|忘レ|ワスレ|シラン|ワカラン")


def has_extension(heard: Transcript) -> bool:
    """Whether the best hypothesis tells one."""
    return heard.best is not None and _BEHIND.search(heard.best.text) is not None


def extension_in(heard: Transcript) -> str:
    """Return its digits, of the first hypothesis that tells them; "" where none are told, or more than a desk takes."""
    found = (_digits(one) for one in heard.hypotheses if _BEHIND.search(one.text))
    return next((digits for digits in found if 0 < len(digits) <= LONGEST), "")


def _digits(said: Hypothesis) -> str:
    text, reading = (match["said"] if (match := _BEHIND.search(one)) else "" for one in (said.text, said.reading))
    if _NONE.search(katakana(text)):
        return ""
    rest = Transcript(hypotheses=(replace(said, text=text, reading=reading),), duration_ms=0)
    ways = ways_to_hear(rest) if text else ()
    if not ways or ways[0].junk > _JUNK:
        return ""
    return "".join(token.value for token in ways[0].tokens if token.kind is Kind.DIGIT)


def without_extension(heard: Transcript) -> Transcript:
    """Return what stands before it: a desk calls the house, and its digits are none of the number's."""
    if not any(_EXTENSION.search(one.text) for one in heard.hypotheses):
        return heard
    bare = tuple(
        replace(one, text=_EXTENSION.sub("", one.text), reading=_EXTENSION.sub("", one.reading))
        for one in heard.hypotheses
    )
    return replace(heard, hypotheses=bare)
