"""Opening the database, and the one way in which operations reach it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from server.errors import SettingsInvalid, StoreError, StoreOutdated, StoreUnavailable, ValueRefused

BUSY_MS = 10_000  # how long a writer waits for SQLite's lock before it is StoreUnavailable
CACHE_KB = 8_000  # of each SQLite connection
PATIENCE = {  # with PostgreSQL
    "connect_timeout": 5,  # s, then ms: behind a dead line it is away
    "tcp_user_timeout": 15_000,
    # Who waits longer for a lock is told that it is busy; a process that stands still gives its locks up.
    "options": f"-c lock_timeout={BUSY_MS} -c idle_in_transaction_session_timeout={12 * BUSY_MS}",
}
_READS = "koemado_reads"


def open_engine(url: str, *, pool_size: int = 10) -> Engine:
    """Open "sqlite:////path/desk.db" or "postgresql://..."; nothing is connected yet.

    The caller disposes of it.  Raises SettingsInvalid for other databases and for SQLite in memory, which
    threads cannot share.  Password and data stay out of error texts.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsInvalid("database_url", "is no database URL") from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        patience = {name: value for name, value in PATIENCE.items() if name not in parsed.query}
        return create_engine(
            parsed, pool_size=pool_size, pool_pre_ping=True, hide_parameters=True, connect_args=patience
        )
    if backend != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise SettingsInvalid("database_url", "must be an SQLite file or a PostgreSQL server")
    engine = create_engine(parsed, pool_size=pool_size, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction, committed at the end; on SQLite it holds the write lock from its first moment."""
    with _wrapped(), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One transaction that only reads and sees one state of the database."""
    options: dict[str, Any] = {_READS: True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with _wrapped(), Session(engine, expire_on_commit=False) as session, session.begin():
        session.connection(execution_options=options)
        yield session


@contextmanager
def _wrapped() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise _told(error) from error


def _told(error: SQLAlchemyError) -> StoreError:
    """Return what it means to the caller.  Neither statement nor values are repeated."""
    if _lacks_a_table(error):
        return StoreOutdated("the database does not fit this program: run the migrations")
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    if gone or isinstance(error, OperationalError | PoolTimeout):
        return StoreUnavailable(f"the database is away or busy ({type(error).__name__}): try again")
    if isinstance(error, DataError):
        return ValueRefused("the database cannot keep such a value")
    return StoreError(f"the database refused ({type(error).__name__})")


def _lacks_a_table(error: SQLAlchemyError) -> bool:
    original = getattr(error, "orig", None)
    if getattr(original, "sqlstate", None) in ("42P01", "42703"):  # undefined table, undefined column
        return True
    return isinstance(error, OperationalError) and any(
        sign in str(original) for sign in ("no such table", "no such column", "has no column named")
    )


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin or commit by itself
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",  # what is erased leaves no bytes behind
        "wal_autocheckpoint = 4000",  # pages; a request writes some fifty
        f"cache_size = -{CACHE_KB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
