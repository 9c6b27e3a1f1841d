"""Inserts that leave what is there."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.store.models import Table


def insert_if_new(session: Session, table: type[Table]) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that leaves a row with the same key as it is."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
