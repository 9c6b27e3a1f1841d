"""Why wordings are one topic: the words they share, as written or as they sound, and stretches of sound.  Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from intents.distance import split_morae
from intents.words import words_of
from server.insight.features import Spelled

MOST_SHARED: Final = 6
FEWEST: Final = 2  # wordings that share something
SHORTEST_HEARD: Final = 2  # morae of a word that is found by its sound
STRETCH: Final = 4  # morae


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A word or a stretch of sound that holds a topic together."""

    word: str
    sound: str  # katakana morae; "" for a word that is only written
    wordings: int  # how many have it

    def is_in(self, thing: Spelled) -> bool:
        """Whether a wording has it, as written or as it sounds."""
        return self.word in _forms(thing) or (bool(self.sound) and self.sound in thing.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What the wordings of a topic share, what most of them have first."""

    shared: tuple[Shared, ...]
    wordings: int

    def of(self, thing: Spelled) -> tuple[str, ...]:
        """Return what a wording has of it."""
        return tuple(one.word for one in self.shared if one.is_in(thing))


def explained(things: Sequence[Spelled]) -> Explanation:
    """Return what holds wordings together; words first, stretches of sound where words explain too little."""
    sounds: dict[str, str] = {}
    for thing in things:
        sounds |= _forms(thing)
    found = [Shared(word=word, sound=_long(sound), wordings=0) for word, sound in sounds.items()]
    counted = _counted(found, things)
    if not counted or counted[0].wordings < len(things) / 2:
        counted = [*counted, *_counted(_stretches(things), things)]
    ordered = sorted(counted, key=lambda one: (-one.wordings, -len(one.word), one.word))
    return Explanation(shared=tuple(_apart(ordered)[:MOST_SHARED]), wordings=len(things))


def _forms(thing: Spelled) -> dict[str, str]:
    """The words of a written wording, each with its sound."""
    return {word.form: word.reading for word in words_of(thing.written)} if thing.written else {}


def _long(sound: str) -> str:
    return sound if len(split_morae(sound)) >= SHORTEST_HEARD else ""


def _counted(found: Sequence[Shared], things: Sequence[Spelled]) -> list[Shared]:
    forms = [_forms(thing) for thing in things]
    counts = [
        sum(
            one.word in of or (bool(one.sound) and one.sound in thing.key)
            for of, thing in zip(forms, things, strict=True)
        )
        for one in found
    ]
    return [
        Shared(word=one.word, sound=one.sound, wordings=count)
        for one, count in zip(found, counts, strict=True)
        if count >= min(FEWEST, len(things))
    ]


def _stretches(things: Sequence[Spelled]) -> list[Shared]:
    counts = Counter[str]()
    for thing in things:
        morae = split_morae(thing.key)
        counts.update({"".join(morae[n : n + STRETCH]) for n in range(len(morae) - STRETCH + 1)})
    common = sorted((c for c in counts if counts[c] >= FEWEST), key=lambda c: (-counts[c], c))[:MOST_SHARED]
    return [Shared(word=f"「{stretch}」", sound=stretch, wordings=0) for stretch in common]


def _apart(ordered: Sequence[Shared]) -> list[Shared]:
    """Leave out what is part of something that as many wordings have."""
    kept: list[Shared] = []
    for one in ordered:
        if not any(one.wordings == other.wordings and one.word.strip("「」") in other.word for other in kept):
            kept.append(one)
    return kept
