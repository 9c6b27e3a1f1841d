"""The database is gone for a while: everybody is told to try again, nothing is half done, and it goes on by itself."""

import json
import random
import socket
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from threading import Event, Lock, Thread
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from server.access import Account, Role
from server.app import DATABASE_FILE, create_app, open_office
from server.errors import StoreUnavailable
from server.store import engine as engine_module
from server.store.desk_models import JournalRow, SearchKeyRow
from server.store.engine import reading
from server.store.models import CaseRow, MatterRow, PromiseRow, RequestRow
from server.web.guard import COOKIE
from server.wire import parse_request
from tests.callback_samples import SetClock, body
from tests.own_database import NO_POSTGRES, POSTGRES_URL, desk_folder
from tests.web.conftest import PASSWORD

CUTS = 25
SENDERS = 4


class Cable:
    """Leads to the database; can be pulled out and put back."""

    def __init__(self, host, port):
        self._to = (host, port)
        self._ends, self._lock, self._whole = [], Lock(), True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def pull(self):
        with self._lock:
            self._whole = False
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._ends.clear()

    def put_back(self):
        with self._lock:
            self._whole = True

    def close(self):
        self.pull()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                with self._lock:
                    if not self._whole:
                        near.close()
                        continue
                    far = socket.create_connection(self._to)
                    self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one, other):
        with suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        one.close()


class HeldFile:
    """Another program holds the SQLite file."""

    def __init__(self, path):
        self._path, self._held = path, None

    def pull(self):
        self._held = sqlite3.connect(self._path, isolation_level=None)
        self._held.execute("BEGIN EXCLUSIVE")

    def put_back(self):
        self._held.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def away(request, tmp_path, monkeypatch):
    """What takes the database away, with the desk's settings made to go through it."""
    if request.param == "sqlite":
        monkeypatch.setattr(engine_module, "BUSY_MS", 50)
        yield HeldFile(tmp_path / DATABASE_FILE)
        return
    if not POSTGRES_URL:
        pytest.skip(NO_POSTGRES)
    url = make_url(POSTGRES_URL)
    cable = Cable(url.host or "127.0.0.1", url.port or 5432)
    with desk_folder(tmp_path, request.param, port=cable.port):
        yield cable
    cable.close()


@pytest.fixture
def office(away, tmp_path):
    office = open_office(tmp_path, clock=SetClock())
    yield office
    office.close()


@pytest.fixture
def app(office):
    return create_app(office)


@pytest.fixture
def device(app, office):
    code = office.devices.make_code("box-1", "x", by="x", now=office.clock())
    token = office.devices.enrol(code, now=office.clock())[1]
    return TestClient(app, headers={"Authorization": f"Bearer {token}"}, raise_server_exceptions=False)


@pytest.fixture
def agent(app, office):
    login = f"agent-{uuid4().hex[:8]}"
    office.accounts.add(Account(login=login, name="佐藤", role=Role.AGENT), PASSWORD, by="x", now=office.clock())
    cookies = {COOKIE: office.accounts.open_session(login, now=office.clock())}
    return TestClient(app, cookies=cookies, headers={"Accept": "text/html"}, raise_server_exceptions=False)


def test_a_device_is_told_to_try_again_and_then_it_works(away, office, device):
    sent = body(phone="090-1234-5601", topic=uuid4().hex)
    assert device.post("/callbacks", json=body()).status_code in (200, 201)
    away.pull()
    for _ in range(2):
        answer = device.post("/callbacks", json=sent)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert [problem["field"] for problem in answer.json()["problems"]] == ["request"]
    assert device.get("/health").status_code == 200
    away.put_back()
    assert office.desk.queue.cases_of("+819012345601") == ()
    assert device.post("/callbacks", json=sent).status_code == 201
    assert len(office.desk.queue.cases_of("+819012345601")) == 1
    assert device.get("/health/ready").status_code == 200


@pytest.mark.parametrize("away", ["postgresql"], indirect=True)  # an SQLite file that is held can still be read
def test_staff_see_that_the_database_is_away(away, agent, office):
    assert agent.get("/queue").status_code == 200
    away.pull()
    shown = agent.get("/queue")
    assert shown.status_code == 503
    assert "データベースにつながりません" in shown.text
    assert agent.get("/health/ready").status_code == 503
    away.put_back()
    assert agent.get("/queue").status_code == 200


class Sender(Thread):
    """Sends requests until it is told to stop, each until it is kept."""

    def __init__(self, office, number, over):
        super().__init__()
        self.kept, self.again = [], 0
        self._office, self._over, self._chance = office, over, random.Random(number)

    def run(self):
        while not self._over.is_set():
            topic = self._chance.choice(["refund", "repair"])
            request = parse_request(
                json.dumps(body(phone=f"090-1235-{self._chance.randrange(60):04}", topic=topic)).encode()
            )
            while True:
                try:
                    self._office.desk.receive(request)
                    break
                except StoreUnavailable:
                    self.again += 1
            self.kept.append(request.id)


@pytest.mark.parametrize("away", ["postgresql"], indirect=True)  # to a file there is no cable
def test_nothing_is_lost_or_doubled_when_the_cable_is_pulled_again_and_again(away, office):
    over, chance = Event(), random.Random()
    senders = [Sender(office, number, over) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    for _ in range(CUTS):
        over.wait(chance.uniform(0.02, 0.1))
        away.pull()
        over.wait(chance.uniform(0, 0.02))
        away.put_back()
    over.set()
    for sender in senders:
        sender.join(timeout=30)
    kept = [request for sender in senders for request in sender.kept]
    assert sum(sender.again for sender in senders) > 0
    cases = {case for n in range(60) for case in office.desk.queue.cases_of(f"+819012350{n:03}")}
    stored = [stored.request.id for case in cases for stored in office.desk.queue.case(case).requests]
    assert Counter(stored) == Counter(kept)


def test_a_file_that_is_held_leaves_no_trace(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_module, "BUSY_MS", 50)
    with closing(open_office(tmp_path, clock=SetClock())) as office:
        held = HeldFile(tmp_path / DATABASE_FILE)
        held.pull()
        with pytest.raises(StoreUnavailable):
            office.desk.receive(parse_request(json.dumps(body()).encode()))
        held.put_back()
        with reading(office.engine) as session:
            for table in (RequestRow, CaseRow, MatterRow, PromiseRow, JournalRow, SearchKeyRow):
                assert session.scalar(select(func.count()).select_from(table)) == 0
