"""Taking down a request for a call, as a pure state machine: a form and an utterance in, a form and what to say out.

Consent comes before anything personal.  Everything heard is read back, anything can be changed until the end, and no stage
can be left only by being understood: after some failures each one has a way on.
"""

from dataclasses import replace
from typing import Final

from intents import callback_words as words
from intents.callback_form import Form, Setting, Stage, Step, Wanted, is_over
from intents.callback_leaving import aside, end, human, plainly
from intents.callback_memory import AFTERWARDS, finished
from intents.callback_moves import asked, change, question, to_summary, within
from intents.callback_stages import CHANGES, STAGES
from intents.callback_times import MOST_ROUNDS
from intents.callback_words import say
from intents.form_wishes import wish_in
from intents.name_slot import name_changed
from intents.transcripts import Transcript
from intents.when_types import Window

__all__ = [
    "Form",
    "Setting",
    "Stage",
    "Step",
    "Wanted",
    "arrived",
    "begin",
    "end",
    "is_over",
    "stored",
    "take",
    "with_slots",
]

SILENCES: Final = 3  # until the conversation ends
MOST_OFFERS: Final = 3  # more nobody remembers
_BEFORE_TIMES: Final = frozenset({"change_name", "change_phone"})
CHANGEABLE: Final = {  # what may be changed without its having been asked
    Stage.PHONE: frozenset({"change_name"}),
    Stage.PHONE_CHECK: frozenset({"change_name"}),
    Stage.WHEN: _BEFORE_TIMES,
    Stage.OFFER: _BEFORE_TIMES,
    Stage.SUMMARY: frozenset(CHANGES),
}


def begin(opening: str, setting: Setting, interrupted: Form | None = None) -> Step:
    """Ask for consent; `opening` names the sentence before it ("consent_sorry", "consent_human", "consent_complaint").

    A form that something else interrupted goes on where it stood.
    """
    if interrupted is not None and opening == "consent_human":
        return human(interrupted, setting)
    if interrupted is not None:
        return Step(form=interrupted, says=(say("back"), question(interrupted, setting)))
    consent = say("consent")
    return Step(form=Form(consent=consent.text), says=(say(opening), consent))


def take(form: Form, heard: Transcript, setting: Setting) -> Step:
    """Take one utterance; an empty transcript is silence."""
    if form.stage in AFTERWARDS:
        return STAGES[form.stage](form, plainly(heard), setting)
    if heard.best is None:
        return _silence(form, setting)
    form = replace(form, silent=0)
    heard = plainly(heard)
    other = aside(form, heard, setting)
    if other is not None:
        return other
    wish = wish_in(heard)
    if wish == "cancel" and form.stage is not Stage.CHANGE:
        return Step(form=replace(form, stage=Stage.LEFT), says=(say("cancelled"),))
    return _changed(form, heard, setting) or STAGES[form.stage](form, heard, setting)


def _changed(form: Form, heard: Transcript, setting: Setting) -> Step | None:
    """Return what comes of something put right that was told before; None for any other utterance."""
    if form.rounds >= MOST_ROUNDS or form.stage not in CHANGEABLE:
        return None
    if name := name_changed(form.name, heard):
        form = replace(form, stage=Stage.NAME_CHECK, name=name, changing=True, rounds=form.rounds + 1)
        return asked(form, setting)
    wish = wish_in(heard)
    return change(form, CHANGES[wish], setting) if wish in CHANGEABLE[form.stage] and wish else None


def with_slots(form: Form, slots: tuple[Window, ...] | None, setting: Setting) -> Step:
    """Go on with what the desk has free; None when it could not be asked: the wishes then go to the desk as they are."""
    if slots is None:
        return to_summary(form, setting)
    if not slots:
        return to_summary(form, setting, say("none_free"))
    wishes = form.wishes.windows if form.wishes else ()
    fitting = tuple(slot for slot in slots if any(within(slot, window) for window in wishes))
    if fitting and form.wishes and form.wishes.exact:
        return to_summary(replace(form, slot=fitting[0]), setting)
    offered = (fitting or slots)[:MOST_OFFERS]
    form = replace(form, stage=Stage.OFFER, offers=offered, failed=0)
    return Step(form=form, says=(words.offered(offered, fits=bool(fitting), turn=0, now=setting.now()),))


def stored(form: Form, kept: bool, setting: Setting) -> Step:
    """Tell whether the request is safe on the device; nothing else may be said of it."""
    reach = words.desk(setting.desk_phone)
    if kept:
        return finished(form, say("kept") if setting.connected else say("kept_unsent", desk=reach), setting)
    return Step(form=replace(form, stage=Stage.LEFT), says=(say("not_kept", desk=reach),))


def arrived(form: Form, promised: Window | None, setting: Setting, tier: str = "") -> Step:
    """Tell that the desk has it, and for when it promised; `tier`: because of which it is so early."""
    slot = words.slot(promised, setting.now()) if promised else None
    told = words.filled("arrived", slot=slot) if slot else say("arrived_open")
    step = finished(form, told, setting)
    first, *rest = step.says
    return replace(step, says=(first, words.because_of(tier), *rest)) if slot and tier else step


def _silence(form: Form, setting: Setting) -> Step:
    """Ask again, ever shorter; at last say that the customer may go on any time."""
    form = replace(form, silent=form.silent + 1)
    if form.silent >= SILENCES:
        return Step(form=replace(form, stage=Stage.LEFT), says=(say("silent", desk=words.desk(setting.desk_phone)),))
    return Step(form=form, says=(question(form, setting),))
