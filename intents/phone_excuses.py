"""Why somebody tells no number when asked for one; the words are in data/phone.toml."""

from typing import Final

from intents.data_files import load
from intents.morae import katakana
from intents.transcripts import Transcript

_SENTENCES: Final = {"refuses": "phone_why", "does_not_know": "phone_unknown", "any_kind": "phone_any_kind"}


def excuse_in(heard: Transcript) -> str | None:
    """Return the sentence of data/callback.toml to answer with: to 「言いたくない」, to 「さっきのと同じ」; None for anything else."""
    best = heard.best
    if best is None:
        return None
    told = (katakana(best.text), best.reading)
    found = load("phone")["excuses"]
    return next((_SENTENCES[name] for name, parts in found.items() if any(p in t for p in parts for t in told)), None)
