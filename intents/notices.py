"""Words about notices: what a customer wants of them, and what is said around them.  Pure."""

from enum import StrEnum
from functools import cache

from intents.answers import Spoken
from intents.data_files import load
from intents.phrases import Phrasebook
from intents.transcripts import Transcript


class NoticeWish(StrEnum):
    """What was said about notices as such."""

    OFF = "off"  # none of the device's own accord any more
    HEAR = "hear"  # those there are now, and later ones again
    ASKED = "asked"  # those there are now


def notice_wish(heard: Transcript) -> NoticeWish | None:
    """Return what is wanted of notices; None where something else was said."""
    said = set(_phrases().pieces(heard))
    found = _phrases().meaning(heard) or (said.pop() if len(said) == 1 else None)
    return NoticeWish(found) if found else None


def notice_sentence(name: str) -> Spoken:
    """Return a sentence of data/notices.toml.  Raises KeyError for an unknown name."""
    data = load("notices")
    return Spoken(text=data["say"][name], overrides=data["readings"])


@cache
def _phrases() -> Phrasebook:
    return Phrasebook(load("notices")["wordings"])
