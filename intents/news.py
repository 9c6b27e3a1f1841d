"""What became of a call that was asked for, in words: pure, from what was told before to what is known now."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final

from intents.answers import Spoken
from intents.callback_words import because_of, slot
from intents.complaints import is_complaint
from intents.data_files import load
from intents.phrases import Phrasebook
from intents.transcripts import Transcript, typed
from intents.when_types import Window

CLOSED: Final = "closed"
ASKED_BY_SMS: Final = "asked_by_sms"
SILENT: Final = frozenset({"erased", "being_called"})  # nothing is told of these
REFUSED: Final = "refused"  # of this device: the desk would not take the request, it is kept here for a person
WITHDRAWN: Final = "withdrawn"
ENDS: Final = {"unreachable": "given_up", "wrong_number": "wrong_number", "passed_on": "passed_on"}
NOT_IN_VAIN: Final = frozenset({"reached", "call_later"})  # the customer was spoken with
SPOKEN_WITH: Final = frozenset({"satisfied", "calmed", "unsolved", "passed_on"})  # only then there is something to rate


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNews:
    """How a request stands; codes are the desk's (docs/desk-api.md)."""

    state: str
    promise: Window | None = None
    agent: str | None = None
    calls: int = 0  # that rang
    close_reason: str | None = None
    last_outcome: str | None = None  # of the last call that rang
    tier: str = field(
        default="", compare=False
    )  # of the customer, because of which the promise is so early; alone no news


class FollowUp(StrEnum):
    """What is asked, or may be asked for, after a piece of news."""

    NOTHING = "nothing"
    RATING = "rating"
    OFFER = "offer"  # nothing is promised (any more): free times are offered
    CHANGE = "change"  # a time the customer has not chosen is promised: another one may be had


class Rating(StrEnum):
    """The answer to the one question after a case."""

    YES = "yes"
    NO = "no"
    NEITHER = "neither"


def told(before: CallNews | None, after: CallNews, now: datetime) -> tuple[Spoken, ...]:
    """Return what is new to the customer; `before` is what was told last, None: not even that it arrived."""
    says = changes(before, after, now)
    again_later = _say("again_later") if _rang(before, after) and not after.promise and says else None
    is_open = after.state not in (CLOSED, ASKED_BY_SMS)
    return (opening(), *says, *((again_later,) if again_later and is_open else ())) if says else ()


def opening() -> Spoken:
    """Return what news begins with."""
    return _say("opening")


def changes(before: CallNews | None, after: CallNews, now: datetime) -> tuple[Spoken, ...]:
    """Return the same without its opening, and without what comes next where nothing is promised (`follow_up`)."""
    if after.state in SILENT or after == before:
        return ()
    if after.state == REFUSED:
        return (_say("refused"),)
    before = None if before and before.state == REFUSED else before  # mended since: all is new
    return _of_end(before, after) if after.state == CLOSED else _of_calls(before, after, now)


def follow_up(before: CallNews | None, after: CallNews) -> FollowUp:
    """Return what a piece of news leads to; once only, as the news."""
    if asks_rating(before, after):
        return FollowUp.RATING
    if after.state in SILENT or after.state in (CLOSED, REFUSED) or after == before:
        return FollowUp.NOTHING
    was_promised = before.promise if before else None
    if after.promise is None:
        return FollowUp.OFFER if was_promised or _rang_in_vain(before, after) else FollowUp.NOTHING
    moved = was_promised is not None and after.promise != was_promised
    return FollowUp.CHANGE if moved or _rang(before, after) else FollowUp.NOTHING


def asks_rating(before: CallNews | None, after: CallNews) -> bool:
    """Whether the customer is asked, once, how it was."""
    ended = after.state == CLOSED and (before is None or before.state != CLOSED)
    return ended and after.close_reason in SPOKEN_WITH


def rating_question() -> Spoken:
    """The one question."""
    return _say("satisfied_asked")


def rating_in(heard: Transcript) -> Rating | None:
    """The answer to it; None for anything else."""
    said = set(_ratings().pieces(heard))
    found = _ratings().meaning(heard) or (said.pop() if len(said) == 1 else None) or _first_word(heard)
    if found is None and is_complaint(heard):
        return Rating.NO
    return Rating(found) if found else None


def _first_word(heard: Transcript) -> str | None:
    """「全然だめだよ、あんな態度じゃ」: what is told before the first pause, where pauses are written."""
    first, _, more = (heard.best.text if heard.best else "").partition("、")
    return _ratings().meaning(typed(first)) if first and more else None


def call_question() -> Spoken:
    """Whether an unhappy customer wants another call, once more."""
    return _say("call_asked")


def no_call_then() -> Spoken:
    """What is said when no other call is wanted."""
    return _say("no_call_then")


def thanks_for(rating: Rating) -> Spoken:
    """What is said to an answer."""
    return _say(f"thanks_{rating.value}")


def _of_end(before: CallNews | None, after: CallNews) -> tuple[Spoken, ...]:
    if (before and before.state == CLOSED) or after.close_reason == WITHDRAWN:
        return ()
    return (_say(ENDS.get(after.close_reason or "", "closed")),)


def _of_calls(before: CallNews | None, after: CallNews, now: datetime) -> tuple[Spoken, ...]:
    """What was tried, when the next call comes, who calls."""
    rang = _rang(before, after)
    moved = after.promise != (before.promise if before else None)
    says: list[Spoken] = []
    if after.state == ASKED_BY_SMS:
        return (_say("sms"),) if before is None or before.state != ASKED_BY_SMS else ()
    if _rang_in_vain(before, after):
        says.append(_say("not_reached"))
    if after.promise is not None and (moved or rang):
        name = "next_call" if rang else "moved" if before and before.promise else "promised"
        says.append(_say(name, slot=slot(after.promise, now)))
        says.extend([because_of(after.tier)] if after.tier and moved and not rang else [])
    elif after.promise is None and moved and not rang:
        says.append(_say("no_longer_promised"))
    elif before is None and not rang:
        says.append(_say("arrived"))
    if after.agent and after.agent != (before.agent if before else None):
        says.append(_say("agent", agent=Spoken(text=after.agent)))
    return tuple(says)


def _rang(before: CallNews | None, after: CallNews) -> bool:
    return after.calls > (before.calls if before else 0)


def _rang_in_vain(before: CallNews | None, after: CallNews) -> bool:
    return _rang(before, after) and after.last_outcome not in NOT_IN_VAIN


def _say(sentence: str, /, **parts: Spoken) -> Spoken:
    text = load("news")["say"][sentence].format(**{key: part.text for key, part in parts.items()})
    overrides: dict[str, str] = dict(load("prompts")["readings"])
    for part in parts.values():
        overrides |= part.overrides
    return Spoken(text=text, overrides=overrides)


@cache
def _ratings() -> Phrasebook:
    data = load("news")
    return Phrasebook(data["wordings"], beside=data["thanks"]["words"])
