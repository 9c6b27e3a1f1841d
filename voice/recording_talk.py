"""Asking customers, at the end of a conversation, whether staff may hear what they said; in memory until a clear yes.

Nothing here writes sound anywhere: `RecordingBoard.keep` does, and is called with a yes alone.
"""

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from intents.answers import Spoken
from intents.callback_memory import is_brief
from intents.conversation import Outcome, Reaction, State
from intents.masking import LONG_NUMBER, PART_OF_NUMBER, masked
from intents.recording import RecordingWish, is_clear_yes, recording_sentence, recording_wish, wants_once_more
from intents.replies import Reply, reply_in
from intents.solved_words import solved_in
from intents.transcripts import Transcript
from server.recordings import BYTES_PER_S, LONGEST_S
from voice.recordings import Recording, Utterance
from voice.turn_notes import Exchange, names_in

_ANSWERS: Final = frozenset({
    Reply.YES, Reply.NO, Reply.DECLINE, Reply.STOP, Reply.WAIT, Reply.NOT_YET, Reply.REPEAT, Reply.SLOWER, Reply.FASTER,
})  # fmt: skip


class Erased(StrEnum):
    """What came of taking recordings back."""

    NOTHING = "nothing_to_erase"  # there are none
    HERE = "erased"
    THERE = "erased_there"  # here; the desk has it, or may have it, and is told
    FAILED = "not_erased"  # the disk would not have it


class RecordingBoard(Protocol):
    """Keeps recordings that were agreed to.  Never raises for what a disk does."""

    def may_ask(self, now: datetime) -> bool:
        """Whether nobody was asked on this day."""
        ...

    def note_asked(self, now: datetime) -> None:
        """Remember that somebody was."""
        ...

    def keep(self, recording: Recording) -> bool:
        """Keep a recording until the desk has it; False when that could not be."""
        ...

    def erase(self, *, last: bool) -> Erased:
        """Erase the recording made last, or all, here and at the desk."""
        ...


class NoBoard:
    """A `RecordingBoard` where there are no recordings."""

    def may_ask(self, now: datetime) -> bool:
        """Nobody is asked."""
        return False

    def note_asked(self, now: datetime) -> None:
        """Nothing to remember."""

    def keep(self, recording: Recording) -> bool:
        """Nothing is kept."""
        return False

    def erase(self, *, last: bool) -> Erased:
        """There is nothing."""
        return Erased.NOTHING


Place = tuple[UUID, int]
"""Where a turn stands in the log: the conversation, and the number of the turn in it, from 0."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was said in a turn, in memory."""

    turn: int
    heard: Transcript
    digits: int  # in a row that are taken for a number, see `masked`

    def is_public(self, names: frozenset[str]) -> bool:
        """Whether no hypothesis holds a name, number or address."""
        texts = (unicodedata.normalize("NFKC", one.text) for one in self.heard.hypotheses)
        return all(masked(text, names, digits=self.digits) == text for text in texts)


