"""What may be said at any stage of the form and is no answer to it: that a human is wanted, and goodbye."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from intents.callback_form import Form, Setting, Stage, Step, Wanted
from intents.callback_moves import left, question
from intents.callback_stages import CHANGES, STAGES
from intents.callback_words import say
from intents.data_files import load
from intents.form_wishes import wish_in
from intents.morae import without_long_marks
from intents.replies import Reply, replies_in, reply_in
from intents.transcripts import Transcript, typed

MOST_HUMANS: Final = 3  # who asks for a human once more at the same stage wants no form
WHOLE: Final = frozenset({Stage.OFFER, Stage.SUMMARY, Stage.CHANGE})  # only the final yes is missing
_THANKS: Final = frozenset({Reply.YES, Reply.GOODBYE})


def aside(form: Form, heard: Transcript, setting: Setting) -> Step | None:
    """Return what comes of an utterance that is no answer to the form; None for any other."""
    if wants_human(heard):
        return human(form, setting)
    if form.leaving:
        return _send_or_not(form, heard, setting)
    return end(form, setting) if _says_goodbye(form, heard) else None


def wants_human(heard: Transcript) -> bool:
    """Whether a human is asked for, in a word or in a sentence of one's own."""
    if reply_in(heard) is not None or wish_in(heard) is not None:
        return reply_in(heard) is Reply.HUMAN or wish_in(heard) == "human"
    parts = load("callback")["human"]["parts"]
    return heard.best is not None and (any(part in heard.best.reading for part in parts) or _ends_asking(heard))


def _ends_asking(heard: Transcript) -> bool:
    """Whether it ends with asking for a call: 「電話が欲しいんだけどねえ」, not 「電話してくださいと言われた」."""
    reading = without_long_marks(heard.best.reading) if heard.best else ""
    endings, tails = (map(without_long_marks, load("callback")["human"][name]) for name in ("endings", "tails"))
    bare = {reading, *(reading.removesuffix(tail) for tail in tails)}
    wanted = tuple(endings)
    return any(one.endswith(wanted) for one in bare)


def asks_plainly(heard: Transcript) -> bool:
    """Whether asking for a call, or for somebody, is all that is said: 「電話が欲しいんだけどねえ」, whatever an article is about."""
    words = {name: [without_long_marks(one) for one in texts] for name, texts in load("callback")["human"].items()}
    reading = without_long_marks(heard.best.reading) if heard.best else ""
    bare = {reading, *(reading.removesuffix(tail) for tail in words["tails"])}
    left = {one.removesuffix(ending) for one in bare for ending in words["endings"] if one.endswith(ending)}
    return any(_without(words["leads"], one) == "" for one in left)


def _without(leads: Sequence[str], text: str) -> str:
    found = max((lead for lead in leads if text.startswith(lead)), key=len, default="")
    return _without(leads, text[len(found) :]) if found else text


def human(form: Form, setting: Setting) -> Step:
    """Say that a human will call, and what that takes; it is no failed turn, but neither goes on for ever."""
    if form.humans >= MOST_HUMANS:
        return left(form, "human_left", setting)
    hurry = (say("human_hurry", phone=setting.desk_phone),) if setting.desk_phone else ()
    brief = 1 if form.stage is Stage.CONSENT else 0
    says = (say("human", turn=form.humans), *hurry, question(form, setting, brief=brief))
    return Step(form=replace(form, humans=form.humans + 1), says=says)


def plainly(heard: Transcript) -> Transcript:
    """Return はい for 「はい、ありがとうございます」, which is thanks and no goodbye; anything else as it is."""
    return typed("はい") if replies_in(heard) == _THANKS else heard


def _says_goodbye(form: Form, heard: Transcript) -> bool:
    return wish_in(heard) == "goodbye" or (form.stage is Stage.SUMMARY and reply_in(heard) is Reply.GOODBYE)


def end(form: Form, setting: Setting) -> Step:
    """Take a goodbye: ask nothing more, but whether a request that is whole is to be sent, once."""
    if form.stage not in WHOLE:
        return Step(form=replace(form, stage=Stage.LEFT), says=(say("ended"),), finished=True)
    form = replace(form, stage=Stage.SUMMARY, changing=False, offers=(), leaving=True, failed=0)
    return Step(form=form, says=(question(form, setting),))


def _send_or_not(form: Form, heard: Transcript, setting: Setting) -> Step | None:
    """Take the answer; nothing is sent without a yes after a goodbye, but something may still be changed."""
    if reply_in(heard) in (Reply.YES, Reply.NEXT):
        return Step(form=replace(form, leaving=False), says=(say("sending"),), wanted=Wanted.STORE)
    wish = wish_in(heard)
    if wish in CHANGES or wish == "cancel":
        return None
    if reply_in(heard) is None and wish is None:
        step = STAGES[Stage.SUMMARY](replace(form, leaving=False), heard, setting)
        if step.understood and step.wanted is not Wanted.STORE:
            return step
    return Step(form=replace(form, stage=Stage.LEFT), says=(say("not_sent"),), finished=True)
