"""Customers a device knows: whether one of them calls, whether somebody may be remembered, and forgetting everybody."""

from dataclasses import replace
from functools import cache
from typing import Final

from intents.address import Address
from intents.answers import Spoken
from intents.callback_form import Form, Known, Setting, Stage, Step, Wanted
from intents.callback_moves import again, asked
from intents.callback_words import addressed, desk, filled, say
from intents.complaints import is_complaint
from intents.data_files import load
from intents.distance import split_morae
from intents.known_customers import meant_in, other_name
from intents.phrases import Phrasebook
from intents.questions import asks
from intents.readings import reading_of
from intents.replies import Reply, reply_in, wordings
from intents.story import later_in, story_sentence
from intents.transcripts import Transcript

AFTERWARDS: Final = (
    Stage.REMEMBER,
    Stage.LATER,
    Stage.FORGET,
)  # no request is being taken down (any more): nothing to be cancelled
BRIEF: Final = 10  # morae
_CLEAR_NO: Final = 4  # kana
PATIENCE: Final = 2  # answers that were not understood
_FOR_OTHERS: Final = (None, Reply.HUMAN, Reply.GOODBYE)  # replies that are no answer to yes or no


def is_forgetting(heard: Transcript, setting: Setting) -> bool:
    """Whether the customer wants to be forgotten; 「登録を消して」 only where somebody is remembered or may be.

    Whole sentences about it count in any hypothesis: nothing is erased before the customer was asked.
    """
    wishes, first = _wishes_to_be_forgotten(), True
    for one in heard.hypotheses:
        found = wishes.meaning(replace(heard, hypotheses=(one,)))
        if found == "clear" or (first and found == "alone"):
            return True
        if first and found == "unclear":
            return setting.remembers or setting.kept or bool(setting.known)
        first = False
    return False


def is_brief(heard: Transcript) -> bool:
    """Whether it is too short to be about something else: 「うーん、どうかな」."""
    best = heard.best
    if best is None:
        return True
    says_something = asks(heard) or is_complaint(heard) or _wishes_to_be_forgotten().meaning(heard)
    return len(split_morae(best.reading)) <= BRIEF and not says_something


def ask_whether_to_forget(setting: Setting, form: Form | None = None) -> Step:
    """Ask before everything is erased; `form` is a request that goes on afterwards."""
    if not (setting.known or setting.kept):
        return Step(form=Form(stage=Stage.LEFT), says=(say("nobody_known"),))
    return Step(form=replace(form or Form(), stage=Stage.FORGET, failed=0, silent=0), says=(say("forget"),))


def which_known(form: Form, heard: Transcript, setting: Setting) -> Step:
    """Take the answer to whether it is one whom the device knows; whoever is not understood is asked as anybody."""
    customers, reply = asked_about(form, setting), reply_in(heard)
    if is_forgetting(heard, setting):
        return ask_whether_to_forget(setting, form)
    if reply is Reply.YES and len(customers) == 1:
        return _is(form, customers[0], setting)
    if reply in (Reply.NO, Reply.DECLINE) or _answers("other").meaning(heard) == "other":
        return _is_somebody_else(form, setting)
    return _by_name(form, heard, customers, setting)


def _by_name(form: Form, heard: Transcript, customers: tuple[Known, ...], setting: Setting) -> Step:
    meant = meant_in(heard, customers)
    if len(meant.customers) == 1 and meant.is_sure:
        return _is(form, meant.customers[0], setting)
    if len(meant.customers) == 1 and len(customers) > 1:
        return asked(replace(form, known=meant.customers[0]), setting)
    other = None if meant.is_sure and meant.customers else other_name(heard)
    if other:
        return asked(replace(form, stage=Stage.NAME_CHECK, name=other, known=None), setting)
    if form.failed + 1 >= PATIENCE or _begins_with_no(heard):
        return _is_somebody_else(form, setting)
    return again(form, setting, on=lambda: _is_somebody_else(form, setting))


def _begins_with_no(heard: Transcript) -> bool:
    """「違います、娘です」; 「ううん」 and 「いや」 may as well be hesitation."""
    noes = tuple(told for told in map(reading_of, wordings()[Reply.NO]) if len(told) >= _CLEAR_NO)
    return heard.best is not None and heard.best.reading.startswith(noes)


def asked_about(form: Form, setting: Setting) -> tuple[Known, ...]:
    """Return whom the customer is asked about: all whom the device knows, or the one who is likely."""
    return (form.known,) if form.known else setting.known


def _is(form: Form, customer: Known, setting: Setting) -> Step:
    form = replace(form, stage=Stage.WHEN, name=customer.name, phone=customer.phone, known=customer)
    form = replace(form, address=form.address or customer.address)
    return asked(form, setting, *((_found(form, customer),) if len(setting.known) > 1 else ()))


def _found(form: Form, customer: Known) -> Spoken:
    if form.address is Address.PLAIN:
        return say("known_found_plain")
    return filled("known_found", name=addressed(customer.name, form.address))


