"""A reply in one breath with the wake word, of which the recogniser heard a mora or two: 「(まど)はい」 is はい.  Pure."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from intents.distance import split_morae
from intents.morae import MORA_PHONES
from intents.readings import reading_of
from intents.replies import reply_in
from intents.transcripts import Hypothesis, Transcript, typed

MOST_LEFT: Final = 2  # morae of the wake word
_N_BEST: Final = 3


def without_call(heard: Transcript, phrase: str) -> Transcript:
    """The utterance without what is left of the wake word `phrase`, where a reply remains; anything else as it was.

    Only before a reply: 「窓口は」 and 「どうすれば」 begin as 「こえまど」 ends, and a question is found with a mora too many.
    """
    if reply_in(heard) is not None:
        return heard
    for number, one in enumerate(heard.hypotheses[:_N_BEST]):
        for reading in _behind(one, phrase):
            if reply_in(typed(reading)) is not None:
                others = (*heard.hypotheses[:number], *heard.hypotheses[number + 1 :])
                return replace(heard, hypotheses=(replace(one, text=reading, reading=reading), *others))
    return heard


def _behind(one: Hypothesis, phrase: str) -> Iterator[str]:
    """The reading without as many morae as sound like the end of the phrase."""
    morae, end = split_morae(one.reading), _vowels_of(phrase)
    for left in range(1, min(MOST_LEFT, len(morae) - 1) + 1):
        if tuple(map(_vowel, morae[:left])) == end[-left:]:
            yield "".join(morae[left:])


@lru_cache(maxsize=16)
def _vowels_of(phrase: str) -> tuple[str, ...]:
    return tuple(map(_vowel, split_morae(reading_of(phrase))))


def _vowel(mora: str) -> str:
    """The last phone: of a mora cut off at its beginning the vowel is what is left."""
    return MORA_PHONES.get(mora, (mora,))[-1]
