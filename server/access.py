"""Who works at the desk and what each may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Permission(StrEnum):
    """One kind of thing to do."""

    SEE_QUEUE = "see_queue"
    SEE_PERSONAL = "see_personal"  # names, numbers and conversations unmasked
    WORK = "work"  # claim, call, write notes
    EXPORT = "export"  # take data out as a file
    SEE_MEASURES = "see_measures"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_ACCOUNTS = "manage_accounts"
    ERASE = "erase"
    SEE_JOURNAL = "see_journal"
    HEAR_CUSTOMERS = "hear_customers"  # read what was said to devices
    WRITE_ARTICLES = "write_articles"  # drafts and reviews
    PUBLISH = "publish"  # bring articles to devices, and back
    SEND_NOTICES = "send_notices"  # what devices tell of their own accord


class Role(StrEnum):
    """What somebody is here for."""

    READ_ONLY = "read_only"
    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"


_AGENT = {Permission.SEE_QUEUE, Permission.SEE_PERSONAL, Permission.WORK, Permission.SEE_MEASURES}
_AGENT |= {Permission.HEAR_CUSTOMERS, Permission.WRITE_ARTICLES}
_LEAD = _AGENT | {Permission.EXPORT, Permission.MANAGE_DEVICES, Permission.SEE_JOURNAL}
_LEAD |= {Permission.PUBLISH, Permission.SEND_NOTICES}
MAY: dict[Role, frozenset[Permission]] = {
    Role.READ_ONLY: frozenset({Permission.SEE_QUEUE, Permission.SEE_MEASURES}),
    Role.AGENT: frozenset(_AGENT),
    Role.LEAD: frozenset(_LEAD),
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A member of staff; `name` is what customers are told."""

    login: str
    name: str
    role: Role
    skills: tuple[str, ...] = ()  # empty: all
    must_change_password: bool = False
    disabled_at: datetime | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return permission in MAY[self.role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a device is, as it said last; None: it does not say."""

    model: str | None = None  # its speech model
    up_s: int | None = None  # since its program began
    free_mb: int | None = None  # on its disk, in 10^6 bytes
    waiting: int | None = None  # requests it could not hand in yet
    audio: str | None = None  # "ok", "lost" (its microphone has gone) or "unknown"
    error: str | None = None  # code of the last thing that went wrong there; "": nothing did


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that may ask for calls.  `name` says where it stands."""

    id: str
    name: str
    enrolled_at: datetime
    seen_at: datetime
    version: str = ""
    knowledge: str = ""  # the bundle it answers from, as it says; "": one of its own
    knowledge_refused: str = ""  # the one it was offered and cannot use
    condition: Condition = Condition()
    revoked_at: datetime | None = None
