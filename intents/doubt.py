"""Whether something was heard so badly that it is worth asking for it once more."""

from typing import Final

from intents.transcripts import Transcript

# Of 5 hypotheses each may have 0.2.  Questions of our own, synthesised, that came out unknown: clear speech was below this in 2 of
# 20, speech in babble at 5 and -3 dB, of which hardly a word was heard right, in 36 of 46.
DOUBTFUL_BELOW: Final = 0.35
FEWEST_MORAE: Final = 4  # fewer are rarely a question, and often a piece of one
_SMALL: Final = frozenset("ァィゥェォャュョヮ")  # part of the mora before


def is_doubtful(heard: Transcript) -> bool:
    """Whether the recogniser was not sure of any of its hypotheses, or hardly anything was said."""
    best = heard.best
    return best is not None and (best.confidence < DOUBTFUL_BELOW or _morae(best.reading) < FEWEST_MORAE)


def _morae(reading: str) -> int:
    return sum(kana not in _SMALL for kana in reading)
