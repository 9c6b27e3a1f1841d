"""One conversation on the device: transcripts in, turns out, over a knowledge base that may change meanwhile."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from intents.answers import Spoken
from intents.callback_form import Setting, Stage, Wanted
from intents.conversation import Outcome, Pace, Reaction, State, Understanding, go_on, react
from intents.decision import Costs, shipped_costs
from intents.replies import Reply, reply_in
from intents.transcripts import NOTHING_HEARD, Transcript
from intents.when_types import TOKYO
from kb.articles import Article
from kb.errors import KnowledgeBaseError
from kb.ports import KnowledgeBase
from voice.desk_calls import CallDesk, Notes, carry_out
from voice.knowledge import Answers, topics, valid
from voice.made_once import Indexes, Readings
from voice.news_talk import NewsTalk

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One exchange: what was heard and what came of it."""

    heard: Transcript
    reaction: Reaction
    article: Article | None  # the one answered
    pace: Pace
    match_ms: float

    @property
    def text(self) -> str:
        """Everything said, as one text."""
        return "".join(spoken.text for spoken in self.reaction.says)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mind:
    """All that is made from one revision of the base, for one day."""

    revision: int
    day: date
    understanding: Understanding
    answers: Answers
    phrases: tuple[tuple[str, str], ...] = field(repr=False)  # (text, reading) of every wording, to be compiled


class Knowledge:
    """Keeps a Mind up to date with the base: a change of an article or of the day makes a new one."""

    def __init__(
        self,
        base: KnowledgeBase,
        readings: Readings,
        indexes: Indexes,
        *,
        desk_phone: str = "",
        costs: Costs | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._base = base
        self._readings = readings
        self._indexes = indexes
        self._desk_phone = desk_phone
        self._costs = costs or shipped_costs()
        self._today = today
        self._mind: Mind | None = None

    def current(self) -> Mind:
        """The Mind for now.  A base that cannot be read leaves the last one; the first time its error goes through."""
        try:
            revision, day = self._base.revision(), self._today()
            if self._mind is None or (revision, day) != (self._mind.revision, self._mind.day):
                self._mind = self._made(revision, day)
        except KnowledgeBaseError as error:
            if self._mind is None:
                raise
            log.warning("the knowledge base cannot be read, going on with what is known: %s", error)
        return self._mind

    def _made(self, revision: int, day: date) -> Mind:
        articles = valid(self._base.articles(), day)
        found = topics(articles, self._readings)
        answers = Answers(articles)
        matcher = self._indexes.of(found)
        mind = Understanding(matcher=matcher, costs=self._costs, book=answers, desk_phone=self._desk_phone)
        phrases = tuple((w.text, w.reading) for topic in found for w in topic.wordings)
        return Mind(revision=revision, day=day, understanding=mind, answers=answers, phrases=phrases)


def tokyo_time() -> datetime:
    """Return the machine's time, aware, by Tokyo's clock."""
    return datetime.now(TOKYO)


class Assistant:
    """Holds one conversation's state.  One customer, one thread.

    Without a `desk` nobody's request for a call is taken down: customers are told the number.  `follows_up`: after an
    answer it asks whether the matter is solved, as in a conversation and not for one question.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        *,
        desk: CallDesk | None = None,
        follows_up: bool = False,
        now: Callable[[], datetime] = tokyo_time,
        monotonic: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._knowledge = knowledge
        self._desk = desk
        self._follows_up = follows_up
        self._now = now
        self._monotonic = monotonic
        self._state, self._notes = State(), Notes()
        self._news = NewsTalk(desk, now) if desk else None

    @property
    def mind(self) -> Mind:
        """What is known now."""
        return self._knowledge.current()

    @property
    def stage(self) -> Stage | None:
        """What the customer is being asked while a request for a call is taken down; None at other times."""
        return self._state.form.stage if self._state.form and not self._state.choices else None

    @property
    def is_idle(self) -> bool:
        """Whether no conversation has begun."""
        return self._state == State()

    @property
    def asks_yes_or_no(self) -> bool:
        """Whether the last thing said asks for はい or いいえ, or for one of some choices, outside of a request."""
        asked = self._news is not None and self._news.asks
        return asked or self._state.asked_solved or bool(self._state.steps or self._state.choices)

    def forget(self) -> None:
        """The next customer begins anew."""
        self._state, self._notes = State(), Notes()
        if self._news:
            self._news.forget()

    def opening(self) -> Turn | None:
        """Return what a conversation begins with when there is news of earlier requests; it is told once."""
        says = self._news.tell() if self._news else ()
        return self._said(NOTHING_HEARD, *says) if says else None

    def _aside(self, transcript: Transcript) -> Turn | None:
        """Take an answer to what was asked with the news; answer the first hello with the news."""
        if self._news is None:
            return None
        says = self._news.take(transcript)
        if says is None and self.is_idle and reply_in(transcript) is Reply.HELLO:
            says = self._news.tell()
        return self._said(transcript, *says) if says else None

    def _said(self, heard: Transcript, *says: Spoken) -> Turn:
        reaction = Reaction(outcome=Outcome.ANSWER, says=says)
        return Turn(heard=heard, reaction=reaction, article=None, pace=self._state.pace, match_ms=0.0)

    def hear(self, transcript: Transcript) -> Turn:
        """React to one utterance; an empty transcript is silence.

        May take some seconds while a request for a call is kept and brought to the desk.
        """
        aside = self._aside(transcript)
        if aside is not None:
            return aside
        mind, before = self.mind, self._state
        understanding = self._with_calls(mind.understanding)
        began = self._monotonic()
        self._state, reaction = react(before, transcript, understanding)
        match_ms = (self._monotonic() - began) * 1000
        self._notes.take(transcript, before, self._state, reaction, self._now())
        reaction = self._carried_out(reaction, understanding.calls)
        article = mind.answers.article(reaction.topic) if reaction.topic else None
        return Turn(heard=transcript, reaction=reaction, article=article, pace=self._state.pace, match_ms=match_ms)

    def _with_calls(self, understanding: Understanding) -> Understanding:
        understanding = replace(understanding, follows_up=self._follows_up)
        if self._desk is None:
            return understanding
        setting = self._desk.setting(self._now)
        return replace(understanding, calls=replace(setting, desk_phone=understanding.desk_phone))

    def _carried_out(self, reaction: Reaction, setting: Setting | None) -> Reaction:
        """Do what the taking down of a request wants, until it wants to hear the customer again."""
        while reaction.wanted is not Wanted.NOTHING and self._desk and self._state.form and setting:
            step = carry_out(self._desk, reaction.wanted, self._state.form, self._notes.matter(), setting)
            self._state, more = go_on(self._state, step)
            reaction = replace(reaction, says=(*reaction.says, *more.says), wanted=more.wanted)
        return reaction