class RecordingTalk:
    """One customer, one thread.

    `share` of conversations are kept in memory, `LONGEST_S` of each at most, and asked about when they end well.  `place`
    says where in the log the turn stands that was just written down; None: nowhere, then it is not kept either.
    """

    def __init__(
        self,
        board: RecordingBoard,
        now: Callable[[], datetime],
        *,
        share: float,
        place: Callable[[], Place | None],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._board, self._now, self._place, self._chance = board, now, place, chance
        self._share = share
        self.forget()

    @property
    def asks(self) -> bool:
        """Whether the last thing said was the question."""
        return self._asked

    def forget(self) -> None:
        """Drop everything: the next customer begins anew."""
        self._kept: list[_Kept] = []
        self._withheld: list[int] = []
        self._names: frozenset[str] = frozenset()
        self._conversation: UUID | None = None
        self._request: UUID | None = None
        self._told = self._asked = self._was_repeated = self._others_spoke = False
        self._keeps: bool | None = None  # None: not drawn yet

    def take(self, heard: Transcript, is_question: Callable[[], bool]) -> tuple[Spoken, ...] | None:
        """Take the answer to the question, or what is wanted of recordings; None: it is about something else.

        Nothing to say: nobody is there any more.  Only a clear yes is one, and with all else the recording is gone.
        `is_question` tells whether the utterance asks for something the device knows.
        """
        if not self._asked:
            return self._wished(heard, is_question)
        if wants_once_more(heard) and not self._was_repeated:
            self._was_repeated = True
            return (recording_sentence("again"),)
        self._asked = False
        if is_clear_yes(heard):
            return (recording_sentence("kept" if self._keep() else "not_kept"),)
        self._drop()
        if heard.best is None:
            return ()
        return (recording_sentence("dropped"),) if _is_about_it(heard, is_question) else None

    def note(self, exchange: Exchange) -> None:
        """Keep what the customer said in a turn that is over, unless it is, or may be, about who they are."""
        self._request = exchange.request or self._request
        self._names |= names_in(exchange)
        place, heard = self._place(), exchange.turn.heard
        is_private = exchange.before.form is not None or exchange.news
        digits, self._told = (
            PART_OF_NUMBER if self._told else LONG_NUMBER,
            self._told or exchange.after.form is not None,
        )
        if place is None or not heard.sound or not self._is_kept(place[0]):
            return
        if is_private:
            self._withheld.append(place[1])
        elif sum(len(one.heard.sound) for one in self._kept) + len(heard.sound) <= LONGEST_S * BYTES_PER_S:
            self._kept.append(_Kept(place[1], heard, digits))

    def beside(
        self,
        before: State,
        after: State,
        reaction: Reaction,
        heard: Transcript,
        *,
        request: UUID | None,
        is_alone: bool,
    ) -> tuple[State, Reaction]:
        """Add the question where the conversation ends well: the matter is solved, or the `request` was taken down.

        `is_alone` False: something else was told or asked beside the answer; then never in this conversation.
        """
        self._others_spoke = self._others_spoke or not is_alone
        ends = (before.asked_solved and solved_in(heard) is Reply.YES) or request is not None
        if not ends or not self._fits(after, reaction) or not self._sounds():
            return after, reaction
        self._board.note_asked(self._now())
        self._asked, self._others_spoke = True, True  # once in a conversation
        told = replace(reaction, says=(*reaction.says, recording_sentence("asked")))
        return replace(after, said=told.says), told

    def _fits(self, after: State, reaction: Reaction) -> bool:
        is_open = (
            after.form is not None or after.choices or after.steps or reaction.finished or reaction.topic is not None
        )
        is_upset = after.danger or after.complaint
        is_told = reaction.outcome in (Outcome.ANSWER, Outcome.CALLBACK)
        return not (is_open or is_upset or self._others_spoke) and is_told and self._board.may_ask(self._now())

    def _wished(self, heard: Transcript, is_question: Callable[[], bool]) -> tuple[Spoken, ...] | None:
        """Do what is wanted; where there is nothing to do it may as well be a question about some recorder."""
        wish = recording_wish(heard)
        if wish is None:
            return None
        had_any, told = bool(self._kept), "wont"
        if wish is RecordingWish.ASKED:
            told = "told" if self._is_kept(self._conversation) else "told_off"
        else:
            self._drop()
        if wish in (RecordingWish.ERASE, RecordingWish.ERASE_LAST):
            erased = self._board.erase(last=wish is RecordingWish.ERASE_LAST)
            told = Erased.HERE if had_any and erased is Erased.NOTHING else erased
        is_idle = told in ("wont", "told_off", Erased.NOTHING) and not had_any
        return None if is_idle and is_question() else (recording_sentence(told),)

    def _is_kept(self, conversation: UUID | None) -> bool:
        """Whether this conversation is; another one, told from the last by the log, begins anew."""
        if self._conversation is not None and conversation != self._conversation:
            self._kept, self._withheld, self._others_spoke = [], [], True
        self._conversation = conversation
        if self._keeps is None:
            self._keeps = self._chance() < self._share and self._board.may_ask(self._now())
        return self._keeps

    def _sounds(self) -> tuple[Utterance, ...]:
        """What may be heard: a name that is known by now is in nothing that was said before, either."""
        return tuple(Utterance(one.turn, one.heard.sound) for one in self._kept if one.is_public(self._names))

    def _keep(self) -> bool:
        sounds, conversation = self._sounds(), self._conversation
        heard = {one.turn for one in sounds}
        withheld = sorted({*self._withheld, *(one.turn for one in self._kept if one.turn not in heard)})
        self._drop()
        if conversation is None:
            return False
        wording = recording_sentence("asked").text
        return self._board.keep(
            Recording(
                conversation=conversation, request=self._request, agreed_at=self._now(), wording=wording,
                utterances=sounds, withheld=tuple(withheld),
            )
        )  # fmt: skip

    def _drop(self) -> None:
        """Nothing of this conversation is kept, and nobody is asked, from now on."""
        self._kept, self._withheld, self._keeps, self._others_spoke, self._asked = [], [], False, True, False


def _is_about_it(heard: Transcript, is_question: Callable[[], bool]) -> bool:
    """Whether it answers the question, though not with a clear yes: else it is reacted to like anything else."""
    reply = reply_in(heard)
    if reply is None:
        return is_brief(heard) and not is_question()
    return reply in _ANSWERS
