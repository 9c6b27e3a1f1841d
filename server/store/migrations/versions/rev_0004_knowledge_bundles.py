"""Knowledge bundles: what was published when, and which one each device answers from.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "bundles",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_bundles"),
    )
    op.create_table(
        "releases",
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["bundles.version"], name="fk_releases_version_bundles"),
        sa.PrimaryKeyConstraint("serial", name="pk_releases"),
    )
    op.create_index("ix_releases_version", "releases", ["version"], unique=False)
    for name in ("knowledge", "knowledge_refused"):
        op.add_column("devices", sa.Column(name, sa.String(length=64), nullable=False, server_default=""))
