"""What devices tell besides requests: how satisfied customers are, and the log of conversations.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "ratings",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_ratings_case_id_cases"),
        sa.PrimaryKeyConstraint("request_id", name="pk_ratings"),
    )
    op.create_index("ix_ratings_case_id", "ratings", ["case_id"], unique=False)
    op.create_index("ix_ratings_received_at", "ratings", ["received_at"], unique=False)
    op.create_table(
        "talks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("callback_id", sa.Uuid(), nullable=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_talks"),
    )
    op.create_index("ix_talks_callback_id", "talks", ["callback_id"], unique=False)
    op.create_index("ix_talks_received_at", "talks", ["received_at", "id"], unique=False)
    op.create_index("ix_talks_device", "talks", ["device", "received_at", "id"], unique=False)
    op.create_table(
        "talk_turns",
        sa.Column("talk_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words_locked", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("stage", sa.String(length=64), nullable=True),
        sa.Column("understood", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name="fk_talk_turns_talk_id_talks", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("talk_id", "number", name="pk_talk_turns"),
    )
    op.create_index("ix_talk_turns_topic", "talk_turns", ["topic"], unique=False)
