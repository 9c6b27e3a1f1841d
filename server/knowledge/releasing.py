"""What a release would change, and whether its gate has been passed.  Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from server.knowledge.content import Base, Plain, told
from server.knowledge.diff import FieldChange, changes


class Change(StrEnum):
    """What becomes of an article."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleChange:
    """One article that devices will be told differently."""

    article_id: str
    title: str
    change: Change
    fields: tuple[FieldChange, ...]


def release_changes(in_force: Base, candidate: Base) -> tuple[ArticleChange, ...]:
    """Return what devices would be told differently, by id; notes for staff make no difference."""
    old, new = _by_id(in_force), _by_id(candidate)
    ids = sorted(one for one in old.keys() | new.keys() if old.get(one) != new.get(one))
    return tuple(_change(one, old.get(one), new.get(one)) for one in ids)


def _change(article_id: str, old: Plain | None, new: Plain | None) -> ArticleChange:
    kind = Change.ADDED if old is None else Change.REMOVED if new is None else Change.CHANGED
    title = str((new or old or {}).get("title", article_id))
    return ArticleChange(article_id=article_id, title=title, change=kind, fields=changes(old, new))


def _by_id(base: Base) -> Mapping[str, Plain]:
    return {str(one["id"]): told(one) for one in base.contents}


def changed_ids(found: Sequence[ArticleChange]) -> frozenset[str]:
    """Return the articles a release is about."""
    return frozenset(one.article_id for one in found)
