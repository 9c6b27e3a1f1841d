"""The shipped sample base: the fictional maker ひだまり家電."""

import hashlib
import logging
import tempfile
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from kb.articles import Article
from kb.errors import KnowledgeBaseError
from kb.fakes import MemoryKnowledgeBase
from kb.importing import read_articles
from kb.ports import KnowledgeBase
from kb.store import SqliteKnowledgeBase

log = logging.getLogger(__name__)

DESK_PHONE: Final = "0120-000-123"  # of the fictional maker
_SCHEMA: Final = b"2"  # raise when old sample databases must not be used any more


def sample_articles() -> tuple[Article, ...]:
    """All articles of the sample, read from its YAML files (about a second)."""
    found: list[Article] = []
    for source in _sources():
        with as_file(source) as path:
            found += read_articles(path)
    return tuple(sorted(found, key=lambda a: a.id))


def open_sample(folder: Path) -> KnowledgeBase:
    """The sample as a database in `folder`, made on first use; its name changes with its content.

    Where `folder` cannot be written the sample is held in memory, with a warning in the log.
    """
    base = SqliteKnowledgeBase(folder / f"sample-{_fingerprint()}.db")
    if _is_complete(base):
        return base
    articles = sample_articles()
    try:
        _make(base.path, articles)
    except (KnowledgeBaseError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        log.warning("the sample knowledge base is held in memory, it could not be cached in %s: %s", folder, reason)
        return MemoryKnowledgeBase(articles)
    return base


def _is_complete(base: SqliteKnowledgeBase) -> bool:
    try:
        return bool(base.articles())
    except KnowledgeBaseError:
        return False


def _make(path: Path, articles: tuple[Article, ...]) -> None:
    """Complete or not at all, so that programs starting at once cannot meet a half-made one: the last one stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as workshop:
        made = SqliteKnowledgeBase(Path(workshop) / path.name, create=True)
        made.store(articles)
        made.path.replace(path)


def _sources() -> list[Traversable]:
    folder = files("kb").joinpath("data", "sample")
    return sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)


def _fingerprint() -> str:
    digest = hashlib.sha256(_SCHEMA)
    for source in _sources():
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
