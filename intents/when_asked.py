"""Whether a call is asked for at a time in the form of a question; the words are in data/when.toml."""

from functools import cache

from intents.data_files import load
from intents.transcripts import Transcript
from intents.when_forms import form
from intents.when_grammar import said_in
from intents.when_words import is_made_of


def asks_for_time(heard: Transcript) -> bool:
    """Whether days and times are all it speaks of: 「日曜は？」, 「午後は空いてる？」, not 「日曜は何時まで？」."""
    best = heard.best
    texts = (form(best.text), form(best.reading)) if best else ()
    return any(said_in(text).groups and is_made_of(text, _words()) for text in texts)


@cache
def _words() -> frozenset[str]:
    return frozenset(form(word) for word in load("when")["asked"]["words"])
