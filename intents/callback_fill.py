"""Taking down a request for a call by hand: the page's form, filled in or corrected, in place of answers one by one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from intents.callback_form import Form, Setting, Stage, Step
from intents.callback_moves import any_time, asked, to_summary, wished
from intents.callback_words import say
from intents.name_slot import NameHeard, name_in
from intents.phone_extensions import extension_in
from intents.phone_slot import EMPTY, HeardKind, hear_digits
from intents.transcripts import typed
from intents.when import when_in
from intents.when_types import Wishes

FIELDS: Final = ("name", "phone", "when")


def fill(form: Form | None, fields: Mapping[str, str], setting: Setting) -> Step:
    """Take what is written, and go on with the first thing that is missing or cannot be read; else to the summary.

    Sending the form is the consent that stands beside its button (`consent`); what is not given stays as it was.
    """
    form = form or Form()
    form = replace(form, consent=form.consent or say("consent").text, changing=False)
    for take in (_named, _numbered):
        form, missing = take(form, fields)
        if missing is not None:
            return asked(replace(form, stage=missing), setting)
    return _timed(form, fields, setting)


def _named(form: Form, fields: Mapping[str, str]) -> tuple[Form, Stage | None]:
    given = fields.get("name", "").strip()
    if given:
        found = name_in(typed(given))
        return (replace(form, name=found), None) if isinstance(found, NameHeard) else (form, Stage.NAME)
    return form, None  # without a name is no reason not to call


def _numbered(form: Form, fields: Mapping[str, str]) -> tuple[Form, Stage | None]:
    given = fields.get("phone", "").strip()
    if given:
        heard = hear_digits(EMPTY, typed(given))
        if heard.kind is not HeardKind.COMPLETE:
            return replace(form, phone=EMPTY, phone_asked=None), Stage.PHONE
        form = replace(form, phone=heard.draft, extension=extension_in(typed(given)), phone_asked=None)
    return form, None if form.phone.is_complete else Stage.PHONE


def _timed(form: Form, fields: Mapping[str, str], setting: Setting) -> Step:
    given = fields.get("when", "").strip()
    if not given:
        return to_summary(form, setting) if form.wishes else any_time(form, setting)
    found = when_in(typed(given), now=setting.now(), office=setting.office)
    if isinstance(found, Wishes):
        return wished(form, found, setting)
    return asked(replace(form, stage=Stage.WHEN), setting)
