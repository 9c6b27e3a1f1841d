"""The shipped sample base: the fictional maker ひだまり家電."""

import hashlib
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from kb.articles import Article
from kb.importing import read_articles
from kb.store import SqliteKnowledgeBase

DESK_PHONE: Final = "0120-000-123"  # of the fictional maker
_SCHEMA: Final = b"1"  # raise when old sample databases must not be used any more


def sample_articles() -> tuple[Article, ...]:
    """All articles of the sample, read from its YAML files (about a second)."""
    found: list[Article] = []
    for source in _sources():
        with as_file(source) as path:
            found += read_articles(path)
    return tuple(sorted(found, key=lambda a: a.id))


def open_sample(folder: Path) -> SqliteKnowledgeBase:
    """The sample as a database in `folder`, made on first use; its name changes with its content.

    Raises BaseUnwritable when there is no room for it.
    """
    base = SqliteKnowledgeBase(folder / f"sample-{_fingerprint()}.db", create=True)
    if not base.path.exists() or not base.articles():
        base.store(sample_articles())
    return base


def _sources() -> list[Traversable]:
    folder = files("kb").joinpath("data", "sample")
    return sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)


def _fingerprint() -> str:
    digest = hashlib.sha256(_SCHEMA)
    for source in _sources():
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
