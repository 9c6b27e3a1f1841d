"""What a base of this machine holds otherwise than the desk's own articles, since it was taken over or taken in last.  Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from server.knowledge.content import Plain
from server.knowledge.diff import FieldChange, changes
from server.knowledge.versions import Version


class Arrival(StrEnum):
    """How the machine's article stands to the desk's."""

    NEW = "new"  # the desk has none of that id
    CHANGED = "changed"  # only the machine's changed
    BOTH = "both"  # the desk changed it too, or removed it, or made one of the same id


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One article of the machine's base that can be taken in as a draft."""

    article_id: str
    arrival: Arrival
    content: Plain
    head: Version | None  # the desk's latest; None: there is none
    fields: tuple[FieldChange, ...]  # from the desk's latest to it

    @property
    def title(self) -> str:
        """Return its title."""
        return str(self.content.get("title", self.article_id))

    @property
    def number(self) -> int:
        """The version it would be written over; 0: none."""
        return self.head.number if self.head else 0

    @property
    def mark(self) -> str:
        """What tells this very change: another content, or a newer version at the desk, has another mark."""
        text = json.dumps([self.article_id, self.number, self.content], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A machine's base beside the desk's articles."""

    incoming: tuple[Incoming, ...]  # by id
    only_here: tuple[Version, ...]  # told by the desk, and not in the machine's base; taking in leaves them alone


def compared(machine: Iterable[Plain], heads: Iterable[Version], brought: Mapping[str, Plain]) -> Comparison:
    """Compare them.  `brought`: each article as it came from the machine last.

    What the machine has not changed since then is nothing new, whatever the desk made of it.
    """
    theirs, ours = {str(one["id"]): one for one in machine}, {one.article_id: one for one in heads}
    found = (_incoming(content, ours.get(key), brought.get(key)) for key, content in sorted(theirs.items()))
    missing = (ours[key] for key in sorted(ours.keys() - theirs.keys()))
    return Comparison(
        incoming=tuple(one for one in found if one), only_here=tuple(one for one in missing if not one.removed)
    )


def _incoming(content: Plain, head: Version | None, last: Plain | None) -> Incoming | None:
    told = None if head is None or head.removed else head.content
    if _same(content, last) or _same(content, told):
        return None
    arrival = Arrival.NEW if head is None else Arrival.CHANGED if _same(told, last) else Arrival.BOTH
    key = str(content["id"])
    return Incoming(article_id=key, arrival=arrival, content=content, head=head, fields=changes(told, content))


def _same(one: Plain | None, other: Plain | None) -> bool:
    return one is not None and other is not None and _as_kept(one) == _as_kept(other)


def _as_kept(content: Plain) -> Any:
    """The content as a database gives it back."""
    return json.loads(json.dumps(content))
