"""Wake words as phones: any Japanese phrase, read as the rest of the program reads it."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from intents.morae import MORA_PHONES
from intents.readings import morae_of
from voice.errors import SettingsError

FEWEST_MORAE: Final = 4  # of a phrase: shorter ones are heard in everything
MOST_MORAE: Final = 20
_BETWEEN: Final = re.compile(r"[\s、。・,，!！]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class WakePhrase:
    """A wake word and the phones of its words; between words there may be a pause."""

    text: str
    words: tuple[tuple[str, ...], ...]  # of intents.morae.UNITS


def wake_phrases(texts: Sequence[str]) -> tuple[WakePhrase, ...]:
    """The phrases, each once.  A comma or space is where a speaker may pause.

    Raises SettingsError for a phrase that cannot be said, or is shorter than four morae or longer than twenty.
    """
    return tuple(_phrase(text) for text in dict.fromkeys(texts))


def shipped_wake_words() -> tuple[str, ...]:
    """The default of the setting `wake_words`."""
    return tuple(wake_data()["wake_words"])


@cache
def wake_data() -> dict[str, Any]:
    """What data/wake.toml says."""
    return tomllib.loads(files("voice.wake").joinpath("data", "wake.toml").read_text(encoding="utf-8"))


def _phrase(text: str) -> WakePhrase:
    words = [morae for piece in _BETWEEN.split(text) if (morae := morae_of(piece))]
    count = sum(map(len, words))
    if not FEWEST_MORAE <= count <= MOST_MORAE:
        raise SettingsError(
            f"wake word {text!r} has {count} morae; it needs {FEWEST_MORAE} to {MOST_MORAE}: 「ねえ、こえまど」 has seven"
        )
    return WakePhrase(text=text, words=tuple(tuple(p for mora in word for p in MORA_PHONES[mora]) for word in words))
