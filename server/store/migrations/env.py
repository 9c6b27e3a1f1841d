"""Run by Alembic; the connection and its transaction come from `migrating`."""

from alembic import context

from server.store.models import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
context.run_migrations()
