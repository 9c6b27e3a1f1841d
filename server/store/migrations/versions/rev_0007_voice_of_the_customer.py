"""What customers ask about, what the knowledge base lacks, and which conversations were read.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "topics",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topics"),
    )
    op.create_table(
        "topic_matters",
        sa.Column("talk_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=True),
        sa.Column("ending", sa.String(length=16), nullable=False),
        sa.Column("sign", sa.String(length=16), nullable=False),
        sa.Column("complaint", sa.Boolean(), nullable=False),
        sa.Column("suggestion", sa.Boolean(), nullable=False),
        sa.Column("danger", sa.Boolean(), nullable=False),
        sa.Column("typical", sa.Integer(), nullable=True),
        _cascading("topic_matters", "talk_id", "talks"),
        sa.PrimaryKeyConstraint("talk_id", "turn", name="pk_topic_matters"),
    )
    op.create_index("ix_topic_matters_topic_id", "topic_matters", ["topic_id"], unique=False)
    op.create_index("ix_topic_matters_at", "topic_matters", ["at"], unique=False)
    _proposals()
    op.create_table(
        "talks_read",
        sa.Column("talk_id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _cascading("talks_read", "talk_id", "talks"),
        sa.PrimaryKeyConstraint("talk_id", "login", name="pk_talks_read"),
    )


def _proposals() -> None:
    counts = ("asked", "not_understood", "asked_back", "refused", "to_human", "lost", "solved_by_people")
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=True),
        sa.Column("topic_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("helped", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_helped", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
    )
    op.create_index("ix_proposals_state", "proposals", ["state", "helped"], unique=False)
    op.create_table(
        "proposal_wordings",
        sa.Column("proposal_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("talk_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        _cascading("proposal_wordings", "proposal_id", "proposals"),
        _cascading("proposal_wordings", "talk_id", "talks"),
        sa.PrimaryKeyConstraint("proposal_id", "place", name="pk_proposal_wordings"),
    )
    op.create_index("ix_proposal_wordings_talk_id", "proposal_wordings", ["talk_id"], unique=False)
    op.create_table(
        "proposal_sentences",
        sa.Column("proposal_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("sentence", sa.Integer(), nullable=False),
        _cascading("proposal_sentences", "proposal_id", "proposals"),
        _cascading("proposal_sentences", "case_id", "cases"),
        sa.PrimaryKeyConstraint("proposal_id", "place", name="pk_proposal_sentences"),
    )
    op.create_index("ix_proposal_sentences_case_id", "proposal_sentences", ["case_id"], unique=False)


def _cascading(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}", ondelete="CASCADE")
