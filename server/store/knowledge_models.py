"""The tables of the articles: their versions, the desk's own questions, runs of the gate, what each device took."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.store.models import Table, UtcMoment


class ArticleRow(Table):
    """An article and which of its versions count.  `head` is the latest, what an editor must have seen."""

    __tablename__ = "articles"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    head: Mapped[int]
    approved: Mapped[int | None]  # the latest approved version


class ArticleVersionRow(Table):
    """An article as somebody saved it; never changed but for what became of its review."""

    __tablename__ = "article_versions"
    article_id: Mapped[str] = mapped_column(String(64), ForeignKey("articles.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(Uuid)
    at: Mapped[datetime] = mapped_column(UtcMoment)
    by: Mapped[str] = mapped_column(String(80))
    why: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(16))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    removed: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16))
    asked_by: Mapped[str | None] = mapped_column(String(80))
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    note: Mapped[str] = mapped_column(Text)
    alone: Mapped[bool]
    remarks: Mapped[dict[str, int]] = mapped_column(JSON)
    __table_args__ = (
        UniqueConstraint("id", name="uq_article_versions_id"),
        Index("ix_article_versions_state", "state"),
    )


class KeptQuestionRow(Table):
    """A question the gate asks before each release; words of customers only as somebody confirmed them."""

    __tablename__ = "kept_questions"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    text_key: Mapped[str] = mapped_column(String(300), unique=True)  # its signs alone
    text: Mapped[str] = mapped_column(Text)
    article_id: Mapped[str] = mapped_column(String(64))  # "": no article should answer
    source: Mapped[str] = mapped_column(String(64))  # id of a proposal, or "staff"
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcMoment)


class GateRunRow(Table):
    """A run of the gate."""

    __tablename__ = "gate_runs"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    by: Mapped[str] = mapped_column(String(80))
    candidate: Mapped[str] = mapped_column(String(64))  # content of the bundle that would follow
    reference: Mapped[str] = mapped_column(String(64))  # content of what it was compared with
    state: Mapped[str] = mapped_column(String(16))
    total: Mapped[int]
    done: Mapped[int]
    beat_at: Mapped[datetime] = mapped_column(UtcMoment)  # when its program was last heard of
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)


class DeviceReleaseRow(Table):
    """Which release a device said it has dealt with, by the entity tag it sends."""

    __tablename__ = "device_releases"
    device_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    serial: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcMoment)
