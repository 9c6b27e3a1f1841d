"""Conversations as customers have them, replayed from scripts: typed, and ten of them spoken and heard by libvosk."""

import json
import socket
from datetime import datetime
from pathlib import Path

import pytest

from intents.when_types import TOKYO
from server.app import create_app, open_office
from tests.acceptance.desk_pages import answering, open_desk
from tests.acceptance.test_callback_by_text import requests_of
from voice.cli.app import run

SCRIPTS = sorted((Path(__file__).parent / "conversations").glob("*.yaml"))
TYPED = [path for path in SCRIPTS if not path.stem.startswith("voice_")]
SPOKEN = [path for path in SCRIPTS if path.stem.startswith("voice_")]
NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)  # as the scripts have it


def named(path):
    return path.stem


def test_there_are_enough():
    assert len(TYPED) >= 40
    assert len(SPOKEN) >= 10


@pytest.mark.parametrize("script", TYPED, ids=named)
def test_typed(script, capsys):
    assert run(["simulate", str(script)]) == 0, capsys.readouterr().out


@pytest.mark.acceptance
@pytest.mark.parametrize("script", SPOKEN, ids=named)
def test_spoken(script, capsys):
    assert run(["simulate", str(script)]) == 0, capsys.readouterr().out


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("script", "phone"), [("voice_callback_mobile", "+819012345678"), ("voice_callback_landline", "+81331234568")]
)
def test_a_spoken_request_is_one_case_on_the_real_desk(script, phone, tmp_path, monkeypatch, capsys):
    open_desk(tmp_path / "desk", clock=lambda: NOW).close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("KOEMADO_DESK_URL", f"http://127.0.0.1:{port}")
    office = open_office(tmp_path / "desk", clock=lambda: NOW)
    with answering(create_app(office), port):
        code = office.devices.make_code("box-1", "test", by="system", now=NOW)
        assert run(["enrol", code]) == 0
        capsys.readouterr()
        path = Path(__file__).parent / "conversations" / f"{script}.yaml"
        assert run(["simulate", str(path), "--desk", "--json"]) in (0, 1)  # which times are free is the desk's affair
    *turns, end = map(json.loads, capsys.readouterr().out.splitlines())
    assert "担当の者に届きました" in turns[-1]["spoken"]
    assert len(end["stored"]) == 1
    (([request], promise),) = requests_of(tmp_path / "desk")
    assert request.phone == phone
    assert promise.slot.span == request.windows[0].span
