"""Databases for the contract suites of the desk."""

import pytest
from sqlalchemy import text

from server.fakes import MemoryCallbackQueue
from server.store.desk_models import ALL_TABLES
from server.store.engine import open_engine, writing
from server.store.migrating import migrate
from server.store.queue import SqlCallbackQueue
from server.store.vault import Vault
from server.work.watch import Watch
from server.work.worker import carriers_of
from tests.callback_samples import SetClock
from tests.desk_office import SECRET, open_desk
from tests.desk_receivers import HttpReceiver, SmtpSink
from tests.own_database import own_database

KEY = b"k" * 32


@pytest.fixture(scope="session")
def postgres_url():
    """An empty database of our own on the server named, gone afterwards."""
    with own_database() as url:
        yield url


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


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def receiver():
    with HttpReceiver().running() as receiver:
        yield receiver


@pytest.fixture
def sink():
    with SmtpSink().running() as sink:
        yield sink


@pytest.fixture
def office(bare_engine, tmp_path, clock, receiver, sink):
    mail = {"host": "127.0.0.1", "port": sink.port, "security": "none", "sender": "desk@example.jp"}
    office = open_desk(
        tmp_path / "desk",
        clock,
        database_url=bare_engine.url.render_as_string(hide_password=False),
        mail=mail | {"recipients": ["lead@example.jp", "night@example.jp"]},
        webhook={"url": receiver.url, "secret": SECRET},
        listening={"public_url": "https://desk.example.jp"},
    )
    yield office
    office.close()


@pytest.fixture
def watch(office):
    carriers = carriers_of(office)
    yield Watch(office, carriers, dice=lambda: 0.0)
    carriers["webhook"].close()
