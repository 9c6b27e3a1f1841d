"""The tables.  Columns that end in `_locked` are encrypted by `vault`; all moments are UTC.

A change here needs a migration beside it; a test compares the two.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, DateTime, ForeignKey, Index, LargeBinary, MetaData, String, Text, Uuid, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from server.spans import in_utc

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
NOT_ENDED = text("ended_at IS NULL")
CLOSED = text("closed_at IS NOT NULL")


class UtcMoment(TypeDecorator[datetime]):
    """A timezone-aware moment; SQLite, which knows no zones, keeps it as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC; ValueError for a naive moment."""
        return None if value is None else in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return it aware."""
        if value is None or value.tzinfo is None:
            return value and value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


class Table(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)


class CaseRow(Table):
    """One matter of one customer."""

    __tablename__ = "cases"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    phone_digest: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    topic: Mapped[str] = mapped_column(String(64))
    urgency_rank: Mapped[int]  # 0 is the most urgent
    lane: Mapped[int]  # 0: danger, before everything; 1: by time
    skill: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str | None] = mapped_column(String(64))  # login of who follows it up
    due_at: Mapped[datetime] = mapped_column(UtcMoment)  # promised, or else the first time that was wished for
    opened_at: Mapped[datetime] = mapped_column(UtcMoment)
    closed_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    close_reason: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        # The order of the queue: danger first, then by time; see `listing`.
        Index(
            "ix_cases_queue",
            "lane",
            "due_at",
            "urgency_rank",
            "id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_cases_opened_at", "opened_at"),
        Index("ix_cases_closed_at", "closed_at", sqlite_where=CLOSED, postgresql_where=CLOSED),  # not for open ones
    )


class MatterRow(Table):
    """The latest case of a phone and topic; its lock makes two voices at the same moment one case."""

    __tablename__ = "matters"
    phone_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    heard_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class RequestRow(Table):
    """One request as the device sent it; the primary key is the device's id."""

    __tablename__ = "requests"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    received_at: Mapped[datetime] = mapped_column(UtcMoment)
    name_locked: Mapped[bytes | None] = mapped_column(LargeBinary)
    reading_locked: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_locked: Mapped[bytes] = mapped_column(LargeBinary)
    address_locked: Mapped[bytes | None] = mapped_column(LargeBinary)
    conversation_locked: Mapped[bytes] = mapped_column(LargeBinary)
    topic: Mapped[str] = mapped_column(String(64))
    article_id: Mapped[str | None] = mapped_column(String(64))
    urgency: Mapped[str] = mapped_column(String(16))
    windows: Mapped[list[Any]] = mapped_column(JSON)
    channel: Mapped[str] = mapped_column(String(16))
    consent_at: Mapped[datetime] = mapped_column(UtcMoment)
    consent_wording: Mapped[str] = mapped_column(Text)
    device: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(32))


class SkillRow(Table):
    """A row to lock: promises of one skill are made one after the other."""

    __tablename__ = "skills"
    name: Mapped[str] = mapped_column(Text, primary_key=True)


class PromiseRow(Table):
    """A seat in a slot.  `ended_at`: moved to another slot or freed by the case's end; the past is kept."""

    __tablename__ = "promises"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    skill: Mapped[str] = mapped_column(Text, ForeignKey("skills.name"))
    begins_at: Mapped[datetime] = mapped_column(UtcMoment)
    ends_at: Mapped[datetime] = mapped_column(UtcMoment)
    seat: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    tier: Mapped[str | None] = mapped_column(String(32))  # because of which it is earlier than others would have got
    earlier_minutes: Mapped[int | None]  # by so much; None with a tier: others would have got none
    __table_args__ = (
        Index(
            "uq_promises_seat",
            "skill",
            "begins_at",
            "seat",
            unique=True,
            sqlite_where=NOT_ENDED,
            postgresql_where=NOT_ENDED,
        ),
        Index("uq_promises_case", "case_id", unique=True, sqlite_where=NOT_ENDED, postgresql_where=NOT_ENDED),
        Index("ix_promises_running", "ends_at", "begins_at", sqlite_where=NOT_ENDED, postgresql_where=NOT_ENDED),
        Index("ix_promises_ends_at", "ends_at"),  # the past, too: calendar and measures
    )


class LeaseRow(Table):
    """Who worked on a case, from when to when; one lease of a case is not ended."""

    __tablename__ = "leases"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    agent: Mapped[str] = mapped_column(Text)
    taken_from: Mapped[str | None] = mapped_column(Text)
    taken_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    __table_args__ = (
        Index("uq_leases_case", "case_id", unique=True, sqlite_where=NOT_ENDED, postgresql_where=NOT_ENDED),
    )


class EventRow(Table):
    """A call made or declined, or a message sent; notes may name people and are encrypted."""

    __tablename__ = "call_events"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    agent: Mapped[str | None] = mapped_column(Text)
    rang_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    outcome: Mapped[str | None] = mapped_column(String(16))
    resolution: Mapped[str | None] = mapped_column(String(16))
    later_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    note_locked: Mapped[bytes | None] = mapped_column(LargeBinary)
    how_solved_locked: Mapped[bytes | None] = mapped_column(LargeBinary)
