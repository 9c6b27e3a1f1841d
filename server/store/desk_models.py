"""The tables around the cases: who works here, which devices call in, what happened, what goes out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Float, ForeignKey, Index, Integer, LargeBinary, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from server.store.models import Table, UtcMoment

GROWING = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in an INTEGER key


class NoteRow(Table):
    """What staff wrote about a case; customers never see it."""

    __tablename__ = "notes"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    author: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcMoment)
    text_locked: Mapped[bytes] = mapped_column(LargeBinary)


class SearchKeyRow(Table):
    """Keyed digests of beginnings of names and readings and of ends of numbers: found without being read."""

    __tablename__ = "search_keys"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("cases.id"), primary_key=True, index=True)
    __table_args__ = ({"sqlite_with_rowid": False},)  # twenty rows a request: kept once, in the order of the key


class JournalRow(Table):
    """Who did or saw what, and when.  Never holds names, numbers or words of customers."""

    __tablename__ = "journal"
    id: Mapped[int] = mapped_column(GROWING, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    actor: Mapped[str] = mapped_column(String(80))  # a login, "device:<id>" or "system"
    action: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)  # no foreign key: it outlives the case
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class AccountRow(Table):
    """One member of staff."""

    __tablename__ = "accounts"
    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))  # as customers are told it
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(Text)
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    feed_digest: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)  # of the calendar feed's secret
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class SessionRow(Table):
    """Somebody is logged in; only a digest of the cookie is kept."""

    __tablename__ = "sessions"
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    login: Mapped[str] = mapped_column(String(64), ForeignKey("accounts.login"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    seen_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)


class LoginFailureRow(Table):
    """A password that was wrong, under a keyed digest of the login or the address."""

    __tablename__ = "login_failures"
    id: Mapped[int] = mapped_column(GROWING, primary_key=True)
    subject_digest: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(UtcMoment)
    __table_args__ = (Index("ix_login_failures_subject", "subject_digest", "at"),)


class DeviceRow(Table):
    """A device that may ask for calls."""

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))  # where it stands
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    enrolled_at: Mapped[datetime] = mapped_column(UtcMoment)
    seen_at: Mapped[datetime] = mapped_column(UtcMoment)
    version: Mapped[str] = mapped_column(String(64), default="")
    knowledge: Mapped[str] = mapped_column(String(64), default="", server_default="")
    knowledge_refused: Mapped[str] = mapped_column(String(64), default="", server_default="")
    model: Mapped[str | None] = mapped_column(String(64))  # this and what follows: see `server.access.Condition`
    up_s: Mapped[int | None]
    free_mb: Mapped[int | None]
    waiting: Mapped[int | None]
    audio: Mapped[str | None] = mapped_column(String(16))
    error: Mapped[str | None] = mapped_column(String(64))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class EnrolCodeRow(Table):
    """A short code that makes one device known, once and soon."""

    __tablename__ = "enrol_codes"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    device_id: Mapped[str] = mapped_column(String(64))
    device_name: Mapped[str] = mapped_column(String(80))
    made_by: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)
    used_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class AlarmRow(Table):
    """Something needs a person; `key` makes two watchers raise it once."""

    __tablename__ = "alarms"
    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    case_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    device_id: Mapped[str | None] = mapped_column(String(64))
    raised_at: Mapped[datetime] = mapped_column(UtcMoment)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    seen_by: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (
        Index(
            "ix_alarms_running",
            "kind",
            "raised_at",
            sqlite_where=text("cleared_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL"),
        ),
    )


class MessageRow(Table):
    """A mail or webhook call on its way out; `id` goes along, so that the receiver can tell a repetition."""

    __tablename__ = "messages"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)  # what it is about: queued once
    route: Mapped[str] = mapped_column(String(16))  # "mail" or "webhook"
    event: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    payload_locked: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcMoment)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcMoment)
    sent_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    given_up_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    last_error: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        Index(
            "ix_messages_waiting",
            "next_at",
            sqlite_where=text("sent_at IS NULL AND given_up_at IS NULL"),
            postgresql_where=text("sent_at IS NULL AND given_up_at IS NULL"),
        ),
        Index(
            "ix_messages_given_up",
            "route",
            "given_up_at",
            sqlite_where=text("given_up_at IS NOT NULL"),
            postgresql_where=text("given_up_at IS NOT NULL"),
        ),
    )


class FollowerRow(Table):
    """How far a background task has read the journal."""

    __tablename__ = "followers"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    line: Mapped[int] = mapped_column(GROWING)


class ExportRow(Table):
    """A file of personal data was handed out."""

    __tablename__ = "exports"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    actor: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(32))
    rows: Mapped[int]


class ExportedCaseRow(Table):
    """Whose data a file held, so that erasure can name the files to destroy."""

    __tablename__ = "exported_cases"
    export_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("exports.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, index=True)


class ErasureRow(Table):
    """The receipt of an erasure: how much was erased, never whose."""

    __tablename__ = "erasures"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcMoment)
    actor: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(32))  # "customer" or "retention"
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class ErasedRequestRow(Table):
    """The id of an erased request: sent again, it is known and stays erased."""

    __tablename__ = "erased_requests"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(UtcMoment)


class RatingRow(Table):
    """What a customer answered to "are you satisfied?"; each request has one answer, the latest."""

    __tablename__ = "ratings"
    request_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    answer: Mapped[str] = mapped_column(String(16))  # "yes", "no", "neither"
    at: Mapped[datetime] = mapped_column(UtcMoment)  # by the device's clock
    received_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)


class TalkRow(Table):
    """A conversation of a device's log.  `callback_id`, the request that came of it, may arrive later or never."""

    __tablename__ = "talks"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    device: Mapped[str] = mapped_column(String(64))
    began_at: Mapped[datetime] = mapped_column(UtcMoment)  # these two by the device's clock
    ended_at: Mapped[datetime] = mapped_column(UtcMoment)
    received_at: Mapped[datetime] = mapped_column(UtcMoment)  # when the desk first heard of it
    callback_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    turns: Mapped[int]
    __table_args__ = (
        Index("ix_talks_received_at", "received_at", "id"),
        Index("ix_talks_device", "device", "received_at", "id"),
    )


class TalkTurnRow(Table):
    """A turn of a conversation; what was said is encrypted, what it was taken for is not.  Goes with its conversation."""

    __tablename__ = "talk_turns"
    talk_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("talks.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # from 0
    at: Mapped[datetime] = mapped_column(UtcMoment)
    words_locked: Mapped[bytes] = mapped_column(LargeBinary)  # JSON: heard, said
    outcome: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str | None] = mapped_column(String(64), index=True)
    score: Mapped[float | None] = mapped_column(Float)
    stage: Mapped[str | None] = mapped_column(String(64))
    understood: Mapped[bool]


class BundleRow(Table):
    """A knowledge bundle as it was handed in; the desk does not look into it."""

    __tablename__ = "bundles"
    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str] = mapped_column(String(64))  # tells bundles of the same articles
    articles: Mapped[int]
    size: Mapped[int]  # of `data`
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ReleaseRow(Table):
    """A bundle was made the one in use, for the first time or again.  The highest serial is in force."""

    __tablename__ = "releases"
    serial: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(String(64), ForeignKey("bundles.version"), index=True)
    at: Mapped[datetime] = mapped_column(UtcMoment)
    by: Mapped[str] = mapped_column(String(80))
    key_id: Mapped[str] = mapped_column(String(16))
    signature: Mapped[bytes] = mapped_column(LargeBinary)  # over serial and data
    audience: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))  # devices; NULL: all of them
