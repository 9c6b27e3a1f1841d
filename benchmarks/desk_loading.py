"""Writing rows past the mapper, as fast as the database takes them; indexes are made when all is there."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import psycopg
from sqlalchemy import Engine, Index

from server.store.all_tables import ALL_TABLES

CACHE_KB = 1_500_000  # while it is written
COUNTED = ("journal", "promises", "leases")  # their ids are counted up


class Loader(Protocol):
    """Takes the rows of one database."""

    def begin(self) -> None:
        """Make the database quick and careless."""
        ...

    def write(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Write rows of `plain` values."""
        ...

    def end(self) -> None:
        """Make indexes, and the database careful again; its planner learns what is there."""
        ...


class SqliteLoader:
    """Loads a migrated SQLite file nobody else has open."""

    def __init__(self, engine: Engine, file: Path) -> None:
        self._engine = engine
        self._connection = sqlite3.connect(file, isolation_level=None)

    def begin(self) -> None:
        """See `Loader`."""
        _indexes(self._engine, Index.drop)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KB}", "foreign_keys = OFF"):
            self._connection.execute(f"PRAGMA {pragma}")

    def write(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """See `Loader`."""
        if rows:
            marks = ", ".join("?" * len(columns))
            insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # our own names
            self._connection.execute("BEGIN")
            self._connection.executemany(insert, rows)
            self._connection.execute("COMMIT")

    def end(self) -> None:
        """See `Loader`."""
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.close()
        _indexes(self._engine, Index.create)
        with self._engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")


class PostgresLoader:
    """Loads a migrated PostgreSQL database; needs its superuser."""

    def __init__(self, engine: Engine, url: str) -> None:
        self._engine = engine
        self._connection = psycopg.connect(url, autocommit=True)

    def begin(self) -> None:
        """See `Loader`."""
        _indexes(self._engine, Index.drop)
        for setting in ("session_replication_role = replica", "TimeZone = 'UTC'", "synchronous_commit = off"):
            self._connection.execute(f"SET {setting}")
        self._connection.execute("ALTER TABLE search_keys DROP CONSTRAINT pk_search_keys")

    def write(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """See `Loader`."""
        if rows:
            with self._connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    def end(self) -> None:
        """See `Loader`."""
        self._connection.execute("SET maintenance_work_mem = '512MB'")
        self._connection.execute("ALTER TABLE search_keys ADD CONSTRAINT pk_search_keys PRIMARY KEY (digest, case_id)")
        for table in COUNTED:
            self._connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
            )
        _indexes(self._engine, Index.create)
        self._connection.execute("VACUUM ANALYZE")
        self._connection.close()


def _indexes(engine: Engine, change: Callable[..., None]) -> None:
    for table in ALL_TABLES.tables.values():
        for index in table.indexes:
            change(index, engine)
    engine.dispose()


def plain(value: Any) -> Any:
    """Return a value in the form both databases take: moments as text in UTC, ids as hex."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]
    if isinstance(value, UUID):
        return value.hex
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
