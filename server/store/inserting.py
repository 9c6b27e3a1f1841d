"""Inserts that leave what is there, and tables for statements that are made once."""

import sqlalchemy
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.store.models import Table


def insert_if_new(session: Session, table: type[Table]) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that leaves a row with the same key as it is."""
    return insert_for(session.get_bind().dialect.name, core(table)).on_conflict_do_nothing()


def insert_for(dialect: str, table: sqlalchemy.Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insert in the dialect of one of the two databases."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def core(table: type[Table]) -> sqlalchemy.Table:
    """Return the table behind a class of rows: statements on it go round the mapper, which is quick."""
    return Table.metadata.tables[table.__tablename__]
