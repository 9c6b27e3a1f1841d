"""Between a form and everything else: whether something else was asked, and how the talk comes back to the form."""

from dataclasses import replace

from intents.answers import Spoken
from intents.assent import without_assent
from intents.callback_form import Form, Setting, Stage, Step, Wanted, is_over
from intents.callback_leaving import wants_human
from intents.callback_memory import AFTERWARDS
from intents.callback_moves import after, again, question, without_name
from intents.callback_words import say
from intents.complaints import is_complaint
from intents.decision import Ambiguous, Decision, Unknown
from intents.form_wishes import wish_in
from intents.phone_excuses import excuse_in
from intents.questions import asks, asks_about_names
from intents.transcripts import Transcript
from intents.when_asked import asks_for_time

LIKELY = 0.5  # what is more likely a question than not is no name
NAME_ENDINGS = ("デス", "モーシマス", "イーマス")
OF_THE_FORM = frozenset({"goodbye", "cancel", "skip"})
TIMED = frozenset({Stage.WHEN, Stage.OFFER, Stage.SUMMARY})  # where a time may be told


def is_question(form: Form, step: Step, heard: Transcript, decision: Decision) -> bool:
    """Whether an utterance asks for an article; what the form can well take (digits, a time, a known name) is no question."""
    if wants_human(heard) or wish_in(heard) in OF_THE_FORM or _has_digits(form, step) or isinstance(decision, Unknown):
        return False
    if form.stage is Stage.PHONE and excuse_in(heard):  # 「携帯でもいいですか」
        return False
    if form.stage in TIMED and asks_for_time(heard):  # 「日曜は？」
        return False
    is_asked = asks(heard)
    is_no_name = form.stage is Stage.NAME and not _is_name(step, heard)
    if isinstance(decision, Ambiguous):
        likely = decision.candidates[0].score >= LIKELY
        return (is_asked and (not step.understood or failed(form, step) or is_no_name)) or (is_no_name and likely)
    return is_asked or is_no_name or not step.understood


def back(form: Form, setting: Setting) -> tuple[Spoken, ...]:
    """Say that the form goes on, and its question; what comes after the request is no more of the form."""
    asked = question(form, setting)
    return (asked,) if form.stage in AFTERWARDS else (say("back"), asked)


def beside(step: Step, heard: Transcript) -> Transcript:
    """Return what may tell of something else than the form asked: of an answer it understood, not 「大丈夫です」."""
    return without_assent(heard) if step.understood else heard


def come_back(form: Form, heard: Transcript, step: Step, setting: Setting) -> Step:
    """Take the first utterance after a danger: はい is meant for the danger, but a plain answer to the form is taken.

    What ends the form or asks for a human stays what it is.
    """
    if is_over(step.form) or step.finished or step.form.leaving or wants_human(heard):
        return step
    if heard.best is not None and _is_answer(form, step):
        return replace(step, says=(say("back"), *step.says))
    return Step(form=replace(form, silent=step.form.silent), says=back(form, setting))


def with_apology(step: Step, form: Form, heard: Transcript) -> Step:
    """Tell of a question that no article answers who will."""
    if step.understood or step.form.stage is not form.stage or not asks(heard) or asks_about_names(heard):
        return step
    return replace(step, says=(say("not_mine"), *step.says))


def is_complaint_to(form: Form, step: Step, heard: Transcript) -> bool:
    """Whether an utterance complains, and is not the answer to the form: 「最低でも明日」 is a time."""
    takes_time = step.wanted is Wanted.SLOTS and step.understood
    return is_complaint(heard) and not (takes_time or _has_digits(form, step) or _has_family(step, form))


def with_sympathy(step: Step, form: Form, setting: Setting, *, is_first: bool) -> Step:
    """Say that it is told to a human, word for word, and ask the question again; the first time it is no failed turn."""
    if is_over(step.form) or step.form.humans > form.humans or step.wanted is Wanted.STORE:
        return step
    sorry = say("consent_complaint")
    if is_first:
        return Step(form=replace(form, silent=0), says=(sorry, question(form, setting, brief=1)))
    if step.form.name != form.name:  # 「ふざけるな」 is no name
        step = again(form, setting, on=lambda: _past_name(form, setting))
    return replace(step, says=(sorry, *step.says))


def _past_name(form: Form, setting: Setting) -> Step:
    return after(form, Stage.PHONE, setting) if form.name else without_name(form, setting)


def failed(form: Form, step: Step) -> bool:
    """Whether the form is where it was, with one more failure or silence."""
    after = step.form
    return not is_over(after) and (after.failed > form.failed or after.silent > form.silent)


def _is_answer(form: Form, step: Step) -> bool:
    if step.wanted is Wanted.SLOTS:
        return step.understood and form.stage in (Stage.WHEN, Stage.OFFER)
    return _has_digits(form, step) or (form.stage is Stage.NAME and _has_family(step))


def _has_digits(form: Form, step: Step) -> bool:
    return form.stage is Stage.PHONE and len(step.form.phone.digits) > len(form.phone.digits)


def _is_name(step: Step, heard: Transcript) -> bool:
    return _has_family(step) or (heard.best is not None and heard.best.reading.endswith(NAME_ENDINGS))


def _has_family(step: Step, form: Form | None = None) -> bool:
    is_new = form is None or step.form.name != form.name
    return is_new and step.form.name is not None and bool(step.form.name.family)
