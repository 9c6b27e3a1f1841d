"""Alembic's folder: `versions` is append-only, a released revision never changes."""
