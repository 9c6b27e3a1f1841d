"""How each device is, as its heartbeats say.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Bring the tables to this revision."""
    for name, length in (("model", 64), ("audio", 16), ("error", 64)):
        op.add_column("devices", sa.Column(name, sa.String(length=length), nullable=True))
    for name in ("up_s", "free_mb", "waiting"):
        op.add_column("devices", sa.Column(name, sa.Integer(), nullable=True))
