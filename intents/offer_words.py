"""Whether none of the offered times suits; the words are in data/news.toml and data/callback.toml."""

from functools import cache

from intents.data_files import load
from intents.phrases import Phrasebook
from intents.transcripts import Transcript


def refuses_all(heard: Transcript) -> bool:
    """Whether no offered time will do: 「どれもだめです」, 「もっと遅い時間がいい」."""
    best = heard.best
    if best is None:
        return False
    parts = load("callback")["offer"]["other"]
    return "none" in _phrases().pieces(heard) or any(
        part in form for part in parts for form in (best.text, best.reading)
    )


@cache
def _phrases() -> Phrasebook:
    return Phrasebook({"none": load("news")["wishes"]["none"]})
