"""A knowledge base in memory, for tests, and for a device that can keep no files."""

from collections.abc import Iterable
from pathlib import Path

from kb.articles import Article
from kb.errors import ArticleUnknown


class MemoryKnowledgeBase:
    """Holds the articles given; `put` changes them as an import would."""

    path = Path(":memory:")  # SQLite's word for it

    def __init__(self, articles: Iterable[Article] = ()) -> None:
        self._articles: dict[str, Article] = {a.id: a for a in articles}
        self._revision = 0

    def articles(self) -> tuple[Article, ...]:
        """All articles, by id."""
        return tuple(self._articles[key] for key in sorted(self._articles))

    def article(self, article_id: str) -> Article:
        """One article.  Raises ArticleUnknown."""
        if article_id not in self._articles:
            raise ArticleUnknown(article_id)
        return self._articles[article_id]

    def revision(self) -> int:
        """The count of `put`s so far."""
        return self._revision

    def put(self, article: Article) -> None:
        """Add or replace one article."""
        self._articles[article.id] = article
        self._revision += 1
