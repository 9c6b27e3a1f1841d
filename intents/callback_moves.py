"""How the form of a request moves from one stage to another, and what is said on the way."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from intents import callback_words as words
from intents.answers import Spoken
from intents.callback_form import Form, Setting, Stage, Step, Wanted
from intents.callback_words import say
from intents.phone_corrections import ask as ask_about
from intents.phone_slot import EMPTY
from intents.phone_slot import say as say_phone
from intents.when import when_in
from intents.when_nearest import nearest_open
from intents.when_types import Window, Wishes

PATIENCE: Final = 2  # failed turns of a stage until it goes on without
ANY_TIME: Final = "いつでも"


def question(form: Form, setting: Setting, *, brief: int = 0) -> Spoken:
    """The question of the form's stage: the more often it failed, the shorter; never longer than after `brief` failures."""
    turn, now = max(brief, form.failed + form.silent), setting.now()
    if form.stage is Stage.KNOWN:
        customers = (form.known,) if form.known else setting.known
        return words.known(customers, turn) if customers else say("name", turn=turn)
    if form.stage is Stage.NAME_CHECK and form.name:
        return words.name_check(form.name, turn, form.address)
    if form.stage is Stage.OFFER:
        return words.offered(form.offers, fits=True, turn=max(1, turn), now=now)
    if form.stage is Stage.SUMMARY and form.leaving:
        return say("send_or_not")
    if form.stage is Stage.SUMMARY:
        return words.summary(form, turn, now)
    return _about_number(form) or say(form.stage.value, turn=turn)


def _about_number(form: Form) -> Spoken | None:
    if form.stage is Stage.PHONE_CHECK:
        return ask_about(form.phone_asked) if form.phone_asked else say_phone("confirm", form.phone)
    return say_phone("so_far", form.phone) if form.stage is Stage.PHONE and form.phone.digits else None


def asked(form: Form, setting: Setting, *before: Spoken) -> Step:
    """Enter the form's stage: its question, and what is said before it."""
    form = replace(form, failed=0, silent=0, humans=0, leaving=False)
    return Step(form=form, says=(*before, question(form, setting)))


def again(form: Form, setting: Setting, *, on: Callable[[], Step]) -> Step:
    """Ask once more, in fewer words; when patience is at its end go on as `on` says."""
    if form.failed >= PATIENCE:
        return on()
    form = replace(form, failed=form.failed + 1)
    return Step(form=form, says=(question(form, setting),), understood=False)


def after(form: Form, stage: Stage, setting: Setting, *before: Spoken) -> Step:
    """Go on to a stage, or back to the summary, or to what is still missing, when only one thing was to be changed."""
    if form.changing and form.offers:  # a name put right while times were offered
        return asked(replace(form, stage=Stage.OFFER, changing=False), setting, *before)
    if form.changing:
        missing = Stage.PHONE if not form.phone.is_complete else None if form.wishes else Stage.WHEN
        if missing is None:
            return to_summary(form, setting, *before)
        return asked(replace(form, stage=missing, changing=False), setting, *before)
    if stage is Stage.PHONE and form.phone.digits:  # it was told together with the name
        return asked(replace(form, stage=Stage.PHONE_CHECK, phone_asked=None), setting, *before)
    return asked(replace(form, stage=stage), setting, *before)


def left(form: Form, why: str, setting: Setting) -> Step:
    """End without a request; how to reach a human is told."""
    return Step(form=replace(form, stage=Stage.LEFT), says=(say(why, desk=words.desk(setting.desk_phone)),))


def without_name(form: Form, setting: Setting) -> Step:
    """Go on without a name: that is no reason not to call."""
    return after(replace(form, name=None), Stage.PHONE, setting, say("name_skipped"))


def wished(form: Form, wishes: Wishes, setting: Setting) -> Step:
    """Take down when a call would suit, and have the desk asked; when nobody is ever there then, tell when somebody is."""
    if all(window.outside_hours for window in wishes.windows):
        if form.failed >= PATIENCE:
            return any_time(form, setting)
        near = nearest_open(wishes.windows[0], now=setting.now(), office=setting.office)
        form = replace(form, stage=Stage.WHEN, failed=form.failed + 1, near=near)
        return Step(form=form, says=(words.outside_hours(near, setting.now()),))
    return Step(form=replace(form, stage=Stage.WHEN, wishes=wishes, slot=None), says=(), wanted=Wanted.SLOTS)


def any_time(form: Form, setting: Setting) -> Step:
    """Take it that any time will do."""
    found = when_in(ANY_TIME, now=setting.now(), office=setting.office)
    if not isinstance(found, Wishes):
        return left(form, "gave_up", setting)
    form = replace(form, stage=Stage.WHEN, wishes=found, slot=None)
    return Step(form=form, says=(say("any_time"),), wanted=Wanted.SLOTS)


def to_summary(form: Form, setting: Setting, *before: Spoken) -> Step:
    """Read everything back."""
    return asked(replace(form, stage=Stage.SUMMARY, changing=False, offers=()), setting, *before)


def change(form: Form, what: Stage, setting: Setting) -> Step:
    """Ask one thing anew."""
    form = replace(form, stage=what, changing=True, rounds=form.rounds + 1)
    if what is Stage.PHONE:
        form = replace(form, phone=EMPTY, extension="", phone_asked=None)
    return asked(form, setting)


def within(slot: Window, window: Window) -> bool:
    """Whether a slot lies in what was wished; a point in time is a slot that begins then."""
    return window.begins <= slot.begins and (slot.ends <= window.ends or slot.begins < window.ends)
