"""The desk is killed at random moments while devices send requests: none is lost, none doubled.

CI does KILLS of each kind; `KOEMADO_KILLS=1000` is the whole.
"""

import os
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import httpx
import pytest

from server.app import open_office
from server.spans import TOKYO
from server.store.engine import reading
from tests.acceptance.desk_process import DeskProcess
from tests.callback_samples import body
from tests.own_database import desk_folder

KILLS = int(os.environ.get("KOEMADO_KILLS", "40"))  # read now: fixtures clear our variables
SENDERS = 3
LONGEST_LIFE_S = 0.2  # from the first answer after a start until it is killed again


class Sender(Thread):
    """A device that sends one request after the other, each with the same id until it is told that it is kept."""

    def __init__(self, url, token, number, over, answered):
        super().__init__()
        self.kept = {}  # request id -> case
        self.tries = 0
        self._url, self._token, self._over, self._answered = url, token, over, answered
        self._random = random.Random(number)

    def run(self):
        with httpx.Client(base_url=self._url, headers={"Authorization": f"Bearer {self._token}"}) as client:
            while not self._over.is_set():
                sent = self._request()
                self.kept[sent["id"]] = self._send(client, sent)

    def _send(self, client, sent):
        while True:
            self.tries += 1
            try:
                answer = client.post("/callbacks", json=sent)
            except httpx.TransportError:
                continue  # killed before it answered: kept or not, the device cannot know
            if answer.status_code in (200, 201):
                self._answered.set()
                return answer.json()["case"]
            assert answer.status_code == 503, answer.text

    def _request(self):
        begins = datetime.now(TOKYO).replace(minute=0, second=0, microsecond=0) + timedelta(
            days=self._random.randrange(10), hours=self._random.randrange(1, 24)
        )
        return body(
            phone=f"090-1234-{self._random.randrange(300):04}",
            topic=self._random.choice(["refund", "repair", "delivery"]),
            urgency=self._random.choice(["normal", "normal", "complaint", "safety"]),
            windows=[{"begins": begins.isoformat(), "ends": (begins + timedelta(hours=3)).isoformat()}],
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def folder(request, tmp_path):
    """A desk that has its settings; a device is enrolled."""
    with desk_folder(tmp_path, request.param) as folder:
        yield folder


@pytest.fixture
def token(folder):
    office = open_office(folder)
    now = datetime.now(UTC)
    code = office.devices.make_code("box-1", "test", by="system", now=now)
    token = office.devices.enrol(code, now=now)[1]
    office.close()
    return token


@pytest.fixture
def process(folder, token):
    process = DeskProcess(folder)
    yield process
    process.close()


def kill_again_and_again(process, answered, chance):
    """Each time at a random moment: one in five while it starts, the others while it takes requests in."""
    for _ in range(KILLS):
        answered.clear()
        process.start()
        if chance.random() < 0.2:
            Event().wait(chance.uniform(0, LONGEST_LIFE_S))
        else:
            assert answered.wait(timeout=30), "the desk does not come back"
            Event().wait(chance.uniform(0, LONGEST_LIFE_S))
        process.kill()


def test_no_request_is_lost_and_none_doubled(process, folder, token, record_property):
    over, answered, began = Event(), Event(), time.monotonic()
    senders = [Sender(process.url, token, number, over, answered) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    kill_again_and_again(process, answered, random.Random())
    over.set()
    process.start()
    for sender in senders:
        sender.join(timeout=60)
    kept = {request: case for sender in senders for request, case in sender.kept.items()}
    tries = sum(sender.tries for sender in senders)
    took_s = time.monotonic() - began
    assert len(kept) > KILLS / 2
    process.kill()
    office = open_office(folder)
    check_what_is_kept(office, kept)
    name = office.engine.dialect.name
    record_property("figure", f"{name}: {KILLS} kills, {len(kept)} requests sent {tries} times, {took_s:.0f} s")
    office.close()


def rows(office, statement):
    with reading(office.engine) as session:
        return session.connection().exec_driver_sql(statement).all()


def check_what_is_kept(office, kept):
    stored = dict(rows(office, "SELECT id, case_id FROM requests"))
    assert {as_hex(request): as_hex(case) for request, case in stored.items()} == {
        as_hex(request): as_hex(case) for request, case in kept.items()
    }
    lines = rows(office, "SELECT case_id, action FROM journal WHERE action IN ('received', 'joined')")
    assert len(lines) == len(kept)
    opened = Counter(as_hex(case) for case, action in lines if action == "received")
    assert set(opened.values()) == {1}
    matters = rows(office, "SELECT phone_digest, topic FROM cases WHERE closed_at IS NULL")
    assert len(opened) == len(matters) == len({(bytes(phone), topic) for phone, topic in matters})
    seats = rows(office, "SELECT skill, begins_at, seat FROM promises WHERE ended_at IS NULL")
    assert len(seats) == len(set(seats)) > 0
    assert max(seat for _, _, seat in seats) < office.desk.plan.seats("general")
    if office.engine.dialect.name == "sqlite":
        assert rows(office, "PRAGMA integrity_check") == [("ok",)]


def as_hex(value):
    return str(value).replace("-", "")
