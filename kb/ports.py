"""What the rest of the house needs from a knowledge base."""

from typing import Protocol

from kb.articles import Article


class KnowledgeBase(Protocol):
    """Articles that can be read at any time, from any thread."""

    def articles(self) -> tuple[Article, ...]:
        """All articles, by id, the ones out of their validity too.  Raises KnowledgeBaseError."""
        ...

    def revision(self) -> int:
        """A number that grows whenever an article changes; cheap to ask.  Raises KnowledgeBaseError."""
        ...
