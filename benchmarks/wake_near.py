"""What sounds like a wake word and is none: its words with morae changed, to be spoken by a synthesizer.

Two morae or more of the longest word are others than the wake word's, added or missing; with one only, people too would
look up.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Final

from rapidfuzz.distance import Levenshtein

from intents.morae import GEMINATE, LONG, MORA_PHONES, NASAL
from intents.readings import morae_of

OTHER_OPENINGS: Final = ("ネ", "ネー", "ヘー", "デ", "テ", "エ", "メ", "レー", "ソレデ", "")
LEAST_CHANGED: Final = 2
_KEPT_OPENING: Final = 0.6
_SINGLE: Final = tuple(mora for mora in MORA_PHONES if len(mora) == 1 and mora not in (LONG, NASAL, GEMINATE))


def likenesses(phrase: str, rng: random.Random) -> Iterator[str]:
    """Without end, in katakana."""
    words = [morae_of(piece) for piece in phrase.replace("、", " ").split()]
    longest = max(range(len(words)), key=lambda number: len(words[number]))
    while True:
        changed = _changed(words[longest], rng, rng.randint(LEAST_CHANGED, len(words[longest])))
        if _distance(changed, words[longest]) < LEAST_CHANGED:
            continue
        said = ["".join(word) for word in words]
        said[longest] = "".join(changed)
        if longest and rng.random() > _KEPT_OPENING:
            said[0] = rng.choice(OTHER_OPENINGS)
        yield "、".join(word for word in said if word) if rng.random() < 0.5 else "".join(said)


def _changed(word: Sequence[str], rng: random.Random, count: int) -> list[str]:
    out = list(word)
    for place in rng.sample(range(len(word)), count):
        kind = rng.random()
        if kind < 0.1:
            out[place] = ""
        elif kind < 0.2:
            out[place] += rng.choice(_SINGLE)
        else:
            out[place] = _other(word[place], rng)
    return [mora for mora in out if mora]


def _other(mora: str, rng: random.Random) -> str:
    """A mora with the same vowel, the same consonant, or any."""
    phones, kind = MORA_PHONES[mora], rng.random()
    alike = [
        other
        for other in _SINGLE
        if other != mora
        and (kind > 0.8 or MORA_PHONES[other][-1 if kind < 0.5 else 0] == phones[-1 if kind < 0.5 else 0])
    ]
    return rng.choice(alike or _SINGLE)


def _distance(one: Sequence[str], other: Sequence[str]) -> int:
    return int(Levenshtein.distance(list(one), list(other)))
