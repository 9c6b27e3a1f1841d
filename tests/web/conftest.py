"""A desk in a temporary folder, a clock that is set, and people who are logged in."""

import shutil

import pytest
from fastapi.testclient import TestClient

from server.access import Account, Role
from server.app import create_app, open_office
from server.client import DeskClient
from server.store.accounts import csrf_token
from server.web.guard import COOKIE
from tests.callback_samples import NOW, SetClock
from tests.desk_office import in_network_place
from tests.quick_passwords import quick_passwords

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module", autouse=True)
def passwords():
    with quick_passwords():
        yield


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory):
    """The folder of a desk with its staff, made once."""
    folder = tmp_path_factory.mktemp("furnished") / "desk"
    with quick_passwords():
        _furnish(folder)
    return folder


def _furnish(folder):
    office = open_office(folder, clock=SetClock())
    for login, name, role in (
        ("sato", "佐藤", Role.AGENT),
        ("suzuki", "鈴木", Role.AGENT),
        ("lead", "高橋", Role.LEAD),
        ("admin", "田中", Role.ADMIN),
        ("viewer", "伊藤", Role.READ_ONLY),
    ):
        office.accounts.add(Account(login=login, name=name, role=role), PASSWORD, by="system", now=NOW)
    office.close()


@pytest.fixture
def office(tmp_path, clock, furnished):
    shutil.copytree(furnished, tmp_path / "desk")
    office = open_office(tmp_path / "desk", clock=clock)
    yield office
    office.close()


@pytest.fixture
def app(office):
    return create_app(office)


@pytest.fixture
def log_in(app, office, clock):
    """Return a browser of somebody: pages by default, with the CSRF token its forms would send."""

    def logged_in(login):
        token = office.accounts.open_session(login, now=clock())
        headers = {"Accept": "text/html", "X-CSRF-Token": csrf_token(token)}
        return TestClient(app, cookies={COOKIE: token}, headers=headers, follow_redirects=False)

    return logged_in


@pytest.fixture
def browser(app):
    """A browser nobody is logged in with."""
    return TestClient(app, headers={"Accept": "text/html"}, follow_redirects=False)


@pytest.fixture
def enrolled(office, clock):
    """Make a device known; its token."""

    def enrol(device_id="box-1"):
        code = office.devices.make_code(device_id, "1階ロビー", by="lead", now=clock())
        return office.devices.enrol(code, now=clock())[1]

    return enrol


@pytest.fixture
def device(app, enrolled):
    """A device that speaks with the desk."""
    return TestClient(app, headers={"Authorization": f"Bearer {enrolled()}"}, raise_server_exceptions=False)


@pytest.fixture
def desk_client(device):
    """What a device asks the desk with; the application stands in the network's place."""
    return DeskClient("http://testserver", transport=in_network_place(device))
