"""`koemado serve` as a service of systemd: told when it answers, fed while it does, other settings by SIGHUP."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import PROGRAM, ROOT

pytestmark = pytest.mark.acceptance

WITHIN_S = 60


@pytest.fixture
def systemd(tmp_path):
    """The socket of a systemd that waits 2 s for each sign of life."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(WITHIN_S)

        def until(word):
            seen = []
            while word not in (seen[-1:] or [""])[0]:
                seen.append(listening.recv(4096).decode())
            return seen

        yield until


def test_the_desk_as_a_service(systemd, tmp_path):
    given = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"}
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--no-talk", "--port", "0", "--json", "--folder", str(tmp_path / "desk")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True, env=given, start_new_session=True,
    )  # fmt: skip
    with process:
        try:
            url = json.loads(process.stdout.readline())["url"]
            assert systemd("READY=1")[-1] == "READY=1\nSTATUS=answering"
            systemd("WATCHDOG=1")
            file = tmp_path / "desk/desk.toml"
            shipped = file.read_text(encoding="utf-8")
            file.write_text(
                shipped.replace('organisation = "声窓 受付"', 'organisation = "花屋の窓口"'), encoding="utf-8"
            )
            process.send_signal(signal.SIGHUP)
            systemd("RELOADING=1")
            systemd("READY=1")
            assert "花屋の窓口" in httpx.get(f"{url}/login").text
            systemd("WATCHDOG=1")
        finally:
            process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
    assert "settings read again, different now: listening.organisation" in said
    assert process.returncode in (0, 130, -signal.SIGTERM)


def test_a_dry_run_changes_nothing_and_shows_all(koemado):
    done = koemado("install-service", "serve", "--system", "--hardware-watchdog", "--dry-run", "--json")
    told = done.objects[0]
    assert (done.code, told["service"], told["done"]) == (0, "koemado-serve.service", False)
    paths = [step["path"] for step in told["steps"] if step["path"]]
    assert paths == [
        "/etc/systemd/system/koemado-serve.service", "/etc/systemd/system.conf.d/50-koemado-watchdog.conf",
    ]  # fmt: skip
    assert koemado("install-service", "--hardware-watchdog", "--dry-run").code == 1
    removed = koemado("install-service", "--uninstall", "--dry-run").out
    assert "# run: systemctl --user disable --now koemado-talk.service" in removed


def test_nothing_is_installed_where_systemd_does_not_run(koemado):
    if Path("/run/systemd/system").exists():
        pytest.skip("systemd runs here")
    done = koemado("install-service", "talk")
    assert done.code == 1
    assert "systemd does not run here" in done.err
