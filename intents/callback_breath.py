"""Name and number of a request, told in one breath."""

import re
from dataclasses import replace
from typing import Final

from intents.callback_form import Form
from intents.name_slot import NameHeard, name_in
from intents.phone_extensions import extension_in
from intents.phone_slot import EMPTY, HeardKind, hear_digits
from intents.transcripts import Transcript, typed

_CLAUSES: Final = re.compile(r"[、。，,\s]+")


def name_and_number(form: Form, heard: Transcript) -> Form | None:
    """Take both from 「山田花子です、電話は…」, told in one breath; nothing without a whole number beside the name."""
    clauses = [typed(clause) for clause in _CLAUSES.split(heard.best.text if heard.best else "") if clause]
    drafts = [found.draft for one in clauses if (found := hear_digits(EMPTY, one)).kind is HeardKind.COMPLETE]
    names = [name for one in clauses[:1] if isinstance(name := name_in(one), NameHeard)]
    if form.changing or len(drafts) != 1 or not names:
        return None
    return replace(form, name=names[0], phone=drafts[0], extension=extension_in(heard))
