"""Bringing a database to the tables of this program."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from server.errors import StoreOutdated
from server.store.all_tables import ALL_TABLES
from server.store.engine import reading, writing

_ONE_AT_A_TIME = 0x6B6F656D  # PostgreSQL advisory lock, so that replicas which start together migrate once


def migrate(engine: Engine) -> None:
    """Apply what is missing, in one transaction; safe when several processes start at once.

    Raises StoreOutdated when the database is newer than this program, StoreUnavailable when it is away.
    """
    with writing(engine) as session:
        if engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL lock_timeout = 0"))  # the other one may have much to move
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        try:
            command.upgrade(_config(session.connection()), "head")
        except CommandError as error:
            raise StoreOutdated(f"the database is of another version of this program ({error})") from error


def differences(engine: Engine) -> list[object]:
    """Return what differs between the database and the models, as Alembic says it; empty when nothing does."""
    with reading(engine) as session:
        context = MigrationContext.configure(session.connection())
        return list(compare_metadata(context, ALL_TABLES))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("file_template", "rev_%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