def _is_somebody_else(form: Form, setting: Setting) -> Step:
    return asked(replace(form, stage=Stage.NAME, known=None), setting)


def finished(form: Form, told: Spoken, setting: Setting) -> Step:
    """End with a request that is kept; ask once whether its customer may be remembered, unless that is so already."""
    if not setting.remembers or form.name is None or _is_remembered(form, setting):
        return Step(form=replace(form, stage=Stage.DONE), says=(told,))
    has_moved = form.known is not None and form.known.phone.digits != form.phone.digits
    question = say("remember_number" if has_moved else "remember")
    return Step(form=replace(form, stage=Stage.REMEMBER, failed=0, silent=0), says=(told, question))


def _is_remembered(form: Form, setting: Setting) -> bool:
    name, digits = form.name, form.phone.digits
    return any(name and one.name.reading == name.reading and one.phone.digits == digits for one in setting.known)


def customer_of(form: Form) -> Known:
    """Return whom `Wanted.REMEMBER` is about.  Raises ValueError without a name."""
    if form.name is None:
        raise ValueError("without a name nobody is remembered")
    asked_before = form.known.may_ask if form.known else None
    return Known(
        name=form.name, phone=form.phone, address=form.address, may_ask=bool(asked_before), request=form.request
    )


def is_about_memory(heard: Transcript) -> bool:
    """Whether it answers one of the questions here in words of its own: 「覚えておいて」, 「消さないで」."""
    return any(_answers(name).meaning(heard) for name in load("remembering")["answers"])


def take_remember(form: Form, heard: Transcript, _setting: Setting) -> Step:
    """Take the answer; only a yes is one, and whoever goes on speaking of something else is not held up."""
    reply, meant = reply_in(heard), _answers("remember", "remember_not").meaning(heard)
    if reply is Reply.YES or meant == "remember":
        return Step(form=form, says=(), wanted=Wanted.REMEMBER)
    understood = heard.best is None or reply not in _FOR_OTHERS or meant == "remember_not"
    return Step(form=replace(form, stage=Stage.DONE), says=(say("remember_no"),), understood=understood)


def remembered(form: Form, kept: bool) -> Step:
    """Tell whether the customer is remembered; ask once whether they may be asked later how things are."""
    if kept and (form.known is None or form.known.may_ask is None):
        return Step(form=replace(form, stage=Stage.LATER), says=(say("remembered"), say("later")))
    return Step(form=replace(form, stage=Stage.DONE), says=(say("remembered" if kept else "not_remembered"),))


def take_later(form: Form, heard: Transcript, _setting: Setting) -> Step:
    """Take the answer; only a yes is one, and whoever goes on speaking of something else is not held up."""
    answer = later_in(heard)
    if answer:
        return Step(form=form, says=(), wanted=Wanted.LATER)
    understood = heard.best is None or answer is False or reply_in(heard) not in _FOR_OTHERS
    return Step(form=replace(form, stage=Stage.DONE), says=(story_sentence("later_no"),), understood=understood)


def may_be_asked(form: Form, kept: bool) -> Step:
    """Tell whether it is written down that the customer may be asked later."""
    return Step(form=replace(form, stage=Stage.DONE), says=(story_sentence("later_yes" if kept else "later_failed"),))


def take_forget(form: Form, heard: Transcript, setting: Setting) -> Step:
    """Take the answer: only yes, or the wish once more, erases."""
    reply, meant = reply_in(heard), _answers("erase", "erase_not").meaning(heard)
    if reply is Reply.YES or meant == "erase" or is_forgetting(heard, setting):
        return Step(form=form, says=(), wanted=Wanted.FORGET)
    understood = heard.best is None or reply not in _FOR_OTHERS or meant == "erase_not"
    return _after_forgetting(form, setting, say("forget_no"), Stage.KNOWN, understood=understood)


def forgotten(form: Form, erased: bool, setting: Setting) -> Step:
    """Tell whether everything is erased."""
    told = say("forgotten") if erased else say("not_forgotten", desk=desk(setting.desk_phone))
    return _after_forgetting(form, setting, told, Stage.NAME)


def _after_forgetting(form: Form, setting: Setting, told: Spoken, stage: Stage, *, understood: bool = True) -> Step:
    if form.consent:  # a request goes on
        step = asked(replace(form, stage=stage, known=None), setting, told)
        return replace(step, understood=understood)
    return Step(form=replace(form, stage=Stage.LEFT), says=(told,), understood=understood)


@cache
def _answers(*names: str) -> Phrasebook:
    """Answers of one question; 「やめて」 is one to several."""
    table = load("remembering")["answers"]
    return Phrasebook({name: table[name] for name in names})


@cache
def _wishes_to_be_forgotten() -> Phrasebook:
    words = load("remembering")["forget"]
    wishes = {
        name: [f"{what}{verb}" for what in words[name] for verb in words["verbs"]] for name in ("clear", "unclear")
    }
    return Phrasebook({**wishes, "alone": words["alone"]})
