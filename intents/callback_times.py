"""When a call would suit: what the stages of wishing and of choosing a free time make of an utterance."""

from dataclasses import replace
from datetime import date
from typing import Final

from intents import callback_words as words
from intents.callback_form import Form, Setting, Stage, Step
from intents.callback_moves import PATIENCE, again, any_time, asked, to_summary, wished
from intents.callback_words import say
from intents.offer_words import refuses_all
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript
from intents.when import when_beside, when_in
from intents.when_choice import choice_in, half_chosen, near_chosen
from intents.when_types import TOKYO, Reason, Unclear, Wishes

MOST_ROUNDS: Final = 6  # changes of mind
ASKS_ON: Final = frozenset({Reason.TIME_WANTED, Reason.UNKNOWN_DAY, Reason.MERIDIEM})  # of another time


def take_when(form: Form, heard: Transcript, setting: Setting) -> Step:
    """Take the answer to when a call would suit."""
    found = half_chosen(heard, form.halves) or when_beside(heard, form.day, now=setting.now(), office=setting.office)
    found = found or near_chosen(heard, form.near, now=setting.now())
    if found is None:
        return again(replace(form, halves=(), near=()), setting, on=lambda: any_time(form, setting))
    form = replace(form, halves=(), near=(), day=None)
    if isinstance(found, Wishes):
        return wished(form, found, setting)
    return _when_unclear(form, found, setting)


def _when_unclear(form: Form, found: Unclear, setting: Setting) -> Step:
    """Ask what has to be known; what was said of the day is kept."""
    if form.failed + 1 > PATIENCE:
        return any_time(form, setting)
    halves = found.choices if found.reason is Reason.MERIDIEM else ()
    day = found.day if found.reason is Reason.TIME_WANTED else None
    form = replace(form, stage=Stage.WHEN, halves=halves, day=day, failed=form.failed + 1)
    return Step(form=form, says=(say(f"when_{found.reason.value}", word=found.word),))


def take_offer(form: Form, heard: Transcript, setting: Setting) -> Step:
    """Take which of the free times it shall be, or another wish."""
    reply = reply_in(heard)
    if reply is Reply.YES:
        return _offer_accepted(form, setting)
    refused = refuses_all(heard)
    chosen = None if refused else choice_in(heard, form.offers, now=setting.now())
    if chosen is not None:
        return to_summary(replace(form, slot=form.offers[chosen]), setting)
    found = other_wishes(form, heard, setting)
    if found is not None:
        return wished(replace(form, rounds=form.rounds + 1, failed=0), found, setting)
    if refused or reply in (Reply.NO, Reply.DECLINE, Reply.PREVIOUS):
        form = replace(form, stage=Stage.WHEN, offers=(), rounds=form.rounds + 1)
        return to_summary(form, setting, say("noted")) if form.rounds > PATIENCE else asked(form, setting)
    unclear = when_in(heard, now=setting.now(), office=setting.office)
    if isinstance(unclear, Unclear) and unclear.reason in ASKS_ON and form.rounds < MOST_ROUNDS:
        return _when_unclear(replace(form, offers=(), rounds=form.rounds + 1, failed=0), unclear, setting)
    return again(form, setting, on=lambda: _none_chosen(form, setting))


def _offer_accepted(form: Form, setting: Setting) -> Step:
    """「はい」 to several times: which of them is asked, then they are told with their numbers; none is taken for it."""
    if len(form.offers) == 1:
        return to_summary(replace(form, slot=form.offers[0]), setting)
    if form.failed >= PATIENCE:
        return _none_chosen(form, setting)
    asked_which = (
        say("offer_which") if not form.failed else words.offered(form.offers, fits=True, turn=2, now=setting.now())
    )
    return Step(form=replace(form, failed=form.failed + 1), says=(asked_which,))


def _none_chosen(form: Form, setting: Setting) -> Step:
    """The only time there is stays a question; of several the desk finds one within the wishes."""
    if len(form.offers) == 1:
        return to_summary(replace(form, slot=form.offers[0]), setting)
    return to_summary(form, setting, say("noted"))


def other_wishes(form: Form, heard: Transcript, setting: Setting) -> Wishes | None:
    """Return when else a call would suit; the same once more says nothing new, and there is an end to changing."""
    found = when_beside(heard, _day_spoken_of(form), now=setting.now(), office=setting.office)
    if not isinstance(found, Wishes) or found == form.wishes or form.rounds >= MOST_ROUNDS:
        return None
    return found


def _day_spoken_of(form: Form) -> date | None:
    """Return the one day that was chosen, offered or wished; None for several."""
    windows = (form.slot,) if form.slot else form.offers or (form.wishes.windows if form.wishes else ())
    days = {window.begins.astimezone(TOKYO).date() for window in windows}
    return days.pop() if len(days) == 1 else None
