"""Databases for the contract suites of the desk."""

import os
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from server.fakes import MemoryCallbackQueue
from server.store.desk_models import ALL_TABLES
from server.store.engine import open_engine, writing
from server.store.migrating import migrate
from server.store.queue import SqlCallbackQueue
from server.store.vault import Vault

POSTGRES_URL = os.environ.get("KOEMADO_POSTGRES_URL", "")  # read now: fixtures clear our variables
NO_POSTGRES = "KOEMADO_POSTGRES_URL names no PostgreSQL server (postgresql://user@host/database, may create databases)"
KEY = b"k" * 32


def _in_database(name, statement):
    engine = open_engine(POSTGRES_URL)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement.format(name=name)))
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_url():
    """An empty database of our own on the server named, gone afterwards."""
    if not POSTGRES_URL:
        pytest.skip(NO_POSTGRES)
    name = f"koemado_test_{uuid4().hex}"
    _in_database(name, "CREATE DATABASE {name}")
    yield make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    _in_database(name, "DROP DATABASE {name} WITH (FORCE)")


def _empty(engine):
    """Take all tables away, the version with them."""
    with writing(engine) as session:
        ALL_TABLES.drop_all(session.connection())
        session.execute(text("DROP TABLE IF EXISTS alembic_version"))


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_engine(request, tmp_path):
    """A database without any table."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    else:
        engine = open_engine(request.getfixturevalue("postgres_url"))
        _empty(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(bare_engine):
    migrate(bare_engine)
    return bare_engine


@pytest.fixture
def stored_queue(engine):
    return SqlCallbackQueue(engine, Vault(KEY))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def queue(request, tmp_path):
    """Each of the queues there is."""
    if request.param == "memory":
        yield MemoryCallbackQueue()
        return
    sqlite = request.param == "sqlite"
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}" if sqlite else request.getfixturevalue("postgres_url"))
    _empty(engine)
    migrate(engine)
    yield SqlCallbackQueue(engine, Vault(KEY))
    engine.dispose()
