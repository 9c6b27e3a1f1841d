"""Replies such as はい, いいえ, もう一度: exact sets, compared by writing and by reading."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache

from intents.data_files import load
from intents.normalise import core_reading, core_text, match_key
from intents.readings import reading_of
from intents.transcripts import Transcript


class Reply(StrEnum):
    """What a short utterance asks of the conversation itself."""

    YES = "yes"
    NO = "no"
    REPEAT = "repeat"
    SLOWER = "slower"
    FASTER = "faster"
    STOP = "stop"
    NEXT = "next"
    PREVIOUS = "previous"
    RESTART = "restart"
    HUMAN = "human"
    GOODBYE = "goodbye"
    DECLINE = "decline"
    HELLO = "hello"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"


def wordings() -> dict[Reply, tuple[str, ...]]:
    """Every wording of every reply, as written in the data file."""
    return {Reply(name): tuple(texts) for name, texts in load("replies").items()}


def reply_in(transcript: Transcript) -> Reply | None:
    """The reply that the best hypothesis is, to the mora, its polite frame aside; None for anything else."""
    best = transcript.best
    if best is None:
        return None
    keys, readings = _by_key(), _by_reading()
    key = match_key(best.text)
    found = keys.get(key) or readings.get(best.reading)
    return found or keys.get(core_text(key)) or readings.get(core_reading(best.reading))


@cache
def _by_key() -> Mapping[str, Reply]:
    return {match_key(text): reply for reply, texts in wordings().items() for text in texts}


@cache
def _by_reading() -> Mapping[str, Reply]:
    return dict(_unambiguous((reading_of(text), reply) for reply, texts in wordings().items() for text in texts))


def _unambiguous(pairs: Iterable[tuple[str, Reply]]) -> Iterable[tuple[str, Reply]]:
    found: dict[str, set[Reply]] = {}
    for reading, reply in pairs:
        found.setdefault(reading, set()).add(reply)
    return ((reading, next(iter(replies))) for reading, replies in found.items() if len(replies) == 1)
