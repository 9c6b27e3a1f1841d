"""Recordings of a conversation: a clear yes to whether staff may hear it, and what customers say about recordings.  Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cache
from typing import Any, Final

from intents.answers import Spoken
from intents.data_files import load
from intents.normalise import match_key
from intents.phrases import Phrasebook
from intents.readings import reading_of
from intents.replies import Reply, reply_in
from intents.reply_signs import asks_back, may_be_reluctant
from intents.transcripts import Hypothesis, Transcript

_YES: Final = "yes"
_AGAINST: Final = frozenset({Reply.NO, Reply.DECLINE, Reply.STOP, Reply.NOT_YET, Reply.WAIT})
_ONCE_MORE: Final = frozenset({Reply.REPEAT, Reply.SLOWER, Reply.FASTER})
_QUESTION: Final = ("?", "？")


class RecordingWish(StrEnum):
    """What was said about recordings as such."""

    ERASE_LAST = "erase_last"  # the one made last
    ERASE = "erase"  # whatever there is
    WONT = "wont"  # this conversation shall not be recorded
    ASKED = "asked"  # whether it is


def is_clear_yes(heard: Transcript) -> bool:
    """Whether the answer is nothing but a yes, in every hypothesis that means anything.

    Silence, hesitation, 「いいです」 and 「けっこうです」 (which refuse as often) and all else are none.
    """
    best = heard.best
    if best is None or best.text.rstrip("。 ").endswith(_QUESTION) or asks_back(heard) or may_be_reluctant(heard):
        return False
    written, spoken = _hesitating()
    if any(word in best.text for word in written) or any(word in best.reading for word in spoken):
        return False
    if set(_yes().pieces(heard)) != {_YES} and _yes().meaning(heard) != _YES:
        return False
    return not any(reply_in(replace(heard, hypotheses=(one,))) in _AGAINST for one in heard.hypotheses[1:])


def wants_once_more(heard: Transcript) -> bool:
    """Whether the question was not heard, and is wanted again."""
    return reply_in(heard) in _ONCE_MORE


def recording_wish(heard: Transcript) -> RecordingWish | None:
    """Return what is wanted of recordings; None where something else was said.

    Taking one back is heard in any hypothesis: too much erased is no harm.
    """
    for one in heard.hypotheses:
        for pattern, form in _erasing():
            if found := pattern.fullmatch(form(one)):
                return RecordingWish.ERASE_LAST if found["last"] else RecordingWish.ERASE
    whole = _whole().meaning(heard)
    return RecordingWish(whole) if whole else None


def recording_sentence(name: str) -> Spoken:
    """Return a sentence of data/recording.toml.  Raises KeyError for an unknown name."""
    data = load("recording")
    return Spoken(text=data["say"][name], overrides=data["readings"])


def expected_wordings() -> list[str]:
    """Return what a recogniser may be told to expect where recordings are offered: the commonest of all there are."""
    words = _table()["wishes"]
    whats, verbs = words["expected"]["whats"], words["expected"]["verbs"]
    return [f"{what}{particle}{verb}" for what in whats for particle in "をは" for verb in verbs] + [
        *words["wont"],
        *words["asked"],
    ]


def _table() -> Mapping[str, Any]:
    return load("recording")


@cache
def _yes() -> Phrasebook:
    return Phrasebook({_YES: _table()["yes"]["words"]}, beside=_table()["yes"]["beside"])


@cache
def _hesitating() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words, and how they sound."""
    words: Sequence[str] = _table()["yes"]["hesitating"]
    return frozenset(words), frozenset(map(reading_of, words))


@cache
def _whole() -> Phrasebook:
    words = _table()["wishes"]
    return Phrasebook({RecordingWish.WONT: words["wont"], RecordingWish.ASKED: words["asked"]})


@cache
def _erasing() -> tuple[tuple[re.Pattern[str], Callable[[Hypothesis], str]], ...]:
    """Patterns of what is to be erased, as it is written and as it sounds: too many to be spelled out one by one."""
    return (_pattern(match_key), lambda one: match_key(one.text)), (_pattern(reading_of), lambda one: one.reading)


def _pattern(form: Callable[[str], str]) -> re.Pattern[str]:
    words, frames = _table()["wishes"], load("reply_frames")
    named = "録音"  # what a particle sounds like shows behind a word
    particles = [form(named + one).removeprefix(form(named)) for one in words["particles"]]
    lead, tail = (_any([form(one) for one in frames[name]]) for name in ("leads", "tails"))
    last, whatever, verb = (_any([form(one) for one in words[name]]) for name in ("what_last", "what_all", "verbs"))
    return re.compile(f"(?:{lead})*(?:(?P<last>{last})|{whatever})(?:{_any(particles)})(?:{verb})(?:{tail})*")


def _any(texts: Sequence[str]) -> str:
    return "|".join(map(re.escape, sorted(set(texts), key=len, reverse=True)))
