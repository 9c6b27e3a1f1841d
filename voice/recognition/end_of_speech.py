"""How much quiet ends an utterance: little, but more while the sentence is visibly not over."""

from functools import cache
from typing import Final

from intents.data_files import load

QUIET_MS: Final = 576  # whoever hesitates inside a sentence pauses 0.3 to 0.5 s
_QUIET_MS: Final = {"finished": QUIET_MS, "trailing": 896, "unfinished": 1_216}
_UNKNOWN_MS: Final = 704


def quiet_needed_ms(reading: str) -> int:
    """The quiet after which an utterance that reads so far like this (katakana) is over."""
    fitting = [(len(ending), ms) for ending, ms in _endings().items() if reading.endswith(ending)]
    return max(fitting)[1] if fitting else _UNKNOWN_MS


def looks_finished(reading: str) -> bool:
    """Whether an utterance that reads like this (katakana) ends as sentences end."""
    return quiet_needed_ms(reading) == QUIET_MS


@cache
def _endings() -> dict[str, int]:
    return {ending: ms for kind, ms in _QUIET_MS.items() for ending in load("utterance_endings")[kind]}
