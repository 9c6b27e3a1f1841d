"""What short words say by the way they are written, or by what stands behind them; the words are in data/reply_frames.toml."""

import unicodedata
from functools import cache
from typing import Final

from intents.data_files import load
from intents.transcripts import Transcript

_PAUSES: Final = "、。,. 　・…"
_QUESTION: Final = ("?", "？")


def is_reluctant(heard: Transcript) -> bool:
    """「えー」, which is no 「ええ」."""
    return _bare(heard) in _words("reluctant")


def may_be_reluctant(heard: Transcript) -> bool:
    """Whether it is one of the two, and sounds do not tell which."""
    return is_reluctant(heard) or _bare(heard) in _words("either")


def asks_back(heard: Transcript) -> bool:
    """「え？」: what was said was not heard; 「はい？」 asks only with its mark."""
    best = heard.best
    marked = best is not None and best.text.rstrip(_PAUSES).endswith(_QUESTION)
    return _bare(heard) in _words("asking_back") or (marked and _bare(heard) in _words("asking_back_marked"))


def is_plain_denial(heard: Transcript) -> bool:
    """「いいえ」 and nothing else; 「違います」 is none."""
    return _bare(heard) in _words("denials")


def behind_denial(heard: Transcript) -> str:
    """What stands behind 「いえ」 or 「いや」; "" when the utterance begins with neither."""
    text = heard.best.text.strip(_PAUSES) if heard.best else ""
    denial = next((word for word in sorted(_words("denials"), key=len, reverse=True) if text.startswith(word)), "")
    return text[len(denial) :].strip(_PAUSES) if denial else ""


def agrees(reading: str) -> bool:
    """Whether what is said says that something is right."""
    return any(word in reading for word in load("reply_frames")["agreeing"])


def _bare(heard: Transcript) -> str:
    """The utterance without pauses and question marks, otherwise as it is written."""
    text = unicodedata.normalize("NFKC", heard.best.text) if heard.best else ""
    return "".join(sign for sign in text if sign not in _PAUSES + "?!").replace("~", "ー")


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(load("reply_frames")[name])
