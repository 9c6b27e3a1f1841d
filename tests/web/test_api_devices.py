"""Devices become known, stay in sight, and are turned away."""

from importlib.metadata import version

import pytest
from fastapi.testclient import TestClient

from server.enrolment import MOST_WRONG
from tests.callback_samples import body


@pytest.fixture
def stranger(app):
    return TestClient(app, raise_server_exceptions=False)


def test_a_code_is_exchanged_for_a_token(stranger, office, clock):
    code = office.devices.make_code("lobby-1", "1階ロビー", by="lead", now=clock())
    answer = stranger.post("/devices/enrol", json={"code": code.lower()})
    assert answer.status_code == 201
    assert answer.json()["device"] == {"id": "lobby-1", "name": "1階ロビー"}
    bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert stranger.post("/callbacks", json=body(device="lobby-1"), headers=bearer).status_code == 201
    assert stranger.post("/devices/enrol", json={"code": code}).status_code == 403


def test_guessing_codes_is_slowed_down(stranger):
    answers = [stranger.post("/devices/enrol", json={"code": "AAAA-AAAA"}) for _ in range(MOST_WRONG + 1)]
    assert [answer.status_code for answer in answers] == [403] * MOST_WRONG + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize("wrong", [{}, {"code": ""}, {"code": 1}, {"code": "A" * 41}, {"code": "A", "more": 1}, []])
def test_what_is_no_code_is_refused_and_not_counted(stranger, office, clock, wrong):
    for _ in range(MOST_WRONG):
        assert stranger.post("/devices/enrol", json=wrong).status_code == 422
    assert not office.devices.throttled(now=clock())


def test_a_heartbeat_tells_the_version(device, office, clock):
    clock.pass_time(hours=3)
    assert device.post("/devices/heartbeat", json={"version": "0.2.0"}).status_code == 204
    known = office.devices.get("box-1")
    assert (known.version, known.seen_at) == ("0.2.0", clock())
    assert device.post("/devices/heartbeat", json={"version": "<script>"}).status_code == 422


ROUTES = [
    ("POST", "/devices/heartbeat"), ("POST", "/callbacks"), ("GET", "/callbacks/news"), ("GET", "/slots?topic=x"),
    ("GET", "/callbacks/6f1c1f0e-6c0b-4c7e-9f53-1d1b8f5c2a10"),
    ("PUT", "/callbacks/6f1c1f0e-6c0b-4c7e-9f53-1d1b8f5c2a10/promise"),
    ("POST", "/callbacks/6f1c1f0e-6c0b-4c7e-9f53-1d1b8f5c2a10/withdraw"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_a_token_nothing_is_answered(stranger, device, office, clock, method, path):
    office.devices.revoke("box-1", by="lead", now=clock())
    revoked = device.headers["Authorization"]
    for authorization in (None, "Bearer kd_guess", "Basic Ym94OmJveA==", "Bearer", revoked):
        headers = {"Authorization": authorization} if authorization else {}
        answer = stranger.request(method, path, json={}, headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.json()["problems"][0]["field"] == "request"


def test_a_session_of_staff_is_no_device(log_in):
    assert log_in("admin").get("/slots?topic=x").status_code == 401


def test_health_needs_no_token(stranger):
    for path in ("/health", "/health/ready"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok", "version": version("koemado")})
