"""Telling notices and tips in a conversation, at a moment where they fit; and taking what customers say about that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from intents.answers import Spoken
from intents.callback_memory import AFTERWARDS
from intents.conversation import Outcome, Reaction, State
from intents.conversation_state import AnswerBook
from intents.matching import Topic
from intents.notices import NoticeWish, notice_sentence, notice_wish
from intents.replies import Reply, reply_in
from intents.solved_words import says_solved
from intents.story import story_sentence
from intents.transcripts import Transcript
from server.notices import Kind, ToTell, in_order
from voice.notice_rules import Standing, due, shows_light

MOST_AT_ONCE: Final = 3  # when a customer asks for them
_OPENINGS: Final = {Kind.RECALL: "opening_recall", Kind.FOLLOW_UP: "opening_follow_up"}


class NoticeBoard(Protocol):
    """Keeps what there is to tell.  Never raises for what a disk does."""

    def standing(self) -> Standing:
        """Return what there is to tell, and what was told."""
        ...

    def note_told(self, notice: ToTell, now: datetime, *, unasked: bool, hinted: bool = False) -> None:
        """Remember that a notice was told; `hinted`: and how notices are stopped."""
        ...

    def switch(self, *, off: bool) -> bool:
        """Tell nothing unasked any more, or again; False when that could not be kept over a restart."""
        ...

    def may_tip(self, article_id: str, now: datetime) -> bool:
        """Whether the tip of this article may be told."""
        ...

    def note_tip(self, article_id: str, now: datetime) -> None:
        """Remember that it was told."""
        ...


class NoticeTalk:
    """What is told unasked beside a conversation.  One customer, one thread; `waits` is for any."""

    def __init__(
        self,
        board: NoticeBoard,
        now: Callable[[], datetime],
        *,
        is_quiet: Callable[[datetime], bool] = lambda _: False,
        off: str = "off",
        asks_stories: bool = False,
    ) -> None:
        """`is_quiet`: whether nothing is told unasked at that moment.  `off`: the sentence that it was switched off."""
        self._board = board
        self._now = now
        self._is_quiet = is_quiet
        self._off = off
        self._asks_stories = asks_stories
        self._asked: ToTell | None = None
        self._told_here: set[UUID] = set()
        self._solving: Topic | None = None  # whose answer the customer was asked about

    def waits(self) -> bool:
        """Whether the light is to say that something urgent waits."""
        now = self._now()
        return shows_light(self._board.standing(), now, quiet=self._is_quiet(now))

    def asked(self) -> ToTell | None:
        """Return the story that was asked since, once: what is said next is the answer."""
        found, self._asked = self._asked, None
        return found

    def forget(self) -> None:
        """The next customer begins anew."""
        self._told_here.clear()
        self._asked = None
        self._solving = None

    def wished(self, heard: Transcript, state: State) -> tuple[Spoken, ...] | None:
        """Do what a customer wants of notices; None where something else was said, or a request is being taken down."""
        if state.form is not None and state.form.stage not in AFTERWARDS:
            return None
        wish = notice_wish(heard)
        if wish is None:
            return None
        return self._switched_off() if wish is NoticeWish.OFF else self._told_all(wish)

    def to_the_room(self) -> tuple[Spoken, ...]:
        """Return what is told though nobody has spoken: something urgent, or nothing."""
        return self._unasked(to_the_room=True)

    def at_hello(self) -> tuple[Spoken, ...]:
        """Return what is told after a greeting, or nothing."""
        return self._unasked()

    def beside(
        self, before: State, after: State, reaction: Reaction, heard: Transcript, book: AnswerBook
    ) -> tuple[State, Reaction]:
        """Add to a reaction what fits there: the tip of an article that helped, a notice.

        Never to danger, nor while a request is being taken down.
        """
        solving, self._solving = self._solving, reaction.topic if after.asked_solved else None
        if after.danger or after.form is not None or after.choices:
            return after, reaction
        is_solved = before.asked_solved and says_solved(heard)
        tip = self._tip(solving, book) if is_solved and solving else ()
        first, last = self._around(after, reaction, heard, is_solved=is_solved)
        if not (first or tip or last):
            return after, reaction
        before_last = (*tip, *reaction.says) if reaction.finished else (*reaction.says, *tip)  # a farewell comes last
        told = replace(reaction, says=(*first, *before_last, *last))
        return replace(after, said=told.says), told

    def _around(
        self, after: State, reaction: Reaction, heard: Transcript, *, is_solved: bool
    ) -> tuple[tuple[Spoken, ...], tuple[Spoken, ...]]:
        """What is told before a reaction and after it.

        Before an answer that ends in a question, for what comes last is what is answered.
        """
        if reaction.finished:
            is_goodbye = reply_in(heard) is Reply.GOODBYE
            return self._unasked(is_asked_nothing=False) if is_goodbye else (), ()
        if not is_solved and (reaction.topic is None or reaction.outcome is not Outcome.ANSWER):
            return (), ()
        if not (after.asked_solved or after.steps):
            return (), self._unasked()
        told = self._unasked("opening_before", is_asked_nothing=False)
        return (*told, notice_sentence("then")) if told else (), ()

    def _tip(self, topic: Topic, book: AnswerBook) -> tuple[Spoken, ...]:
        """One a day for an article, and none where the customer wants nothing unasked."""
        now, tip = self._now(), book.answer(topic).tip
        if tip is None or topic.safety or not self._board.may_tip(topic.id, now):
            return ()
        self._board.note_tip(topic.id, now)
        return (tip,)

    def _unasked(
        self, opening: str = "opening", *, is_asked_nothing: bool = True, to_the_room: bool = False
    ) -> tuple[Spoken, ...]:
        now, standing = self._now(), self._board.standing()
        found = due(
            standing,
            now,
            quiet=self._is_quiet(now),
            told_here=self._told_here,
            is_asked_nothing=is_asked_nothing,
            to_the_room=to_the_room,
            may_ask=self._asks_stories,
        )
        if found is None:
            return ()
        if found.kind is Kind.STORY:
            return self._story(found, now)
        hints = not standing.was_hinted and not found.is_recall_with_danger
        self._told_here.add(found.id)
        self._board.note_told(found, now, unasked=True, hinted=hints)
        hint = (notice_sentence("hint"),) if hints else ()
        return (notice_sentence(_OPENINGS.get(found.kind, opening)), spoken(found), *hint)

    def _story(self, story: ToTell, now: datetime) -> tuple[Spoken, ...]:
        """Ask how things are; nothing stands behind it, for it is answered."""
        self._asked = story
        self._told_here.add(story.id)
        self._board.note_told(story, now, unasked=True)
        return (story_sentence("opening"), spoken(story))

    def _switched_off(self) -> tuple[Spoken, ...]:
        if self._board.standing().is_off:
            return (notice_sentence("off_already"),)
        return (notice_sentence(self._off if self._board.switch(off=True) else "off_failed"),)

    def _told_all(self, wish: NoticeWish) -> tuple[Spoken, ...]:
        standing, now = self._board.standing(), self._now()
        again = wish is NoticeWish.HEAR and standing.is_off
        if again:
            self._board.switch(off=False)
        first = (notice_sentence("on"),) if again else ()
        told = [one for one in standing.notices if one.is_in_force(now) and one.kind is not Kind.STORY]
        found = in_order(told)[:MOST_AT_ONCE]
        if not found:
            return (*first, notice_sentence("none"))
        for one in found:
            self._told_here.add(one.id)
            self._board.note_told(one, now, unasked=False)
        return (*first, notice_sentence("asked"), *map(spoken, found))


def spoken(notice: ToTell) -> Spoken:
    """Return the words of a notice, closed like a sentence."""
    text = notice.text.strip()
    return Spoken(text=text if text.endswith(("。", "！", "？", "!", "?")) else f"{text}。", overrides=notice.readings)
