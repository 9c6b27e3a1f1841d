"""An article: a question customers ask, in many wordings, and what is said in return."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One instruction of an answer that is told one at a time."""

    text: str
    reading: str | None = None  # kana, where the synthesiser would misread the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What Koemado knows about one matter."""

    id: str  # ASCII letters, digits and hyphens; never reused
    title: str  # a noun phrase that fits 「〜のことでしょうか」
    category: str
    variants: tuple[str, ...]  # wordings of the question, the plainest first
    answer: str  # spoken as it stands: short, at most three points
    answer_reading: str | None = None  # kana for the whole answer, overrides everything else
    steps: tuple[Step, ...] = ()
    readings: dict[str, str] = field(default_factory=dict)  # word -> kana, in questions and answers
    tip: str | None = None
    staff_note: str | None = None  # never spoken, never shown to customers
    authority: str | None = None  # what an agent may grant without asking; as little for customers as the note
    authority_up_to_yen: int | None = None  # the highest amount of it, whole yen; None: no amount is named
    safety: bool = False  # danger to people: a human at once
    valid_from: date | None = None  # first day it holds
    valid_until: date | None = None  # last day it holds
    version: int = 1  # grows with every change of content

    def is_valid_on(self, day: date) -> bool:
        """Whether the article may be told on that day (both ends included)."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )
