"""The tables of notices, of what devices said of them, and of what customers are asked of their device's own accord."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.store.models import Table, UtcMoment


class NoticeRow(Table):
    """What staff have devices tell."""

    __tablename__ = "notices"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    readings: Mapped[dict[str, Any]] = mapped_column(JSON)  # word -> kana
    kind: Mapped[str] = mapped_column(String(16))
    at_once: Mapped[bool]
    danger: Mapped[bool]
    devices: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))  # None: all
    begins_at: Mapped[datetime] = mapped_column(UtcMoment)
    ends_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    withdrawn_by: Mapped[str | None] = mapped_column(String(64))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class TellingRow(Table):
    """That a device has a notice, and how often it told it; nothing of whom."""

    __tablename__ = "notice_tellings"
    notice_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("notices.id"), primary_key=True)
    device: Mapped[str] = mapped_column(String(64), primary_key=True)
    told: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcMoment)


class RecommendationRow(Table):
    """A customer who may be, or was, asked whether they would recommend us, by the request the asking is about."""

    __tablename__ = "recommendations"
    request_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    until: Mapped[datetime] = mapped_column(UtcMoment)  # the device asks no later
    score: Mapped[int | None]  # 0 to 10; None: not asked yet, or not answered
    asked_at: Mapped[datetime | None] = mapped_column(UtcMoment)  # by the device's clock
    received_at: Mapped[datetime | None] = mapped_column(UtcMoment, index=True)


class FollowUpRow(Table):
    """What a customer is told two weeks after a purchase or a repair, by one of their cases."""

    __tablename__ = "follow_ups"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    occasion: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str] = mapped_column(String(64))
    happened_at: Mapped[datetime] = mapped_column(UtcMoment)
    due_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcMoment)
    told_by: Mapped[str | None] = mapped_column(String(64))  # the device; no other tells it again
    told_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class StoryRow(Table):
    """That a customer was asked how things are some days after a case was solved, by the request that names it."""

    __tablename__ = "stories"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)  # the request's
    case_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("cases.id"), index=True)
    device: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime] = mapped_column(UtcMoment)  # by the device's clock
    answered_at: Mapped[datetime | None] = mapped_column(UtcMoment)  # the same; None: nothing was said to it
    received_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)  # what stands here
