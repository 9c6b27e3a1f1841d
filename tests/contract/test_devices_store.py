"""Devices and their codes, on both databases."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from server.enrolment import CODE_LASTS, MOST_WRONG, CodeRefused, CodesThrottled
from server.store.devices import DeviceStore
from server.store.engine import reading
from server.store.journal import Journal
from server.store.vault import Vault
from tests.callback_samples import NOW, minutes
from tests.contract.conftest import KEY


@pytest.fixture
def devices(engine):
    return DeviceStore(engine, Vault(KEY))


@pytest.fixture
def make_code(devices):
    def made(device_id="box-1", now=NOW):
        return devices.make_code(device_id, "1階ロビー", by="lead", now=now)

    return made


def test_a_code_makes_a_device_known(devices, make_code, engine):
    device, token = devices.enrol(make_code(), now=NOW)
    assert (device.id, device.name, device.revoked_at) == ("box-1", "1階ロビー", None)
    assert devices.by_token(token, now=NOW) == device
    assert devices.everything() == (device,)
    lines = Journal(engine).latest()
    assert [(line.actor, line.action) for line in lines] == [
        ("device:box-1", "device_enrolled"), ("lead", "enrol_code"),
    ]  # fmt: skip


def wide(code):
    """As a Japanese input method writes it."""
    return "".join("ー" if c == "-" else chr(ord(c) + 0xFEE0) for c in code)


@pytest.mark.parametrize("typed", [str.lower, wide, lambda code: code.replace("-", ""), lambda code: f" {code}\n"])
def test_a_code_may_be_typed_in_many_ways(devices, make_code, typed):
    assert devices.enrol(typed(make_code()), now=NOW)


def test_a_code_works_once_and_for_half_an_hour(devices, make_code):
    code = make_code()
    devices.enrol(code, now=NOW)
    for again, now in ((code, NOW), (make_code("box-2"), NOW + CODE_LASTS)):
        with pytest.raises(CodeRefused):
            devices.enrol(again, now=now)
    assert [device.id for device in devices.everything()] == ["box-1"]


def test_a_newer_code_of_a_device_ends_the_earlier_one(devices, make_code):
    earlier = make_code()
    make_code()
    with pytest.raises(CodeRefused):
        devices.enrol(earlier, now=NOW)


def test_the_same_code_at_the_same_moment_enrols_once(devices, make_code):
    code, barrier = make_code(), Barrier(6)

    def enrol(_):
        barrier.wait(timeout=30)
        try:
            return devices.enrol(code, now=NOW)
        except CodeRefused:
            return None

    with ThreadPoolExecutor(6) as pool:
        enrolled = [found for found in pool.map(enrol, range(6)) if found]
    assert len(enrolled) == 1
    assert devices.by_token(enrolled[0][1], now=NOW) == enrolled[0][0]


def test_enrolled_again_a_device_has_a_new_token(devices, make_code):
    _, former = devices.enrol(make_code(), now=NOW)
    devices.revoke("box-1", by="lead", now=NOW)
    device, token = devices.enrol(make_code(), now=NOW + minutes(1))
    assert devices.by_token(former, now=NOW) is None
    assert devices.by_token(token, now=NOW + minutes(1)) == device
    assert device.revoked_at is None


def test_wrong_codes_are_counted_over_all_devices(devices, make_code):
    for number in range(MOST_WRONG):
        with pytest.raises(CodeRefused):
            devices.enrol(f"XXXX-XX{number:02}", now=NOW + timedelta(seconds=number))
    code = make_code(now=NOW + minutes(1))
    assert devices.throttled(now=NOW + minutes(1))
    with pytest.raises(CodesThrottled):  # a right one too: who guesses must not learn which it is
        devices.enrol(code, now=NOW + minutes(1))
    assert not devices.throttled(now=NOW + minutes(11))
    assert devices.enrol(code, now=NOW + minutes(11))


def test_guesses_at_the_same_moment_are_all_counted(devices):
    def guess(number):
        try:
            devices.enrol(f"code {number}", now=NOW)
        except (CodeRefused, CodesThrottled) as error:
            return type(error)

    with ThreadPoolExecutor(8) as pool:
        refusals = list(pool.map(guess, range(24)))
    assert refusals.count(CodeRefused) == MOST_WRONG
    assert refusals.count(CodesThrottled) == 24 - MOST_WRONG


def test_a_revoked_device_is_nobody(devices, make_code, engine):
    _, token = devices.enrol(make_code(), now=NOW)
    waiting = make_code()
    assert devices.revoke("box-1", by="lead", now=NOW)
    assert devices.by_token(token, now=NOW) is None
    assert devices.everything()[0].revoked_at == NOW
    assert not devices.revoke("box-1", by="lead", now=NOW)
    assert not devices.revoke("box-2", by="lead", now=NOW)
    with pytest.raises(CodeRefused):  # a code that was lying about does not bring it back
        devices.enrol(waiting, now=NOW)
    assert [line.action for line in Journal(engine).latest()].count("device_revoked") == 1


def test_when_it_was_heard_of_is_written_once_a_minute(devices, make_code):
    device, token = devices.enrol(make_code(), now=NOW)
    devices.by_token(token, now=NOW + timedelta(seconds=59))
    assert devices.get("box-1").seen_at == NOW
    devices.by_token(token, now=NOW + minutes(1))
    assert devices.get("box-1").seen_at == NOW + minutes(1)
    devices.by_token(token, now=NOW - timedelta(days=1))  # the clock was set back
    assert devices.get("box-1").seen_at == NOW - timedelta(days=1)
    devices.heartbeat(device, "0.2.0", now=NOW + minutes(2))
    assert (devices.get("box-1").seen_at, devices.get("box-1").version) == (NOW + minutes(2), "0.2.0")


def test_neither_code_nor_token_is_kept(devices, make_code, engine):
    code = make_code()
    _, token = devices.enrol(make_code("box-2"), now=NOW)
    plain = [code.encode(), code.replace("-", "").encode(), token.encode()]
    with reading(engine) as session:
        rows = [
            *session.execute(text("SELECT digest FROM enrol_codes")),
            *session.execute(text("SELECT token_digest FROM devices")),
        ]
    assert len(rows) == 3
    for (kept,) in rows:
        assert bytes(kept) not in [
            hashlib.sha256(p).digest() for p in plain[:2]
        ]  # codes are short: the digest is keyed
        assert not any(p in bytes(kept) for p in plain)
