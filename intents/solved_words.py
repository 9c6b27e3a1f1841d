"""Answers to 「解決しましたか」 that mean something there alone: しました, だめでした; the words are in data/solved.toml."""

from functools import cache
from typing import Final

from intents.data_files import load
from intents.phrases import Phrasebook
from intents.replies import Reply, reply_in, wordings
from intents.transcripts import Transcript

_AS_NO: Final = frozenset({Reply.NOT_YET})
_YES, _NO = Reply.YES.value, Reply.NO.value


def solved_in(heard: Transcript) -> Reply | None:
    """Return YES or NO where the utterance says whether it is solved, else the reply it is anywhere.

    Answers may be joined with thanks and small words; who says both yes and no has said neither.
    """
    reply = reply_in(heard)
    said = {_phrases().meaning(heard), *_phrases().pieces(heard)} & {_YES, _NO}
    if len(said) == 1 and reply is not Reply.GOODBYE:
        return Reply(said.pop())
    return Reply.NO if reply in _AS_NO else reply


@cache
def _phrases() -> Phrasebook:
    data = load("solved")
    return Phrasebook(data["wordings"], beside=[*data["beside"], *wordings()[Reply.YES], *wordings()[Reply.NO]])
