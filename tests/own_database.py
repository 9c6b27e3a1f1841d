"""A PostgreSQL database of a test's own."""

import os
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from server.settings import SETTINGS_FILE, load_settings
from server.store.engine import open_engine

POSTGRES_URL = os.environ.get("KOEMADO_POSTGRES_URL", "")  # read now: fixtures clear our variables
NO_POSTGRES = "KOEMADO_POSTGRES_URL names no PostgreSQL server (postgresql://user@host/database, may create databases)"


@contextmanager
def own_database(like=None):
    """Yield the URL of an empty database, or of a copy of the one at the URL `like`; gone afterwards.

    Nobody may be connected with the one that is copied.  Skips where there is no server.
    """
    if not POSTGRES_URL:
        pytest.skip(NO_POSTGRES)
    name = f"koemado_test_{uuid4().hex}"
    _execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {make_url(like).database}" if like else ""))
    try:
        yield make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(f"DROP DATABASE {name} WITH (FORCE)")


def _execute(statement):
    engine = open_engine(POSTGRES_URL)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def desk_folder(folder, kind, port=None):
    """Yield the folder with settings for a new database of that kind ("sqlite", "postgresql"); `port`: on the way."""
    load_settings(folder)
    if kind == "sqlite":
        yield folder
        return
    with own_database() as url:
        reached = make_url(url).set(host="127.0.0.1", port=port) if port else make_url(url)
        address = reached.render_as_string(hide_password=False)
        settings = folder / SETTINGS_FILE
        settings.write_text(settings.read_text().replace('database_url = ""', f'database_url = "{address}"'))
        yield folder
