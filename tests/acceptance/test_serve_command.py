"""`koemado serve` and `koemado desk` as processes: started on nothing, used, stopped, started again."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from server.settings import SETTINGS_FILE, shipped_text
from tests.acceptance.conftest import PROGRAM, ROOT

pytestmark = pytest.mark.acceptance

STOPS_WITHIN_S = 5  # on a machine that has a core to spare


def patience_s():
    """As much longer as the machine has more to do than cores."""
    return STOPS_WITHIN_S * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Serving:
    """A running desk and what it said when it was ready."""

    def __init__(self, folder, *options):
        arguments = [
            *PROGRAM,
            "serve",
            "--port",
            "0",
            "--json",
            *(["--folder", str(folder)] if folder else []),
            *options,
        ]
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True, encoding="utf-8"
        )
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(f"it did not start: {self.process.communicate()[1]}")
        self.told = json.loads(line)

    def stop(self, number=signal.SIGTERM):
        began = time.monotonic()
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=patience_s() * 2)
        assert time.monotonic() - began < patience_s()
        assert out == ""
        return self.process.returncode, err


@pytest.fixture
def serve():
    running = []

    def started(folder=None, *options):
        running.append(Serving(folder, *options))
        return running[-1]

    yield started
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


@contextmanager
def log_in(told, login=None, password=None):
    with httpx.Client(base_url=told["url"], headers={"Accept": "text/html"}) as browser:
        form = {"login": login or told["login"], "password": password or told["password"]}
        answer = browser.post("/login", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
        yield browser


def test_an_empty_folder_becomes_a_desk_that_is_still_there_the_next_day(serve, tmp_path):
    first = serve(tmp_path / "desk")
    assert set(first.told) == {"url", "folder", "login", "password"}
    with log_in(first.told) as browser:
        page = browser.get("/queue")
        assert page.status_code == 200
        assert "電話待ち" in page.text
    code, err = first.stop()
    assert code == 0
    assert first.told["password"] in err
    assert "this machine only" in err
    assert "Traceback" not in err

    second = serve(tmp_path / "desk")
    assert (second.told["login"], second.told["password"]) == (None, None)
    with log_in(second.told, first.told["login"], first.told["password"]) as browser:
        assert browser.get("/queue").status_code == 200
    code, err = second.stop(signal.SIGINT)
    assert code == 0
    assert "password" not in err


def test_open_live_pages_do_not_hold_up_the_end(serve, tmp_path):
    desk = serve(tmp_path / "desk")
    connected, ended = threading.Event(), threading.Event()

    def watch(browser):
        try:
            with browser.stream("GET", "/live", timeout=30) as live:
                assert live.status_code == 200
                connected.set()
                for _ in live.iter_bytes():
                    pass
        except httpx.HTTPError:
            pass
        ended.set()

    with log_in(desk.told) as browser:
        thread = threading.Thread(target=watch, args=(browser,), daemon=True)
        thread.start()
        assert connected.wait(patience_s() * 2)
        code, err = desk.stop()
        assert code == 0
        assert "Traceback" not in err
        assert ended.wait(patience_s())


def test_the_access_log_keeps_secrets_to_itself(serve, tmp_path):
    desk = serve(tmp_path / "desk", "--access-log")
    secret = "s3cret-s3cret-s3cret-s3cret-s3cret"
    httpx.get(f"{desk.told['url']}/feeds/{secret}.ics")
    httpx.get(f"{desk.told['url']}/login?next=/queue%3Fq%3Dyamada")
    _, err = desk.stop()
    assert "GET /feeds/*.ics" in err
    assert "GET /login HTTP" in err
    assert secret not in err
    assert "yamada" not in err


def one_line(done):
    lines = done.err.strip().splitlines()
    assert len(lines) == 1, lines
    assert done.out == ""
    return lines[0]


def test_a_port_in_use_is_said_in_one_line(koemado, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = koemado("serve", "--folder", tmp_path / "desk", "--port", port, timeout=60)
    assert done.code == 7
    assert f"port {port}" in one_line(done)


def test_broken_settings_end_with_code_2_and_name_the_key(koemado, tmp_path):
    (tmp_path / SETTINGS_FILE).write_text("[listening]\nport = 'high'\n[callback]\n")
    done = koemado("serve", "--folder", tmp_path, timeout=60)
    assert done.code == 2
    assert "setting" in one_line(done)


def test_a_database_that_is_away_is_said_in_one_line(koemado, tmp_path):
    url = "postgresql://nobody:hidden@127.0.0.1:1/nowhere"
    text = shipped_text().replace('database_url = ""', f'database_url = "{url}"')
    assert url in text
    (tmp_path / SETTINGS_FILE).write_text(text, encoding="utf-8")
    done = koemado("serve", "--folder", tmp_path, "--port", 0, timeout=60)
    assert done.code == 7
    assert "database" in one_line(done)
    assert "hidden" not in done.err
    checked = koemado("desk", "check", "--folder", tmp_path, "--json", timeout=60)
    assert checked.code == 1
    assert {one["check"]: one["state"] for one in checked.objects[0]}["database"] == "broken"


def test_the_demo_is_alive_and_shows_its_accounts(serve):
    desk = serve(None, "--demo")
    assert {one["role"] for one in desk.told["accounts"]} == {"agent", "lead", "admin", "read_only"}
    shown = httpx.get(f"{desk.told['url']}/login").text
    assert all(one["password"] in shown for one in desk.told["accounts"])
    for one in desk.told["accounts"]:
        with log_in(desk.told, one["login"], one["password"]) as browser:
            assert browser.get("/queue").status_code == 200
    code, err = desk.stop()
    assert code == 0
    assert "Traceback" not in err
    assert not Path(desk.told["folder"]).exists()


def test_operators_work_beside_a_running_desk(serve, koemado, tmp_path):
    folder = tmp_path / "desk"
    desk = serve(folder)

    def run(*arguments, stdin=b""):
        return koemado("desk", *arguments, "--folder", folder, "--json", stdin=stdin, timeout=60)

    added = run(
        "account", "add", "sato", "--name", "佐藤", "--role", "agent", "--password-stdin", stdin=b"a long password\n"
    )
    assert (added.code, added.objects) == (0, [{"login": "sato", "password": None}])
    with log_in(desk.told, "sato", "a long password") as browser:
        assert browser.get("/queue").status_code == 200
        assert run("account", "disable", "sato").code == 0
        assert browser.get("/queue").status_code == 303
    found = {one["check"]: one["state"] for one in run("check").objects[0]}
    assert found["database"] == found["key"] == found["background work"] == "ok"
    assert desk.stop()[0] == 0
