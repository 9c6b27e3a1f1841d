"""What is said, and understood, of another time for a promised call; from data/news.toml."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from intents.answers import Spoken
from intents.callback_words import say as say_of_form
from intents.callback_words import slot
from intents.data_files import load
from intents.form_wishes import wish_in as form_wish_in
from intents.phrases import Phrasebook
from intents.transcripts import Transcript
from intents.when_told import choices_told
from intents.when_types import Unclear, Window

_FORM_WISHES: Final = {"change_when": "change", "cancel": "withdraw"}


def say(sentence: str, /, *, turn: int = 0, **parts: Spoken) -> Spoken:
    """Return a sentence; of a list the one for so many failed turns, the last one from then on.  Raises KeyError."""
    texts = load("news")["new_time"][sentence]
    text = texts if isinstance(texts, str) else texts[min(turn, len(texts) - 1)]
    overrides: dict[str, str] = dict(load("prompts")["readings"])
    for part in parts.values():
        overrides |= part.overrides
    return Spoken(text=text.format(**{key: part.text for key, part in parts.items()}), overrides=overrides)


def offered(slots: Sequence[Window], how: str, now: datetime) -> Spoken:
    """Ask which of the free times it shall be; `how`: "offer", "fits" or "others" than was wished, "again"."""
    if len(slots) == 1:
        return say(f"{how}_one", slot=slot(slots[0], now))
    return say(f"{how}_some", choices=choices_told(slots, now))


def promised(window: Window, now: datetime) -> Spoken:
    """Tell when the call comes."""
    return say("promised", slot=slot(window, now))


def again_later() -> Spoken:
    """Tell that a call will come at some time."""
    return Spoken(text=str(load("news")["say"]["again_later"]), overrides=load("prompts")["readings"])


def unclear(found: Unclear) -> Spoken:
    """Ask what has to be known of a time."""
    return say_of_form(f"when_{found.reason.value}", word=found.word)


def wish_in(heard: Transcript, *, briefly: bool = False) -> str | None:
    """Return "change" or "withdraw" where the utterance asks for that, "none" where no offer suits.

    `briefly`: 「やめます」 alone will do.
    """
    if briefly and (wish := _FORM_WISHES.get(form_wish_in(heard) or "")):
        return wish
    said = set(_wishes().pieces(heard))
    return _wishes().meaning(heard) or (said.pop() if len(said) == 1 else _change_in(heard))


def is_asking(heard: Transcript) -> bool:
    """Whether a word that asks for something is in it: 「明日は何時まで開いてますか」 is no wish for tomorrow."""
    best = heard.best
    texts = (best.text, best.reading) if best else ()
    return any(word in text for word in load("news")["asking"]["words"] for text in texts)


def _change_in(heard: Transcript) -> str | None:
    """「電話の時間を、明日に変えてほしいんですけど」: in a sentence of one's own."""
    best = heard.best
    if best is None:
        return None
    sentence = load("news")["change"]
    said = all(any(part in best.text or part in best.reading for part in parts) for parts in sentence.values())
    return "change" if said else None


@cache
def _wishes() -> Phrasebook:
    return Phrasebook(load("news")["wishes"])
