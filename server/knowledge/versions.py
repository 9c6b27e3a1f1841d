"""Versions of an article and their way from a draft to approval: values and rules.  Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from server.knowledge.content import Plain

IMPORTED: Final = "import"  # origins of versions
EDITED: Final = "edit"
RESTORED: Final = "restore"
PROPOSED: Final = "proposal"
TAKEN_IN: Final = "take-in"  # from the machine's base, after the desk took it over


class State(StrEnum):
    """How far a version is."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SENT_BACK = "sent_back"


class Refusal(StrEnum):
    """Why something cannot be done with a version."""

    CHANGED = "changed"  # somebody saved a newer one meanwhile
    ONESELF = "oneself"  # who wrote it does not approve it
    REASON = "reason"  # an exception needs a written reason
    STATE = "state"  # it is not in review (any more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An article as somebody saved it."""

    id: UUID  # made by the page, so that a form sent twice saves once
    article_id: str
    number: int  # from 1
    at: datetime
    by: str  # login, or "system"
    why: str
    origin: str
    content: Plain
    removed: bool = False  # the article is to be told no more
    state: State = State.DRAFT
    asked_by: str | None = None  # for a review
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str = ""  # of who decided, or why there was no second person
    alone: bool = False  # approved by its author, as nobody else was there
    remarks: dict[str, int] = field(default_factory=dict)  # findings by severity when it was saved; {} not checked

    @property
    def title(self) -> str:
        """Return its title."""
        return str(self.content.get("title", self.article_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants to save."""

    id: UUID
    article_id: str
    content: Plain
    based_on: int  # number of the version it was written over; 0: a new article
    why: str = ""
    origin: str = EDITED
    removed: bool = False
    remarks: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Nothing was saved: somebody else saved `theirs` meanwhile."""

    theirs: Version


def refusal_to_approve(version: Version, login: str, *, alone: bool, reason: str) -> Refusal | None:
    """Why this person cannot approve it; None: they can.  `alone`: nobody else here may review."""
    if version.state is not State.IN_REVIEW:
        return Refusal.STATE
    if login not in (version.by, version.asked_by):
        return None
    if not alone:
        return Refusal.ONESELF
    return None if reason.strip() else Refusal.REASON
