"""Whether a customer would recommend us, from 0 to 10: the question, and answers to it.  Pure."""

from enum import StrEnum
from functools import cache

from intents.answers import Spoken
from intents.data_files import load
from intents.phrases import Phrasebook
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript

_DECLINING = frozenset({Reply.NO, Reply.DECLINE, Reply.STOP})


class Declined(StrEnum):
    """The customer does not want to say."""

    DECLINED = "declined"


def score_in(heard: Transcript) -> int | Declined | None:
    """Return the number from 0 to 10 that was said, that none is wanted to be, or None for anything else.

    「7か8」 and 「11」 are neither.
    """
    said = _scores().pieces(heard)
    found = _scores().meaning(heard) or (said[0] if len(said) == 1 else None)
    if found is not None:
        return Declined.DECLINED if found == Declined.DECLINED else int(found)
    return Declined.DECLINED if reply_in(heard) in _DECLINING else None


def recommending_sentence(name: str) -> Spoken:
    """Return a sentence of data/recommending.toml.  Raises KeyError for an unknown name."""
    data = load("recommending")
    return Spoken(text=data["say"][name], overrides=data["readings"])


@cache
def _scores() -> Phrasebook:
    data = load("recommending")
    wordings = {**data["scores"], Declined.DECLINED.value: data["declined"]["words"]}
    return Phrasebook(wordings, beside=data["beside"]["words"])
