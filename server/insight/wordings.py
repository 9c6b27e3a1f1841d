"""The wordings articles have already, so that none of them is proposed again.  Pure."""

from collections.abc import Mapping

from intents.distance import sound_similarity
from intents.readings import reading_of
from server.articles import ArticleCard
from server.insight.features import key_of
from server.insight.listening import reading_heard
from server.knowledge.content import Base


class WrittenWords:
    """The wordings of a base, told apart as proposals tell them: by sound, without politeness.

    An article's are read when it is first asked about.  For one thread.
    """

    def __init__(self, base: Base, cards: Mapping[str, ArticleCard] | None = None) -> None:
        """`cards`: of articles that may not be in the base: those the devices have from elsewhere."""
        self._base = base
        self._cards = cards or {}
        self._keys: dict[str, frozenset[str]] = {}  # by the article's id

    def has(self, article_id: str, text: str) -> bool:
        """Whether an article has a wording, kanji or kana; False for an article that is not in the base."""
        return key_of(text, reading_heard(text)) in self._keys_of(article_id)

    def is_like(self, article_id: str, text: str, least: float) -> bool | None:
        """Whether one of an article's wordings sounds like it, by at least `least` (0 to 1); None: it has none here."""
        key = key_of(text, reading_heard(text))
        if not self._keys_of(article_id):
            return None
        return any(sound_similarity(key, other) >= least for other in self._keys_of(article_id))

    def _keys_of(self, article_id: str) -> frozenset[str]:
        if article_id not in self._keys:
            content, card = self._base.get(article_id), self._cards.get(article_id)
            if content is not None:
                texts, readings = content.get("variants", ()), content.get("readings", {})
            else:
                texts, readings = (card.variants, card.readings) if card else ((), {})
            self._keys[article_id] = frozenset(key_of(text, reading_of(text, readings)) for text in texts)
        return self._keys[article_id]
