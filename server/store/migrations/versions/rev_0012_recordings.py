"""Recordings that customers agreed to.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "recordings",
        sa.Column("talk_id", sa.Uuid(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("withheld", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name="fk_recordings_talk_id_talks", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("talk_id", name="pk_recordings"),
    )
    op.create_index("ix_recordings_received_at", "recordings", ["received_at"], unique=False)
    op.create_table(
        "recorded_sounds",
        sa.Column("talk_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("wav_locked", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["talk_id"], ["recordings.talk_id"], name="fk_recorded_sounds_talk_id_recordings", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("talk_id", "turn", name="pk_recorded_sounds"),
    )
