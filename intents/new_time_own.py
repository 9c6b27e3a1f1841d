"""What is said of a call that was asked for in this very conversation: another time, none, when it comes, what is wrong in it."""

from functools import cache
from typing import Final

from intents.data_files import load
from intents.form_wishes import wish_in as form_wish_in
from intents.new_time_words import wish_in
from intents.phrases import Phrasebook
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript

_OF_THE_FORM: Final = {"change_when": "change", "change_name": "details", "change_phone": "details"}
_SENTENCES: Final = {"withdraw": "withdraw", "change": "change", "refuse": "change", "when": "when"}


def own_wish_in(heard: Transcript) -> str | None:
    """Return "change", "withdraw", "when" (it comes) or "details" (name or number are wrong); None for anything else.

    Only what names the call, its time or the wish itself: the customer may be speaking of something else by now.
    """
    if heard.best is None:
        return None
    said = set(_wishes().pieces(heard))
    found = _wishes().meaning(heard) or (said.pop() if len(said) == 1 else None)
    told = wish_in(heard)
    form = form_wish_in(heard)
    if form == "cancel" and _cancels(heard):
        return "withdraw"
    return found or (told if told != "none" else None) or _OF_THE_FORM.get(form or "") or _in_a_sentence(heard)


def _cancels(heard: Transcript) -> bool:
    """「もういいです」 and 「疲れたからもういい」 may as well mean that all is said; 「やっぱりいいです」 does not."""
    best = heard.best
    if best is None or "ヤッパ" in best.reading:
        return best is not None
    enough = any(word in best.reading for word in load("news")["own_enough"]["words"])
    return not enough and reply_in(heard) not in (Reply.STOP, Reply.DECLINE)


def _in_a_sentence(heard: Transcript) -> str | None:
    """「さっきお願いした電話、やっぱりいらないんですけど」: one of each kind of word, as written or as it sounds."""
    best = heard.best
    if best is None or any(word in best.text or word in best.reading for word in load("news")["own_not"]["words"]):
        return None
    for name, wish in _SENTENCES.items():
        if all(
            any(p in best.text or p in best.reading for p in parts) for parts in load("news")[f"own_{name}"].values()
        ):
            return wish
    return None


@cache
def _wishes() -> Phrasebook:
    return Phrasebook(load("news")["own"])
