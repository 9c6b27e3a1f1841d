"""What a device knows of its base for now: made anew when an article or the day changes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from intents.conversation import Understanding
from intents.decision import Costs, shipped_costs
from kb.errors import KnowledgeBaseError
from kb.ports import KnowledgeBase
from voice.knowledge import Answers, topics, valid
from voice.made_once import Indexes, Readings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True, eq=False)
class Mind:
    """All that is made from one revision of the base, for one day."""

    revision: int
    day: date
    understanding: Understanding
    answers: Answers
    phrases: tuple[tuple[str, str], ...] = field(repr=False)  # (text, reading) of every wording, to be compiled


class Known(Protocol):
    """What a conversation asks for what is known."""

    def current(self) -> Mind:
        """The Mind for now."""
        ...


class Knowledge:
    """Keeps a Mind up to date with the base: a change of an article or of the day makes a new one."""

    def __init__(
        self,
        base: KnowledgeBase,
        readings: Readings,
        indexes: Indexes,
        *,
        desk_phone: str | Callable[[], str] = "",
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
            revision, day = self.now()
            if self._mind is None or (revision, day) != (self._mind.revision, self._mind.day):
                self._mind = self._made(revision, day)
        except KnowledgeBaseError as error:
            if self._mind is None:
                raise
            log.warning("the knowledge base cannot be read, going on with what is known: %s", error)
        return self._mind

    def now(self) -> tuple[int, date]:
        """Revision and day a Mind would be of; cheap.  Raises KnowledgeBaseError."""
        return self._base.revision(), self._today()

    def _made(self, revision: int, day: date) -> Mind:
        articles = valid(self._base.articles(), day)
        phone = self._desk_phone if isinstance(self._desk_phone, str) else self._desk_phone()
        found = topics(articles, self._readings)
        answers = Answers(articles)
        matcher = self._indexes.of(found)
        mind = Understanding(matcher=matcher, costs=self._costs, book=answers, desk_phone=phone)
        phrases = tuple((w.text, w.reading) for topic in found for w in topic.wordings)
        return Mind(revision=revision, day=day, understanding=mind, answers=answers, phrases=phrases)
