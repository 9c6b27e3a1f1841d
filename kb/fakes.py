"""A knowledge base in memory, for tests and demonstrations."""

from collections.abc import Iterable

from kb.articles import Article


class MemoryKnowledgeBase:
    """Holds the articles given; `put` changes them as an import would."""

    def __init__(self, articles: Iterable[Article] = ()) -> None:
        self._articles: dict[str, Article] = {a.id: a for a in articles}
        self._revision = 0

    def articles(self) -> tuple[Article, ...]:
        """All articles, by id."""
        return tuple(self._articles[key] for key in sorted(self._articles))

    def revision(self) -> int:
        """The count of `put`s so far."""
        return self._revision

    def put(self, article: Article) -> None:
        """Add or replace one article."""
        self._articles[article.id] = article
        self._revision += 1
