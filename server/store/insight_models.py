"""The tables of insight: which matter belongs to which topic, what is proposed, what managers read.

No words are kept here, only where they stand: what a customer said goes with the conversation, and everywhere at once.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.store.models import Table, UtcMoment


class TopicRow(Table):
    """A topic; it goes when its last matter has gone."""

    __tablename__ = "topics"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    article_id: Mapped[str | None] = mapped_column(String(64))
    begun_at: Mapped[datetime] = mapped_column(UtcMoment)  # when it was found first


class MatterOfTopicRow(Table):
    """A matter of a conversation: how it ended, and its topic."""

    __tablename__ = "topic_matters"
    talk_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("talks.id", ondelete="CASCADE"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[str] = mapped_column(String(32), index=True)
    device: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    article_id: Mapped[str | None] = mapped_column(String(64))  # answered
    ending: Mapped[str] = mapped_column(String(16))
    sign: Mapped[str] = mapped_column(String(16))
    complaint: Mapped[bool]
    suggestion: Mapped[bool]
    danger: Mapped[bool]
    typical: Mapped[int | None]  # 0 for the most typical wording of its topic; None: not shown


class ProposalRow(Table):
    """Something proposed for the knowledge base.  `evidence` counts conversations."""

    __tablename__ = "proposals"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    article_id: Mapped[str | None] = mapped_column(String(64))
    topic_id: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    found_at: Mapped[datetime] = mapped_column(UtcMoment)  # by the latest round that found it
    helped: Mapped[int]
    asked: Mapped[int]
    not_understood: Mapped[int]
    asked_back: Mapped[int]
    refused: Mapped[int]
    to_human: Mapped[int]
    lost: Mapped[int]
    solved_by_people: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcMoment)
    last_at: Mapped[datetime] = mapped_column(UtcMoment)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    decided_helped: Mapped[int | None]  # `helped` when it was decided
    __table_args__ = (Index("ix_proposals_state", "state", "helped"),)


class ProposalWordingRow(Table):
    """Where the words of a proposal were said."""

    __tablename__ = "proposal_wordings"
    proposal_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("proposals.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True)
    talk_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("talks.id", ondelete="CASCADE"), index=True)
    turn: Mapped[int]
    count: Mapped[int]


class ProposalSentenceRow(Table):
    """Where an agent wrote a sentence of a draft: in a call or in a note."""

    __tablename__ = "proposal_sentences"
    proposal_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("proposals.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    source_id: Mapped[UUID] = mapped_column(Uuid)  # of `call_events` or `notes`
    sentence: Mapped[int]


class TalkReadRow(Table):
    """Somebody has read a conversation of the reading list."""

    __tablename__ = "talks_read"
    talk_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("talks.id", ondelete="CASCADE"), primary_key=True)
    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcMoment)
