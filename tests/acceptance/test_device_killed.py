"""The device is killed at random moments and its network cut while it keeps and sends requests: none lost, none doubled.

CI does KILLS; `KOEMADO_KILLS=1000` is the whole.
"""

import os
import random
import re
import time
from collections import Counter
from datetime import UTC, datetime
from threading import Event
from uuid import UUID

import pytest

from server.app import open_office
from server.client import DeskClient
from server.clock import system_clock
from server.outbox import Outbox, State
from server.settings import SETTINGS_FILE, shipped_text
from server.store.engine import reading
from tests.acceptance.desk_pages import always_open
from tests.acceptance.desk_process import DeskProcess
from tests.acceptance.device_process import TOLD, DeviceProcess
from voice.desk_enrolment import FILE, Enrolment, EnrolmentFile

KILLS = int(os.environ.get("KOEMADO_KILLS", "40"))  # read now: fixtures clear our variables
LONGEST_LIFE_S = 0.4  # from when a customer was told, or else from its start


@pytest.fixture
def desk(tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    text = re.sub("general = 50", "general = 5", always_open(shipped_text()))
    (folder / SETTINGS_FILE).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def backend(desk):
    open_office(desk).close()
    process = DeskProcess(desk)
    process.start()
    yield process
    process.close()


@pytest.fixture
def device(tmp_path, desk, backend):
    """Its folder, enrolled at the desk."""
    office = open_office(desk)
    now = datetime.now(UTC)
    code = office.devices.make_code("box-1", "test", by="system", now=now)
    office.close()
    with DeskClient(backend.url) as client, EnrolmentFile(tmp_path / "box" / FILE).writing() as keep:
        name, token, _ = client.enrol(code)
        keep(Enrolment(url=backend.url, id=name, token=token))
    return tmp_path / "box"


@pytest.fixture
def process(device):
    process = DeviceProcess(device)
    yield process
    process.close()


def test_no_request_is_lost_and_none_doubled(process, device, desk, backend, record_property):
    chance, began = random.Random(), time.monotonic()
    for life in range(KILLS):
        process.start(life)
        if chance.random() < 0.8:
            wait_for_another(device / TOLD)
        Event().wait(chance.uniform(0, LONGEST_LIFE_S))
        process.kill()
    told = [UUID(line) for line in (device / TOLD).read_text().split()]
    assert len(told) > KILLS / 2
    waited, kept = flushed(device)
    backend.kill()
    check(desk, told, kept)
    took_s = time.monotonic() - began
    record_property(
        "figure", f"device: {KILLS} kills, {len(told)} requests told, {waited} waited at the end, {took_s:.0f} s"
    )


def wait_for_another(told):
    """Until one more customer was told that the request is kept."""
    before = told.stat().st_size if told.exists() else 0
    until = time.monotonic() + 30
    while (told.stat().st_size if told.exists() else 0) == before:
        assert time.monotonic() < until, "the device keeps nothing any more"
        Event().wait(0.005)


def flushed(device):
    """Send what waits when the power and the network are back; what the outbox has then."""
    outbox = Outbox(device / "outbox.db", clock=system_clock, jitter=random.random)
    enrolment = EnrolmentFile(device / FILE).read()
    waited = sum(kept.state is State.WAITING for kept in outbox.kept())
    with DeskClient(enrolment.url, enrolment.token) as client:
        done = outbox.flush(client.submit, at_once=True)
    assert (done.waiting, done.rejected) == (0, ())
    kept = outbox.kept()
    assert Counter(one.state for one in kept) == {State.ARRIVED: len(kept)}
    return waited, {one.id for one in kept}


def check(desk, told, kept):
    office = open_office(desk)
    with reading(office.engine) as session:
        rows = lambda statement: session.connection().exec_driver_sql(statement).all()  # noqa: E731
        stored = [UUID(str(one)) for (one,) in rows("SELECT id FROM requests")]
        cases = rows("SELECT phone_digest FROM cases")
        received = rows("SELECT case_id FROM journal WHERE action IN ('received', 'joined')")
    office.close()
    assert len(told) == len(set(told))
    assert set(told) <= kept
    assert sorted(stored) == sorted(kept)  # nothing the customer was told is missing, nothing is there twice
    assert len(stored) == len(cases) == len({bytes(phone) for (phone,) in cases}) == len(received)
