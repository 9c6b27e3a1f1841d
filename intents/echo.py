"""Telling Koemado's own voice, come back through the microphone, from a customer who speaks into it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from intents.answers import Spoken
from intents.distance import phone_string, split_morae
from intents.readings import reading_of
from intents.replies import reply_in
from intents.transcripts import Transcript

SHORTEST: Final = 4  # morae; fewer are found in any sentence
ALIKE: Final = 70.0  # of 100, best matching part; a loudspeaker across the room loses every third phone


def is_echo(heard: Transcript, said: Sequence[Spoken]) -> bool:
    """Whether what was heard is a part of what is just being said.

    A reply such as 「止めて」 is never taken for an echo, unless these very words are said: whoever wants silence is heard.
    """
    best = heard.best
    if best is None or not said:
        return False
    sounds = "".join(_reading(spoken) for spoken in said)
    if reply_in(heard) is not None:
        return best.reading in sounds and len(split_morae(best.reading)) >= SHORTEST
    if len(split_morae(best.reading)) < SHORTEST:
        return best.reading in sounds
    return fuzz.partial_ratio(phone_string(best.reading), phone_string(sounds)) >= ALIKE


@lru_cache(maxsize=64)
def _told(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    return reading_of(text, dict(pairs))


def _reading(spoken: Spoken) -> str:
    if spoken.reading:
        return _told(spoken.reading, ())
    return _told(spoken.text, tuple(sorted(spoken.overrides.items())))
