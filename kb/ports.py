"""What the rest of the house needs from a knowledge base."""

from pathlib import Path
from typing import Protocol

from kb.articles import Article


class KnowledgeBase(Protocol):
    """Articles that can be read at any time, from any thread."""

    @property
    def path(self) -> Path:
        """Where they are kept, for people to read."""
        ...

    def articles(self) -> tuple[Article, ...]:
        """All articles, by id, the ones out of their validity too.  Raises KnowledgeBaseError."""
        ...

    def article(self, article_id: str) -> Article:
        """One article.  Raises ArticleUnknown besides what `articles` raises."""
        ...

    def revision(self) -> int:
        """A number that grows whenever an article changes; cheap to ask.  Raises KnowledgeBaseError."""
        ...
