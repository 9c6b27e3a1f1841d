"""What each stage of taking down a request makes of an utterance."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from intents import callback_words as words
from intents.answers import Spoken
from intents.callback_breath import name_and_number
from intents.callback_form import Form, Setting, Stage, Step, Wanted, is_over
from intents.callback_memory import asked_about, take_forget, take_later, take_remember, which_known
from intents.callback_moves import (
    PATIENCE,
    after,
    again,
    asked,
    change,
    left,
    wished,
    without_name,
)
from intents.callback_times import MOST_ROUNDS, other_wishes, take_offer, take_when
from intents.callback_words import say
from intents.form_wishes import wish_in
from intents.name_slot import Declined, NameHeard, SignsDescribed, correct_name, name_in, with_signs
from intents.patience import asks_to_wait
from intents.phone_corrections import Corrected, Reason, Unclear, ask, correct
from intents.phone_excuses import excuse_in
from intents.phone_extensions import extension_in, has_extension
from intents.phone_slot import EMPTY, HeardKind, cleared, hear_digits, tells_end_alone
from intents.phone_slot import say as say_phone
from intents.questions import asks, asks_about_names
from intents.readings import reading_of
from intents.replies import Reply, reply_in, wordings
from intents.reply_signs import may_be_reluctant
from intents.transcripts import Transcript
from intents.when import is_time, when_in
from intents.when_types import Wishes

PHONE_PATIENCE: Final = 4  # a number is needed: more turns
CHANGES: Final = {"change_name": Stage.NAME, "change_phone": Stage.PHONE, "change_when": Stage.WHEN}
_SPELLED_OUT: Final = re.compile("[0-9０-９〇一二三四五六七八九]{2}|ゼロ|まる|マル|ナナ|キュー|ヨン|ロク")
_PHONE_WORDS: Final = {
    HeardKind.MORE: "so_far",  # the same once more
    HeardKind.RESTART: "restart",  # of nothing
    HeardKind.NO_AREA_CODE: "area_code",
    HeardKind.NO_NUMBER: "no_number",
    HeardKind.TOO_LONG: "too_long",
    HeardKind.NOT_A_NUMBER: "not_a_number",
}


def _consent(form: Form, heard: Transcript, setting: Setting) -> Step:
    reply = None if may_be_reluctant(heard) and not form.failed else reply_in(heard)
    if reply in (Reply.YES, Reply.NEXT):
        return asked(replace(form, stage=Stage.KNOWN if setting.known else Stage.NAME), setting, say("consented"))
    if reply in (Reply.NO, Reply.DECLINE, Reply.STOP, Reply.GOODBYE):
        return left(form, "declined", setting)
    step = again(form, setting, on=lambda: left(form, "declined", setting))
    about_names = reply is None and not is_over(step.form) and asks_about_names(heard)
    return replace(step, says=(say("name_why"), *step.says)) if about_names else step


def _known(form: Form, heard: Transcript, setting: Setting) -> Step:
    customers = asked_about(form, setting)
    if not customers:  # forgotten meanwhile
        return _name(replace(form, stage=Stage.NAME), heard, setting)
    if len(customers) == 1 and wish_in(heard) == "change_phone":
        return asked(replace(form, stage=Stage.PHONE, name=customers[0].name, known=customers[0]), setting)
    return which_known(form, heard, setting)


def _name(form: Form, heard: Transcript, setting: Setting) -> Step:
    if wish_in(heard) == "skip":
        return without_name(form, setting)
    is_else = (asks(heard) and not asks_about_names(heard)) or is_time(
        heard
    )  # a question is no name, nor 「次の日曜です」
    found = None if is_else else name_in(heard)
    if isinstance(found, Declined) and found.is_question and form.failed < PATIENCE:
        return Step(form=replace(form, failed=form.failed + 1), says=(say("name_why"), say("name", turn=2)))
    if isinstance(found, Declined):
        return without_name(form, setting)
    if isinstance(found, NameHeard) and reply_in(heard) is None:
        return asked(replace(form, stage=Stage.NAME_CHECK, name=found), setting)
    together = name_and_number(form, heard)
    if together is not None:
        return asked(replace(together, stage=Stage.NAME_CHECK), setting)
    form = _with_whole_number(form, heard) or form  # told before it was asked: kept, and the name asked again
    return again(form, setting, on=lambda: _name_as_it_was(form, setting))


def _name_as_it_was(form: Form, setting: Setting) -> Step:
    """Go on with the name there is, when it was only to be changed."""
    return after(form, Stage.PHONE, setting) if form.changing else without_name(form, setting)


def _name_check(form: Form, heard: Transcript, setting: Setting) -> Step:
    reply = reply_in(heard)
    if reply is Reply.YES:
        return after(form, Stage.PHONE, setting)
    if reply in (Reply.NO, Reply.PREVIOUS, Reply.RESTART, Reply.DECLINE):
        return _name_wrong(form, setting)
    if reply is None and (told := _with_whole_number(form, heard)):  # who goes on has agreed
        return after(told, Stage.PHONE, setting)
    return _name_put_right(form, heard, setting)


def _name_put_right(form: Form, heard: Transcript, setting: Setting) -> Step:
    reply = reply_in(heard)
    found = correct_name(form.name, heard) if reply is None and form.name and not asks(heard) else None
    if found is None and wish_in(heard) == "change_name":  # 「名字が違います」
        return _name_wrong(form, setting)
    if (
        isinstance(found, NameHeard) and found.reading == _reading(form) and _begins_with_yes(heard)
    ):  # 「はい、加藤です」
        return after(form, Stage.PHONE, setting)
    if isinstance(found, SignsDescribed) and form.name:
        found = with_signs(form.name, found)
    if isinstance(found, NameHeard) and form.failed < PATIENCE:
        return Step(form=replace(form, name=found, failed=form.failed + 1), says=(words.name_check(found, 0),))
    return again(form, setting, on=lambda: after(form, Stage.PHONE, setting))


def _with_whole_number(form: Form, heard: Transcript) -> Form | None:
    """The form with a whole number that was told while something else was asked; None for anything else."""
    told = hear_digits(EMPTY, heard)
    if told.kind is not HeardKind.COMPLETE or form.phone.is_complete:
        return None
    return replace(form, phone=told.draft, extension=extension_in(heard))


def _name_wrong(form: Form, setting: Setting) -> Step:
    if form.failed >= PATIENCE:
        return without_name(form, setting)
    return Step(form=replace(form, stage=Stage.NAME, name=None, failed=form.failed + 1), says=(say("name_again"),))


def _reading(form: Form) -> str:
    return form.name.reading if form.name else ""


def _begins_with_yes(heard: Transcript) -> bool:
    return heard.best is not None and heard.best.reading.startswith(tuple(map(reading_of, wordings()[Reply.YES])))


def _phone(form: Form, heard: Transcript, setting: Setting) -> Step:
    if _only_waits(heard):
        return again(form, setting, on=lambda: left(form, "gave_up", setting))
    if form.failed + 1 < PHONE_PATIENCE and (about := _no_number(form, heard)):
        return Step(form=replace(form, failed=form.failed + 1), says=(about,))
    return _digits(form, heard, setting)


def _digits(form: Form, heard: Transcript, setting: Setting) -> Step:
    found = hear_digits(form.phone, heard)
    moved = replace(form, phone=found.draft)
    match found.kind:
        case HeardKind.COMPLETE:
            return _complete(replace(moved, stage=Stage.PHONE_CHECK, phone_asked=None), heard, setting)
        case HeardKind.MORE if len(found.draft.digits) > len(form.phone.digits):
            return Step(form=moved, says=(say_phone("so_far", found.draft),))
        case HeardKind.RESTART if form.phone.digits:
            return Step(form=moved, says=(say_phone("restart"),))
    kept = moved if found.kind in (HeardKind.MORE, HeardKind.NO_AREA_CODE) else replace(moved, phone=EMPTY)
    says = say_phone(_PHONE_WORDS[found.kind], found.draft)
    if found.kind is HeardKind.NOT_A_NUMBER and form.failed:
        says = say_phone("not_a_number_again")
    if found.kind is HeardKind.NOT_A_NUMBER and form.phone.digits:  # 「ちょっと待って」 takes nothing back
        kept, says = form, say_phone("so_far", form.phone)
    if form.failed + 1 >= PHONE_PATIENCE:
        return left(form, "gave_up", setting)
    understood = found.kind is not HeardKind.NOT_A_NUMBER
    return Step(form=replace(kept, failed=form.failed + 1), says=(says,), understood=understood)


def _only_waits(heard: Transcript) -> bool:
    """「ちいと待ってくれんかのう」, in whose sounds are digits."""
    told = _SPELLED_OUT.search(heard.best.text if heard.best else "")
    return told is None and reply_in(heard) is None and asks_to_wait(heard)


def _no_number(form: Form, heard: Transcript) -> Spoken | None:
    """What to say to words about the number that tell none: why it is not told, or the end of it alone."""
    if hear_digits(EMPTY, heard).kind is HeardKind.COMPLETE:
        return None
    if excuse := excuse_in(heard):
        return say(excuse)
    return say_phone("from_start") if not form.phone.digits and tells_end_alone(heard) else None


def _complete(form: Form, heard: Transcript, setting: Setting) -> Step:
    """Read the number back; and what was said to be dialled behind it."""
    form, *told = _extended(form, heard)
    return asked(form, setting, *told)


def _extended(form: Form, heard: Transcript) -> tuple[Form, *tuple[Spoken, ...]]:
    """The form with the extension that was told, and what is said to it."""
    if extension := extension_in(heard):
        return replace(form, extension=extension), say_phone("extension", extension=extension)
    return (form, say_phone("extension_unclear")) if has_extension(heard) else (form,)


def _phone_check(form: Form, heard: Transcript, setting: Setting) -> Step:
    if reply_in(heard) is Reply.YES and form.phone_asked is None:
        return after(replace(form, phone=cleared(form.phone)), Stage.WHEN, setting)
    if reply_in(heard) is Reply.YES and form.failed + 1 < PHONE_PATIENCE:  # 「合ってます」 to where it is wrong
        form = replace(form, phone_asked=None, failed=form.failed + 1)
        return Step(form=form, says=(say_phone("confirm", form.phone),))
    if form.failed + 1 < PHONE_PATIENCE and _is_extension_alone(heard):
        form, *told = _extended(replace(form, phone_asked=None, failed=form.failed + 1), heard)
        return Step(form=form, says=(*told, say_phone("confirm", form.phone)))
    return _number_put_right(form, heard, setting)


def _is_extension_alone(heard: Transcript) -> bool:
    return has_extension(heard) and hear_digits(EMPTY, heard).kind is not HeardKind.COMPLETE


def _number_put_right(form: Form, heard: Transcript, setting: Setting) -> Step:
    found = correct(form.phone, heard, form.phone_asked)
    if isinstance(found, Corrected) and found.changed:
        form, *told = _extended(replace(form, phone=found.draft, phone_asked=None, failed=0), heard)
        return Step(form=form, says=(*told, say_phone("changed", found.draft)))
    if isinstance(found, Corrected) and hear_digits(EMPTY, heard).kind is HeardKind.COMPLETE:  # the same once more
        return after(replace(form, phone=cleared(form.phone)), Stage.WHEN, setting)
    if isinstance(found, Corrected):  # as it was
        found = Unclear(reason=Reason.WHAT)
    if found.reason is Reason.RESTART or reply_in(heard) is Reply.RESTART or form.failed + 1 >= PHONE_PATIENCE:
        if form.rounds >= MOST_ROUNDS:
            return left(form, "gave_up", setting)
        anew = replace(form, stage=Stage.PHONE, phone=EMPTY, phone_asked=None, rounds=form.rounds + 2)
        return Step(form=anew, says=(say_phone("restart"),))
    return Step(form=replace(form, phone_asked=found, failed=form.failed + 1), says=(ask(found),))


def _summary(form: Form, heard: Transcript, setting: Setting) -> Step:
    reply = reply_in(heard)
    if may_be_reluctant(heard) and not form.failed:
        return again(form, setting, on=lambda: left(form, "declined", setting))
    if reply is Reply.YES:
        return Step(form=form, says=(say("sending"),), wanted=Wanted.STORE)
    if reply in (Reply.NO, Reply.PREVIOUS) and form.rounds < MOST_ROUNDS:
        return asked(replace(form, stage=Stage.CHANGE, rounds=form.rounds + 1), setting)
    if reply is Reply.NO:
        return left(form, "declined", setting)
    if reply is Reply.RESTART:
        return asked(Form(stage=Stage.NAME, consent=form.consent), setting)
    return _something_else(form, heard, setting)


def _something_else(form: Form, heard: Transcript, setting: Setting) -> Step:
    """Take neither yes nor no to the summary: another time, a digit put right, or nothing understood."""
    reply = reply_in(heard)
    found = other_wishes(form, heard, setting) if reply is None else None
    if found is not None:
        return wished(replace(form, changing=True, rounds=form.rounds + 1, failed=0), found, setting)
    is_time = isinstance(when_in(heard, now=setting.now(), office=setting.office), Wishes)  # 午後 is no 55
    corrected = correct(form.phone, heard) if reply is None and not is_time else None
    if isinstance(corrected, Corrected) and corrected.changed:
        moved = replace(form, phone=corrected.draft, stage=Stage.PHONE_CHECK, changing=True, failed=0)
        return Step(form=moved, says=(say_phone("changed", corrected.draft),))
    # A summary nobody objects to is kept, with consent given, rather than lost: the desk reads it back at the call.
    return again(form, setting, on=lambda: Step(form=form, says=(say("sending"),), wanted=Wanted.STORE))


def _choose_change(form: Form, heard: Transcript, setting: Setting) -> Step:
    wish = wish_in(heard)
    if wish in CHANGES and form.rounds < MOST_ROUNDS:
        return change(form, CHANGES[wish], setting)
    reply = reply_in(heard)
    if reply in (Reply.NO, Reply.DECLINE):
        return asked(replace(form, stage=Stage.SUMMARY), setting)
    return again(form, setting, on=lambda: asked(replace(form, stage=Stage.SUMMARY), setting))


STAGES: Final[dict[Stage, Callable[[Form, Transcript, Setting], Step]]] = {
    Stage.CONSENT: _consent,
    Stage.KNOWN: _known,
    Stage.NAME: _name,
    Stage.NAME_CHECK: _name_check,
    Stage.PHONE: _phone,
    Stage.PHONE_CHECK: _phone_check,
    Stage.WHEN: take_when,
    Stage.OFFER: take_offer,
    Stage.SUMMARY: _summary,
    Stage.CHANGE: _choose_change,
    Stage.REMEMBER: take_remember,
    Stage.LATER: take_later,
    Stage.FORGET: take_forget,
}
