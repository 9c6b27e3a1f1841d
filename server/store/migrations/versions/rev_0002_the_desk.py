"""Around the cases: staff, devices, journal, alarms, messages, exports, erasures; and the order of the queue.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

GROWING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:  # one statement a table
    """Bring the tables to this revision."""
    op.create_table(
        "accounts",
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("feed_digest", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("login", name="pk_accounts"),
    )
    op.create_index("ix_accounts_feed_digest", "accounts", ["feed_digest"], unique=False)
    op.create_table(
        "alarms",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.String(length=64), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_alarms"),
    )
    op.create_index("ix_alarms_case_id", "alarms", ["case_id"], unique=False)
    op.create_index(
        "ix_alarms_running",
        "alarms",
        ["kind", "raised_at"],
        unique=False,
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
        sa.UniqueConstraint("token_digest", name="uq_devices_token_digest"),
    )
    op.create_table(
        "enrol_codes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("device_name", sa.String(length=80), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_enrol_codes"),
    )
    op.create_table(
        "erased_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erased_requests"),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_table(
        "followers",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("line", GROWING, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_followers"),
    )
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
    )
    op.create_index("ix_exports_at", "exports", ["at"], unique=False)
    op.create_table(
        "journal",
        sa.Column("id", GROWING, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    op.create_index("ix_journal_at", "journal", ["at"], unique=False)
    op.create_index("ix_journal_case_id", "journal", ["case_id"], unique=False)
    op.create_table(
        "login_failures",
        sa.Column("id", GROWING, nullable=False),
        sa.Column("subject_digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_failures"),
    )
    op.create_index("ix_login_failures_subject", "login_failures", ["subject_digest", "at"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("route", sa.String(length=16), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("payload_locked", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("key", name="uq_messages_key"),
    )
    op.create_index("ix_messages_case_id", "messages", ["case_id"], unique=False)
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
    )
    op.create_index(
        "ix_messages_given_up",
        "messages",
        ["route", "given_up_at"],
        unique=False,
        sqlite_where=sa.text("given_up_at IS NOT NULL"),
        postgresql_where=sa.text("given_up_at IS NOT NULL"),
    )
    op.create_table(
        "exported_cases",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["export_id"], ["exports.id"], name="fk_exported_cases_export_id_exports"),
        sa.PrimaryKeyConstraint("export_id", "case_id", name="pk_exported_cases"),
    )
    op.create_index("ix_exported_cases_case_id", "exported_cases", ["case_id"], unique=False)
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_locked", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_notes_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_case_id", "notes", ["case_id"], unique=False)
    op.create_table(
        "search_keys",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_search_keys_case_id_cases"),
        sa.PrimaryKeyConstraint("digest", "case_id", name="pk_search_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_keys_case_id", "search_keys", ["case_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["login"], ["accounts.login"], name="fk_sessions_login_accounts"),
        sa.PrimaryKeyConstraint("token_digest", name="pk_sessions"),
    )
    op.create_index("ix_sessions_login", "sessions", ["login"], unique=False)
    op.add_column("cases", sa.Column("lane", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("cases", sa.Column("skill", sa.String(length=64), nullable=False, server_default="general"))
    op.add_column("cases", sa.Column("agent", sa.String(length=64), nullable=True))
    epoch = "1970-01-01 00:00:00.000000"
    op.add_column("cases", sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default=epoch))
    op.execute("UPDATE cases SET due_at = opened_at")
    op.execute("UPDATE cases SET lane = 0 WHERE urgency_rank = 0")
    op.drop_index("ix_cases_open", table_name="cases", sqlite_where=sa.text("closed_at IS NULL"))
    op.create_index("ix_promises_ends_at", "promises", ["ends_at"], unique=False)
    op.create_index("ix_call_events_at", "call_events", ["at"], unique=False)
    op.create_index(
        "ix_cases_closed_at",
        "cases",
        ["closed_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"], unique=False)
    op.create_index(
        "ix_cases_queue",
        "cases",
        ["lane", "due_at", "urgency_rank", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
