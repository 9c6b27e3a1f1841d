"""Answers to 「解決しましたか」 that mean something there alone: しました, だめでした; the words are in data/solved.toml."""

from functools import cache

from intents.data_files import load
from intents.phrases import Phrasebook
from intents.replies import Reply, reply_in, wordings
from intents.transcripts import Transcript

_AS_NO = frozenset({Reply.NOT_YET})


def solved_in(heard: Transcript) -> Reply | None:
    """Return YES or NO where the utterance says whether it is solved, else the reply it is anywhere."""
    reply = reply_in(heard)
    if reply is not None:
        return Reply.NO if reply in _AS_NO else reply
    said = set(_phrases().pieces(heard))
    found = _phrases().meaning(heard) or (said.pop() if len(said) == 1 else None)
    return Reply(found) if found else None


@cache
def _phrases() -> Phrasebook:
    return Phrasebook(load("solved")["wordings"], beside=[*wordings()[Reply.YES], *wordings()[Reply.NO]])
