"""Replies such as はい, いいえ, もう一度: exact sets, compared by writing and by reading."""

from enum import StrEnum
from functools import cache

from intents.data_files import load
from intents.phrases import Phrasebook
from intents.reply_signs import agrees, asks_back, behind_denial, is_reluctant
from intents.transcripts import Transcript, typed


class Reply(StrEnum):
    """What a short utterance asks of the conversation itself."""

    YES = "yes"
    NO = "no"
    REPEAT = "repeat"
    SLOWER = "slower"
    FASTER = "faster"
    STOP = "stop"
    WAIT = "wait"  # 「ちょっと待って」
    NOT_YET = "not_yet"  # 「まだです」
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
    """Every wording of every reply that a recogniser may be told to expect, as written in the data file."""
    return {Reply(name): tuple(texts) for name, texts in load("replies").items()}


def reply_in(transcript: Transcript) -> Reply | None:
    """The reply that the best hypothesis is, to the mora, its polite frame aside; None for anything else.

    Several replies in one breath count as the one that says more: 「はい、もう一度」 is もう一度.
    """
    if is_reluctant(transcript):
        return None
    if asks_back(transcript):
        return Reply.REPEAT
    if (rest := typed(behind_denial(transcript))).best and agrees(rest.hypotheses[0].reading):
        return Reply.YES if _reply_to(rest) is Reply.YES else _reply_to(transcript)
    return _reply_to(transcript)


def _reply_to(transcript: Transcript) -> Reply | None:
    found = _phrases().meaning(transcript)
    return Reply(found) if found else _together([Reply(piece) for piece in _phrases().pieces(transcript)])


def replies_in(transcript: Transcript) -> frozenset[Reply]:
    """All replies that an utterance is made of; none when anything else is in it."""
    return frozenset(map(Reply, _phrases().pieces(transcript)))


def _together(replies: list[Reply]) -> Reply | None:
    said = set(replies) - {Reply.HELLO}
    if said == {Reply.YES, Reply.DECLINE}:  # 「はい、けっこうです」
        return Reply.YES
    more = said - {Reply.YES, Reply.NO} or said - {Reply.YES} or said
    return more.pop() if len(more) == 1 else None


@cache
def _phrases() -> Phrasebook:
    regional = load("regional")
    return Phrasebook({reply.value: [*texts, *regional.get(reply.value, ())] for reply, texts in wordings().items()})
