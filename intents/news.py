"""What became of a call that was asked for, in words: pure, from what was told before to what is known now."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final

from intents.answers import Spoken
from intents.callback_words import slot
from intents.data_files import load
from intents.phrases import Phrasebook
from intents.transcripts import Transcript
from intents.when_types import Window

CLOSED: Final = "closed"
ASKED_BY_SMS: Final = "asked_by_sms"
SILENT: Final = frozenset({"erased", "being_called"})  # nothing is told of these
WITHDRAWN: Final = "withdrawn"
FAILED: Final = {"unreachable": "given_up", "wrong_number": "wrong_number"}
SPOKEN_WITH: Final = frozenset({"satisfied", "calmed", "unsolved", "passed_on"})  # only then there is something to rate


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNews:
    """How a request stands; codes are the desk's (docs/desk-api.md)."""

    state: str
    promise: Window | None = None
    agent: str | None = None
    calls: int = 0  # that rang
    close_reason: str | None = None


class Rating(StrEnum):
    """The answer to the one question after a case."""

    YES = "yes"
    NO = "no"
    NEITHER = "neither"


def told(before: CallNews | None, after: CallNews, now: datetime) -> tuple[Spoken, ...]:
    """Return what is new to the customer; `before` is what was told last, None: not even that it arrived."""
    if after.state in SILENT or after == before:
        return ()
    says = _of_end(before, after) if after.state == CLOSED else _of_calls(before, after, now)
    return (_say("opening"), *says) if says else ()


def asks_rating(before: CallNews | None, after: CallNews) -> bool:
    """Whether the customer is asked, once, how it was."""
    ended = after.state == CLOSED and (before is None or before.state != CLOSED)
    return ended and after.close_reason in SPOKEN_WITH


def rating_question() -> Spoken:
    """The one question."""
    return _say("satisfied_asked")


def rating_in(heard: Transcript) -> Rating | None:
    """The answer to it; None for anything else."""
    found = _ratings().meaning(heard)
    return Rating(found) if found else None


def thanks_for(rating: Rating) -> Spoken:
    """What is said to an answer."""
    return _say(f"thanks_{rating.value}")


def _of_end(before: CallNews | None, after: CallNews) -> tuple[Spoken, ...]:
    if (before and before.state == CLOSED) or after.close_reason == WITHDRAWN:
        return ()
    return (_say(FAILED.get(after.close_reason or "", "closed")),)


def _of_calls(before: CallNews | None, after: CallNews, now: datetime) -> tuple[Spoken, ...]:
    """What was tried, when the next call comes, who calls."""
    rang = after.calls > (before.calls if before else 0)
    moved = after.promise != (before.promise if before else None)
    says: list[Spoken] = []
    if after.state == ASKED_BY_SMS:
        return (_say("sms"),) if before is None or before.state != ASKED_BY_SMS else ()
    if rang:
        says.append(_say("not_reached"))
    if after.promise is not None and (moved or rang):
        name = "next_call" if rang else "moved" if before and before.promise else "promised"
        says.append(_say(name, slot=slot(after.promise, now)))
    elif rang:
        says.append(_say("again_later"))
    elif after.promise is None and moved:
        says.append(_say("no_longer_promised"))
    elif before is None:
        says.append(_say("arrived"))
    if after.agent and after.agent != (before.agent if before else None):
        says.append(_say("agent", agent=Spoken(text=after.agent)))
    return tuple(says)


def _say(sentence: str, /, **parts: Spoken) -> Spoken:
    text = load("news")["say"][sentence].format(**{key: part.text for key, part in parts.items()})
    overrides: dict[str, str] = dict(load("prompts")["readings"])
    for part in parts.values():
        overrides |= part.overrides
    return Spoken(text=text, overrides=overrides)


@cache
def _ratings() -> Phrasebook:
    return Phrasebook(load("news")["wordings"])
