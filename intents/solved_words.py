"""Answers to 「解決しましたか」 that mean something there alone: しました, だめでした; the words are in data/solved.toml."""

from functools import cache
from typing import Final

from intents.data_files import load
from intents.phrases import Phrasebook
from intents.replies import Reply, reply_in, wordings
from intents.transcripts import Transcript

_AS_NO: Final = frozenset({Reply.NOT_YET})
_SAID: Final = (Reply.YES, Reply.NO)


def solved_in(heard: Transcript) -> Reply | None:
    """Return YES or NO where the utterance says whether it is solved, else the reply it is anywhere.

    Answers may be joined with thanks and small words; who says both yes and no has said neither.
    """
    reply = reply_in(heard)
    meanings = {_phrases().meaning(heard), *_phrases().pieces(heard)}
    said = [one for one in _SAID if one.value in meanings]
    if len(said) == 1 and reply is not Reply.GOODBYE:
        return said[0]
    return Reply.NO if reply in _AS_NO else reply


def says_solved(heard: Transcript) -> bool:
    """Whether it says so, in an answer to 「解決しましたか」; 「解決しました」, which ends the conversation, does too."""
    if solved_in(heard) is Reply.YES:
        return True
    pieces = (_phrases().meaning(heard), *_phrases().pieces(heard))
    return Reply.YES.value in pieces and Reply.NO.value not in pieces


@cache
def _phrases() -> Phrasebook:
    data = load("solved")
    return Phrasebook(data["wordings"], beside=[*data["beside"], *wordings()[Reply.YES], *wordings()[Reply.NO]])
