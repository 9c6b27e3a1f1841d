"""What staff see of the article a device answered with; the knowledge base itself is behind the port."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCard:
    """An article as an agent needs it.  The note and the authority are for staff alone: customers never see them."""

    id: str
    title: str
    answer: str  # what the device said
    staff_note: str | None = None  # what to check, what to ask, whom to pass on to
    authority: str | None = None  # what the agent may grant without asking; None: nothing is written down
    authority_up_to_yen: int | None = None  # the highest amount, whole yen; None: no amount is named
    steps: tuple[str, ...] = ()  # told one at a time after the answer
    readings: Mapping[str, str] = field(default_factory=dict)  # word -> kana, where the words would be misread
    safety: bool = False
    variants: tuple[str, ...] = ()  # its wordings


class ArticleDirectory(Protocol):
    """Finds articles by the ids that requests carry; safe from many threads, never raises for what is not there."""

    def card(self, article_id: str) -> ArticleCard | None:
        """Return the article as it stands now; None when there is none (any more)."""
        ...

    def titles(self) -> Mapping[str, str]:
        """Return the title of every topic and article id; not to be changed."""
        ...


class NoArticles:
    """Knows none: a desk without a knowledge base."""

    def card(self, article_id: str) -> ArticleCard | None:
        """See `ArticleDirectory`."""
        return None

    def titles(self) -> Mapping[str, str]:
        """See `ArticleDirectory`."""
        return {}


class MemoryArticles:
    """Knows the cards given, once and for all."""

    def __init__(self, cards: Iterable[ArticleCard] = ()) -> None:
        self._cards = {card.id: card for card in cards}
        self._titles = MappingProxyType({card.id: card.title for card in self._cards.values()})

    def card(self, article_id: str) -> ArticleCard | None:
        """See `ArticleDirectory`."""
        return self._cards.get(article_id)

    def titles(self) -> Mapping[str, str]:
        """See `ArticleDirectory`."""
        return self._titles
