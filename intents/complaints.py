"""Hearing that somebody is angry or disappointed."""

from functools import cache

from intents.data_files import load
from intents.normalise import match_key
from intents.readings import reading_of
from intents.transcripts import Transcript


def is_complaint(heard: Transcript) -> bool:
    """Whether the best hypothesis holds words of a complaint, as written or as they sound."""
    best = heard.best
    if best is None:
        return False
    written, spoken = _words()
    key = match_key(best.text)
    return any(word in key for word in written) or any(word in best.reading for word in spoken)


@cache
def _words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = load("complaints")["words"]
    return tuple(match_key(word) for word in words), tuple(reading_of(word) for word in words)
