"""Reading a logged conversation: which matters it holds and how each ended.  The rules stand in `server.insight.material`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

from intents.callback_leaving import wants_human
from intents.complaints import is_complaint
from intents.prompts import prompt
from intents.replies import Reply, reply_in
from intents.solved_words import solved_in
from server.insight.listening import as_heard, is_danger, is_suggestion, reading_heard, says_what_for
from server.insight.material import Asked, Ending, Said, Sign
from server.talks import LoggedConversation, LoggedTurn

ASKED_BACK: Final = "clarify"  # outcomes of the device
CALLBACK: Final = "callback"
ANSWERED: Final = "answer"


class Word(StrEnum):
    """What an utterance is, besides a matter."""

    YES = "yes"
    NO = "no"
    SOLVED = "solved"  # said of one's own accord
    THANKS = "thanks"
    HUMAN = "human"
    OTHER = "other"  # any other reply: もう一度, 次, すみません


@dataclass(slots=True)
class _Matter:
    """A matter while its conversation is read."""

    first: LoggedTurn
    said: list[Said]
    topic: str | None = None
    refused: list[str] = field(default_factory=list)
    outcome: str = ""
    asked_back: int = 0
    sign: Sign | None = None  # YES or THANKS
    denied: bool = False  # the last answer did not solve it


def matters_of(talk: LoggedConversation) -> list[Asked]:
    """Return the matters of a conversation, in their order; none when nothing was asked."""
    found, form_at = _read(talk.turns)
    of_request = _of_request(found, form_at) if talk.callback is not None else None
    return [_asked(talk, matter, is_requested=matter is of_request, form_at=form_at) for matter in found]


def matters_in(talks: Iterable[LoggedConversation]) -> Iterator[Asked]:
    """Yield the matters of all conversations."""
    for talk in talks:
        yield from matters_of(talk)


def _read(turns: tuple[LoggedTurn, ...]) -> tuple[list[_Matter], int | None]:
    """Return the matters and the number of the turn with which a request was begun last."""
    found: list[_Matter] = []
    form_at: int | None = None
    before: LoggedTurn | None = None
    for number, turn in enumerate(turns):
        if turn.stage is None and turn.heard:
            _hear(found, number, turn, before)
        if turn.outcome == CALLBACK and turn.stage is None:
            form_at = number
        before = turn
    return found, form_at


def _hear(found: list[_Matter], number: int, turn: LoggedTurn, before: LoggedTurn | None) -> None:
    current = found[-1] if found else None
    asked_solved = before is not None and _asks_solved(before.said)
    word = _word(turn.heard, asked_solved=asked_solved)
    if word is Word.NO and not asked_solved and turn.outcome == ANSWERED:
        word = Word.OTHER  # nothing was refused but an offer
    if word is Word.HUMAN and (current is None or current.sign is not None) and _says_what_for(turn.heard):
        word = None  # nothing was brought up before it
    if word is None:
        said = Said(turn=number, text=turn.heard, reading=reading_heard(turn.heard))
        if current is None or not _goes_on(current, turn, before):
            current = _Matter(first=turn, said=[])
            found.append(current)
        elif current.topic is not None and current.topic == turn.topic:
            current.asked_back += 1  # the same answer once more
        current.said.append(said)
    if current is not None:
        _note(current, turn, word)


def _goes_on(current: _Matter, turn: LoggedTurn, before: LoggedTurn | None) -> bool:
    """Whether words belong to the matter before them."""
    asked_back = before is not None and before.outcome == ASKED_BACK
    return current.sign is None and (asked_back or (turn.topic is not None and turn.topic == current.topic))


def _note(matter: _Matter, turn: LoggedTurn, word: Word | None) -> None:
    """Write down what a turn about a matter came to."""
    matter.outcome = turn.outcome
    if word is Word.NO and matter.topic is not None and not matter.denied:
        matter.refused.append(matter.topic)
        matter.denied = True
    answered = turn.topic is not None and word is not Word.HUMAN  # what is said of humans answers no matter
    if answered and not (matter.denied and turn.topic == matter.topic):
        matter.topic, matter.denied = turn.topic, False
    elif turn.outcome == ASKED_BACK and word in (None, Word.YES, Word.NO):
        matter.asked_back += 1
    elif matter.topic is not None and not matter.denied and word in _CONFIRM:
        matter.sign = _CONFIRM[word] if matter.sign is None else matter.sign


_CONFIRM: Final = {Word.YES: Sign.YES, Word.SOLVED: Sign.YES, Word.THANKS: Sign.THANKS}


def _of_request(found: list[_Matter], form_at: int | None) -> _Matter | None:
    """Return the matter that a request is about; None when it came of nothing that was said before."""
    if form_at is None:
        return found[-1] if found and found[-1].sign is None else None
    before = [matter for matter in found if matter.said[0].turn <= form_at]
    return before[-1] if before and before[-1].sign is None else None


def _asked(talk: LoggedConversation, matter: _Matter, *, is_requested: bool, form_at: int | None) -> Asked:
    sign = Sign.REQUEST if is_requested else matter.sign or _sign(matter, form_at)
    heard = [(said.text, said.reading) for said in matter.said]
    return Asked(
        talk=talk.id,
        device=talk.device,
        at=matter.first.at,
        said=tuple(matter.said),
        topic=matter.topic,
        refused=tuple(matter.refused),
        outcome=matter.outcome,
        asked_back=matter.asked_back,
        ending=_ENDINGS.get(sign, Ending.LOST),
        sign=sign,
        request=talk.callback if is_requested else None,
        complaint=any(_complains(text) for text, _ in heard),
        suggestion=any(is_suggestion(*one) for one in heard),
        danger=any(is_danger(*one) for one in heard),
    )


_ENDINGS: Final = {
    Sign.YES: Ending.VOICE,
    Sign.THANKS: Ending.VOICE,
    Sign.QUIET: Ending.VOICE,
    Sign.REQUEST: Ending.HUMAN,
}


def _sign(matter: _Matter, form_at: int | None) -> Sign:
    """Return the sign of a matter that was neither confirmed nor requested."""
    is_left = form_at is not None and matter.said[0].turn <= form_at and matter.outcome == CALLBACK
    if is_left or (matter.topic is None and matter.outcome == ASKED_BACK):
        return Sign.LEFT
    if matter.denied:
        return Sign.REFUSED
    return Sign.UNANSWERED if matter.topic is None else Sign.QUIET


def _asks_solved(said: str) -> bool:
    return _told("solved") in said


@cache
def _told(name: str) -> str:
    """The beginning of a sentence of the device's, as far as it is always the same."""
    return prompt(name, desk="").text.strip("。")


@lru_cache(maxsize=65_536)
def _word(text: str, *, asked_solved: bool) -> Word | None:
    """What an utterance is besides a matter; None: it is a matter."""
    heard = as_heard(text)
    reply = solved_in(heard) if asked_solved else reply_in(heard)
    if reply is Reply.HUMAN or (reply is None and wants_human(heard)):
        return Word.HUMAN
    if reply is None:
        return None
    if reply is Reply.GOODBYE:
        return Word.SOLVED if "カイケツ" in reading_heard(text) else Word.THANKS
    if reply is Reply.YES:
        return Word.YES if asked_solved else Word.OTHER
    return Word.NO if reply in (Reply.NO, Reply.NOT_YET) else Word.OTHER


@lru_cache(maxsize=65_536)
def _says_what_for(text: str) -> bool:
    return says_what_for(reading_heard(text)) and reply_in(as_heard(text)) is None


@lru_cache(maxsize=65_536)
def _complains(text: str) -> bool:
    return is_complaint(as_heard(text))
