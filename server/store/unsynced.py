"""Filling a database that may be thrown away: SQLite waits for the disk once in the end and not at every step."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def unsynced(engine: Engine) -> Iterator[None]:
    """Within it a power cut may cost the database; no other process or thread should use it."""
    if engine.dialect.name != "sqlite":
        yield
        return
    event.listen(engine, "checkout", _hurry)
    try:
        yield
    finally:
        event.remove(engine, "checkout", _hurry)
        engine.dispose()  # connections opened from now on wait again


def _hurry(connection: Any, _record: Any, _proxy: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")
