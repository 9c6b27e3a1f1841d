"""Customers: how they are treated, and which promises are earlier because of it.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "customers",
        sa.Column("phone_digest", sa.LargeBinary(), nullable=False),
        sa.Column("tier", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("address_form", sa.String(length=16), nullable=False),
        sa.Column("address_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_wording", sa.Text(), nullable=False),
        sa.Column("ask_by", sa.String(length=80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("phone_digest", name="pk_customers"),
    )
    op.add_column("promises", sa.Column("tier", sa.String(length=32), nullable=True))
    op.add_column("promises", sa.Column("earlier_minutes", sa.Integer(), nullable=True))
