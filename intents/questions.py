"""Whether an utterance in the middle of the form is a question, by its words; the words are in data/callback.toml."""

from intents.data_files import load
from intents.morae import katakana
from intents.name_words import words_of
from intents.transcripts import Transcript


def asks(heard: Transcript) -> bool:
    """Whether something is asked: by its mark or plain ending, by what leads up to it, or by a question word and the ending."""
    words = load("callback")["question"]
    told = _forms(heard)
    marks = ("?", "？", *words["plain_endings"])
    if any(form.endswith(marks) or _has(form, words["leads"]) for form in told):
        return True
    return any(form.endswith(tuple(words["endings"])) and _has(form, words["words"]) for form in told)


def asks_about_names(heard: Transcript) -> bool:
    """Whether it is the name that is asked about: what it is for, who will hear it."""
    about = load("callback")["question"]["names"]
    return any(_has(form, about) or form.startswith(words_of("questions")) for form in _forms(heard))


def _forms(heard: Transcript) -> tuple[str, ...]:
    best = heard.best
    return (katakana(best.text), best.reading) if best else ()


def _has(form: str, words: list[str]) -> bool:
    return any(word in form for word in words)
