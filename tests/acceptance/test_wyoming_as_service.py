"""`koemado wyoming` as a service: told when it answers, fed by the loop that serves, other settings by SIGHUP, a log file."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import threading

import pytest

from tests.acceptance.conftest import PROGRAM, ROOT
from voice.reloading import DeskService
from voice.service_notice import ServiceNotice
from voice.wyoming_service import service as wyoming

pytestmark = pytest.mark.acceptance

WITHIN_S = 90


@pytest.fixture
def systemd(tmp_path):
    """The socket of a systemd."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(WITHIN_S)
        yield listening


def until(listening, word):
    while word not in (said := listening.recv(4096).decode()):
        pass
    return said


def test_the_service(systemd, tmp_path):
    file = tmp_path / "koemado.toml"
    basic = f'data_dir = "{tmp_path}/data"\nmodel = "embedded"\nlog_file = "{tmp_path}/koemado.log"\n'
    file.write_text(basic)
    unit = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"}
    given = os.environ | unit | {"KOEMADO_WYOMING_URI": "tcp://127.0.0.1:0"}  # as in koemado.env
    process = subprocess.Popen(
        [*PROGRAM, "--settings", str(file), "wyoming", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True, env=given, start_new_session=True,
    )  # fmt: skip
    with process:
        try:
            assert until(systemd, "READY=1") == "READY=1\nSTATUS=answering"
            host, _, port = json.loads(process.stdout.readline())["uri"].removeprefix("tcp://").rpartition(":")
            until(systemd, "WATCHDOG=1")
            for text in ("speech_speed = 0.8\n", "speech_speed = fast\n", "speech_speed = 0.8\n"):
                file.write_text(basic + text)
                process.send_signal(signal.SIGHUP)
                until(systemd, "RELOADING=1")
                until(systemd, "READY=1")
            assert asked(host, int(port))["type"] == "info"
        finally:
            process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
    assert process.returncode == 0, said
    kept = (tmp_path / "koemado.log").read_text()
    for lines in (said, kept):
        assert "settings read again, different now: speech_speed" in lines
        assert "the settings stay as they were" in lines
        assert "nothing is different" in lines  # the wrong ones were never in force


def asked(host, port):
    with socket.create_connection((host, port), timeout=WITHIN_S) as line, line.makefile("rwb") as stream:
        stream.write(b'{"type": "describe"}\n')
        stream.flush()
        return json.loads(stream.readline())


class Hanging:
    """A house where looking at the clock takes for ever, until it is let go."""

    def __init__(self):
        self.hangs, self.let_go = threading.Event(), threading.Event()

    def forget_old(self):
        self.hangs.set()
        self.let_go.wait(WITHIN_S)


def test_a_loop_that_hangs_does_not_feed_the_watchdog(systemd, tmp_path, monkeypatch):
    monkeypatch.setattr(wyoming, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(wyoming, "FORGET_EVERY_S", 0.3)
    house = Hanging()
    service = wyoming.Service(house)
    watching = DeskService(ServiceNotice(str(tmp_path / "notify"), watchdog_s=0.4))
    opened = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: asyncio.run(service.serve(opened, watching=watching)))
    thread.start()
    until(systemd, "WATCHDOG=1")
    assert house.hangs.wait(WITHIN_S)
    systemd.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            systemd.recv(4096)  # of before
    systemd.settimeout(1.0)  # it is to be fed each 0.1 s
    with pytest.raises(TimeoutError):
        systemd.recv(4096)
    house.let_go.set()
    until(systemd, "WATCHDOG=1")
    service.stop()
    thread.join(WITHIN_S)
