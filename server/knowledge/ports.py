"""What the desk needs of somebody who knows articles, speech and understanding: put in place by `koemado serve`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.knowledge.asking import Recording
from server.knowledge.content import Base, Plain
from server.knowledge.gate import Outcome, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something about an article that its author should look at; the words for `code` stand in `article_remarks.toml`."""

    field: str  # of the form
    code: str
    severity: str  # "error", "warning", "note"
    text: str = ""  # the wording or fragment it is about
    others: tuple[str, ...] = ()  # ids of other articles concerned
    reading: str = ""  # kana that will be said, where that is what matters


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was made of a form: an article in its one valid spelling, or what is wrong with it."""

    content: Plain | None
    problems: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing the device says, as text and in kana."""

    part: str  # "title", "answer", "steps", "tip", "variants"
    text: str
    kana: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An article that was considered."""

    article_id: str
    title: str
    score: float  # probability, 0 to 1
    wording: str  # the wording it came closest by


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a base made of a question."""

    decision: str  # "answer", "ask", "human", "reply"
    articles: tuple[str, ...]  # answered, or offered in a question back
    matches: tuple[Match, ...]  # the best first


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What would be heard, and what would be done."""

    heard: str  # "" when nothing was
    kana: str
    with_draft: Understood
    without_draft: Understood | None  # None: there is nothing to compare with


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A wording of another article that is understood differently with a draft."""

    article_id: str
    title: str
    wording: str
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A bundle, ready to be signed."""

    data: bytes
    version: str
    content: str  # tells bundles of the same articles
    articles: int


class BaseInForce(Protocol):
    """The articles the desk begins with."""

    def contents(self) -> tuple[Plain, ...]:
        """Return them.  Raises WorkshopFailed when they cannot be read."""
        ...


class ArticleRules(Protocol):
    """Knows what an article is.  Safe from many threads."""

    def read(self, typed: Plain) -> Read:
        """Check the form of an article."""
        ...

    def remarks(self, content: Plain, base: Base) -> tuple[Remark, ...]:
        """Check an article among the others of a base; quick enough to be asked while somebody types."""
        ...


class ArticleVoice(Protocol):
    """Says articles as customers hear them."""

    def said(self, content: Plain) -> tuple[Said, ...]:
        """Return everything that is said, with its readings."""
        ...

    def sound(self, content: Plain, part: str, number: int = 0) -> bytes:
        """Return a WAV file: "answer" is all of it, "steps" and "variants" one.  Raises WorkshopFailed."""
        ...


class TryOut(Protocol):
    """Shows what a draft would do."""

    def tried(self, text: str, content: Plain, base: Base, *, aloud: bool) -> Tried:
        """Ask a question of the base with the draft and without it.  `aloud`: spoken and heard for real.

        Takes some seconds.  Raises WorkshopFailed.
        """
        ...

    def shifts(self, content: Plain, base: Base) -> tuple[Shift, ...]:
        """Return wordings of neighbours that the draft makes worse.  Takes some seconds.  Raises WorkshopFailed."""
        ...


class Bundler(Protocol):
    """Makes and opens the file devices get."""

    def built(self, base: Base, at: datetime) -> Built:
        """Raises WorkshopFailed for a base no device could use."""
        ...

    def opened(self, data: bytes) -> Base:
        """Return what a bundle holds.  Raises WorkshopFailed."""
        ...


Progress = Callable[[], object]  # called as work gets done; what it raises ends the work


class Suite(Protocol):
    """Asks the questions of the gate."""

    def outcomes(self, base: Base, questions: Sequence[Question], beat: Progress) -> Iterator[Outcome]:
        """Yield one for each question, in order; calls `beat` while something takes long.  Raises WorkshopFailed."""
        ...

    def recordings(self) -> tuple[Recording, ...]:
        """Return the recordings to be asked with; none where no folder is set."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """All of it."""

    begin_with: BaseInForce
    rules: ArticleRules
    voice: ArticleVoice
    tryout: TryOut
    bundler: Bundler
    suite: Suite
