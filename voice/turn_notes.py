"""What is written down of a turn, and what is not: never a word of what is said while a request is taken down."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from intents.callback_form import Form, Stage
from intents.conversation_state import Outcome, State
from intents.masking import LONG_NUMBER, PART_OF_NUMBER, masked, writings_of
from intents.replies import reply_in

if TYPE_CHECKING:
    from voice.assistant import Turn

LONGEST: Final = 1_000  # signs of what is written down; the desk takes no more
_LOOKED_AT: Final = 1_200  # signs of what is masked
NEWS: Final = "news"  # the stage in which news of earlier requests are told
_OVER: Final = "over"  # the stage after a form


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A turn and what was around it."""

    turn: "Turn"
    before: State
    after: State
    news: bool = False  # it was about news of earlier requests
    says_news: bool = False  # some may be in what was said
    request: UUID | None = None  # for a call, kept in this turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A turn as it is written down."""

    at: datetime  # aware
    heard: str  # masked; "" for silence, and for all that was heard while a request was taken down or spoken of
    said: str  # masked; the stage in brackets where a name, a number or a promise may have been said
    outcome: str
    topic: str | None = None
    score: float | None = None  # of the best candidate
    stage: str | None = None  # of the form when it was heard, or `NEWS`; None outside of one
    understood: bool = True


def entry(exchange: Exchange, *, at: datetime, names: Collection[str] = (), told: bool = False) -> Entry:
    """Return what may be kept.  `told`: a request was taken down earlier in this conversation, with these `names`."""
    turn, before = exchange.turn, exchange.before
    best, reaction = turn.heard.best, turn.reaction
    return Entry(
        at=at,
        heard=_written(best.text, names, told) if best and before.form is None and not exchange.news else "",
        said=_said(exchange, names, told),
        outcome=NEWS if exchange.news else reaction.outcome.value,
        topic=reaction.topic.id if reaction.topic else None,
        score=reaction.candidates[0].score if reaction.candidates else None,
        stage=_stage(exchange),
        understood=_understood(exchange),
    )


def names_in(exchange: Exchange) -> frozenset[str]:
    """Return how the customer's name may be written, as far as the form has it."""
    forms = (exchange.before.form, exchange.after.form)
    return frozenset[str]().union(*(writings_of(form.name) for form in forms if form and form.name))


def _written(text: str, names: Collection[str], told: bool) -> str:
    plain = "".join(
        sign for sign in text[:_LOOKED_AT] if unicodedata.category(sign) not in ("Cc", "Cs") or sign == "\n"
    )
    return masked(plain, names, digits=PART_OF_NUMBER if told else LONG_NUMBER)[:LONGEST].strip()


def _said(exchange: Exchange, names: Collection[str], told: bool) -> str:
    """What was said where it cannot be about the customer: a repetition after a request may be."""
    if exchange.news or exchange.says_news:
        return f"[{NEWS}]"
    before, after, reaction = exchange.before.form, exchange.after.form, exchange.turn.reaction
    is_public = before is None and (after is None or after.stage is Stage.CONSENT)
    if is_public and (not told or reaction.topic is not None):
        return _written(exchange.turn.text, names, told=False)
    return f"[{after.stage if after else _OVER}]"


def _stage(exchange: Exchange) -> str | None:
    if exchange.news:
        return NEWS
    return exchange.before.form.stage.value if exchange.before.form else None


def _understood(exchange: Exchange) -> bool:
    turn, before, after = exchange.turn, exchange.before, exchange.after
    if turn.heard.best is None:
        return False
    if exchange.news or turn.reaction.topic is not None:
        return True
    if before.form is not None:
        return _went_on(before.form, after.form)
    if turn.reaction.outcome is Outcome.CALLBACK:  # asked for, or because nothing else was found
        return reply_in(turn.heard) is not None
    return turn.reaction.outcome is Outcome.ANSWER or bool(after.choices and not after.asked_again)


def _went_on(before: Form, after: Form | None) -> bool:
    return (
        after is None or (after.failed, after.silent) <= (before.failed, before.silent) or after.stage != before.stage
    )
