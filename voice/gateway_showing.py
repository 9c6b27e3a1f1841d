"""What a browser shows of a conversation's state: buttons to tap, the place among steps, the form of a request."""

from datetime import datetime
from typing import Final

from intents import callback_words as words
from intents.callback_form import Form, Stage
from intents.callback_memory import AFTERWARDS
from intents.conversation import State
from intents.phone_slot import read_back
from intents.readings import is_kana
from intents.replies import Reply, wordings
from intents.when_told import told
from server.gateway.ports import FormShown

_YES_OR_NO: Final = {Stage.CONSENT, Stage.NAME_CHECK, Stage.PHONE_CHECK, Stage.SUMMARY, *AFTERWARDS}


_KATAKANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}  # JIS X 0208 rows 5 and 4, as in Unicode


def shown(text: str) -> str:
    """Return what was heard as people read it: the embedded model's morae as hiragana, anything else as it is."""
    return text.translate(_KATAKANA) if is_kana(text) else text


def choices_of(state: State, now: datetime) -> tuple[str, ...]:
    """Return what can be tapped in place of being said; each is understood when it is sent as a line."""
    if state.choices:
        titles = tuple(one.topic.title for one in state.choices)
        return _yes_and_no() if len(titles) == 1 else titles
    if state.form and not state.put_aside:
        if state.form.stage is Stage.OFFER:
            return tuple(words.slot(one, now).text for one in state.form.offers)
        return _yes_and_no() if state.form.stage in _YES_OR_NO else ()
    return _yes_and_no() if state.asked_solved or (state.steps and state.step < 0) else ()


def steps_of(state: State) -> tuple[int, int]:
    """Return the step that was told last, from 1, and how many there are; 0 and 0 where none was."""
    return (state.step + 1, len(state.steps)) if state.steps and state.step >= 0 else (0, 0)


def form_of(state: State, now: datetime) -> FormShown | None:
    """Return the request as far as it was taken down, once the customer has agreed to that."""
    form = state.form
    if form is None or form.stage is Stage.CONSENT:
        return None
    return FormShown(
        asks=form.stage.value,
        name=(form.name.written or form.name.reading) if form.name else "",
        phone=read_back(form.phone).text,
        when=_when(form, now),
    )


def _when(form: Form, now: datetime) -> str:
    if form.slot:
        return words.slot(form.slot, now).text
    return told(form.wishes.windows, now).text if form.wishes else ""


def _yes_and_no() -> tuple[str, str]:
    return wordings()[Reply.YES][0], wordings()[Reply.NO][0]
