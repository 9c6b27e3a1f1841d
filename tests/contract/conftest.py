"""Databases for the contract suites of the desk."""

import shutil
from contextlib import contextmanager

import pytest

from server.fakes import MemoryCallbackQueue
from server.store.engine import open_engine
from server.store.migrating import migrate
from server.store.queue import SqlCallbackQueue
from server.store.vault import Vault
from server.work.watch import Watch
from server.work.worker import carriers_of
from tests.callback_samples import SetClock
from tests.desk_office import SECRET, open_desk
from tests.desk_receivers import HttpReceiver, SmtpSink
from tests.own_database import own_database
from tests.quick_passwords import quick_passwords

KEY = b"k" * 32


@pytest.fixture(scope="module", autouse=True)
def passwords():
    with quick_passwords():
        yield


def _migrated(url):
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()


@pytest.fixture
def postgres_url():
    """An empty database of the test's own on the server named."""
    with own_database() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_pattern():
    """A database with all tables, which each test gets a copy of: migrating takes ten times as long."""
    with own_database() as url:
        _migrated(url)
        yield url


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory):
    """The same as a file."""
    path = tmp_path_factory.mktemp("pattern") / "desk.db"
    _migrated(f"sqlite:///{path}")
    return path


@contextmanager
def opened(url):
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    """Which of the databases it is."""
    return request.param


@pytest.fixture
def bare_engine(request, database, tmp_path):
    """A database without any table."""
    sqlite = database == "sqlite"
    with opened(f"sqlite:///{tmp_path / 'desk.db'}" if sqlite else request.getfixturevalue("postgres_url")) as engine:
        yield engine


@contextmanager
def copied(request, database, tmp_path):
    """A database with all tables and nothing in them."""
    if database == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_pattern"), tmp_path / "desk.db")
        with opened(f"sqlite:///{tmp_path / 'desk.db'}") as engine:
            yield engine
        return
    with own_database(like=request.getfixturevalue("postgres_pattern")) as url, opened(url) as engine:
        yield engine


@pytest.fixture
def engine(request, database, tmp_path):
    with copied(request, database, tmp_path) as engine:
        yield engine


@pytest.fixture
def stored_queue(engine):
    return SqlCallbackQueue(engine, Vault(KEY))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def queue(request, tmp_path):
    """Each of the queues there is."""
    if request.param == "memory":
        yield MemoryCallbackQueue()
        return
    with copied(request, request.param, tmp_path) as engine:
        yield SqlCallbackQueue(engine, Vault(KEY))


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
def office(engine, tmp_path, clock, receiver, sink):
    mail = {"host": "127.0.0.1", "port": sink.port, "security": "none", "sender": "desk@example.jp"}
    office = open_desk(
        tmp_path / "desk",
        clock,
        database_url=engine.url.render_as_string(hide_password=False),
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
