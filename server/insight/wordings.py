"""The wordings articles have already, so that none of them is proposed again.  Pure."""

from intents.readings import reading_of
from server.insight.features import key_of
from server.insight.listening import reading_heard
from server.knowledge.content import Base


class WrittenWords:
    """The wordings of a base, told apart as proposals tell them: by sound, without politeness.

    An article's are read when it is first asked about.  For one thread.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._keys: dict[str, frozenset[str]] = {}  # by the article's id

    def has(self, article_id: str, text: str) -> bool:
        """Whether an article has a wording, kanji or kana; False for an article that is not in the base."""
        return key_of(text, reading_heard(text)) in self._keys_of(article_id)

    def _keys_of(self, article_id: str) -> frozenset[str]:
        if article_id not in self._keys:
            content = self._base.get(article_id) or {}
            readings = content.get("readings", {})
            self._keys[article_id] = frozenset(
                key_of(text, reading_of(text, readings)) for text in content.get("variants", ())
            )
        return self._keys[article_id]
