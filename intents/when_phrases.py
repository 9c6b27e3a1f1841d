"""What people say when asked when they may be called, as phrases for a run-time grammar."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Final

from intents.data_files import load
from intents.numerals import kanji

_HALF: Final = 12
_SLOT: Final = re.compile(r"\{([a-z]+)2?\}")


@cache
def when_phrases() -> tuple[str, ...]:
    """Phrases in ordinary writing, each once: days, dates, times, and how they combine.

    Vosk makes a bigram of a grammar's words, so each word needs to stand once before each kind of follower, not with
    every follower: of two slots in a pattern the first runs through its words with the first words of the second, and
    the other way round.
    """
    data = load("when")["phrases"]
    words = {name: tuple(data[name]) for name in ("day", "week", "part", "set", "other")}
    words["hour"] = tuple(f"{kanji(hour)}時" for hour in range(1, 21))
    words["weekday"] = tuple(f"{sign}曜日" for sign in "月火水木金土日") + tuple(
        f"{sign}曜" for sign in "月火水木金土日"
    )
    words["month"] = tuple(f"{kanji(month)}月" for month in range(1, _HALF + 1))
    words["date"] = tuple(f"{kanji(day)}日" for day in range(1, 32))
    return tuple(dict.fromkeys(phrase for pattern in data["patterns"] for phrase in _filled(pattern, words)))


def _filled(pattern: str, words: dict[str, tuple[str, ...]]) -> Iterator[str]:
    slots = [match[1] for match in _SLOT.finditer(pattern)]
    template = _SLOT.sub("{}", pattern)
    for place in range(len(slots)):
        choices = [words[name] if at == place else words[name][:1] for at, name in enumerate(slots)]
        yield from (template.format(*chosen) for chosen in product(*choices))
