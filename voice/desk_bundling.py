"""Bundles from the desk's own articles."""

from datetime import datetime

from kb.bundle import build, opened
from kb.errors import BundleRefused
from server.knowledge.content import Base, base_of
from server.knowledge.errors import WorkshopFailed
from server.knowledge.ports import Built
from voice.desk_contents import article_of, content_of


class KnowledgeBundler:
    """A `Bundler` of the format devices read."""

    def built(self, base: Base, at: datetime) -> Built:
        """See `Bundler`."""
        articles = [article_of(content) for content in base.contents]
        try:
            data = build(articles, created_at=at)
            bundle = opened(data)
        except BundleRefused as error:
            raise WorkshopFailed(error.reason) from error
        return Built(data=data, version=bundle.version, content=bundle.content, articles=len(bundle.articles))

    def opened(self, data: bytes) -> Base:
        """See `Bundler`."""
        try:
            return base_of(content_of(article) for article in opened(data).articles)
        except BundleRefused as error:
            raise WorkshopFailed(error.reason) from error
