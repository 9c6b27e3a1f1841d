"""`koemado doctor`: every finding that is not fine has a remedy, nothing waits long, nothing breaks."""

import os
import socket
import threading
import time
from errno import EROFS
from pathlib import Path

import pytest

from kb.errors import BaseMissing
from voice import doctor_network
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.doctor import _disk
from voice.doctor_desk import desk as _desk
from voice.doctor_network import remote_recogniser, time_service
from voice.errors import ModelError
from voice.findings import WAIT_S, Finding, State, Waiting, found_by
from voice.models.errors import ModelDamaged
from voice.settings import Settings


@pytest.fixture
def settings(tmp_path):
    def made(**given):
        return Settings(**{"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache"} | given)

    return made


@pytest.mark.parametrize(("error", "detail", "remedy"), [
    (ModelError("no model in /x: install one"), "no model in /x", "install one"),
    (ModelDamaged(Path("/x"), "a.mdl is cut short"), "/x cannot be used: a.mdl is cut short", "install it again"),
    (BaseMissing(Path("/kb.db")), "no knowledge base at /kb.db", "koemado kb import"),
    (ModelError("no model"), "no model", "do this"),
    (OSError(EROFS, "Read-only file system", "/data"), "/data Read-only file system", "read-only: mount it"),
    (OSError("odd"), "OSError", "do this"),
    (ValueError("03-1555-1234"), "the check failed (ValueError)", "report it"),
])  # fmt: skip
def test_what_a_check_raises_is_a_finding_with_a_remedy(error, detail, remedy):
    def check():
        yield Finding(check="a", state=State.FINE, detail="first")
        raise error

    first, second = found_by("a", check, remedy="do this")
    assert (first.detail, second.state) == ("first", State.BROKEN)
    assert second.detail.endswith(detail)
    assert remedy in second.remedy


@pytest.fixture
def dead_end():
    """The address of a machine that takes connections and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield listening.getsockname()[1]


def test_a_desk_that_says_nothing_holds_nobody_up(settings, dead_end, tmp_path, monkeypatch):
    monkeypatch.setattr("voice.findings.WAIT_S", 0.3)
    given = settings()
    with EnrolmentFile(given.data_dir / "desk-device.json").writing() as keep:
        keep(Enrolment(url=f"http://127.0.0.1:{dead_end}", id="box-1", token="kd_x"))
    began = time.monotonic()
    (found,) = Waiting("callback desk", lambda: _desk(given), remedy="look at the network").findings()
    assert time.monotonic() - began < WAIT_S
    assert (found.state, found.remedy) == (State.LIMITED, "look at the network")
    assert "no answer within" in found.detail


def test_what_was_found_before_the_wait_is_told(settings, monkeypatch):
    monkeypatch.setattr("voice.findings.WAIT_S", 0.3)

    def check():
        yield Finding(check="outbox", state=State.BROKEN, detail="refused", remedy="mend it")
        time_is_up.wait(30)

    time_is_up = threading.Event()
    found = Waiting("callback desk", check, remedy="look").findings()
    time_is_up.set()
    assert [one.check for one in found] == ["outbox", "callback desk"]


@pytest.fixture
def recogniser():
    """The address of a machine that answers one question with this line."""
    threads = []

    def answering(line):
        listening = socket.create_server(("127.0.0.1", 0))

        def answer():
            with listening, listening.accept()[0] as one:
                assert b"describe" in one.recv(1_000)
                one.sendall(line)

        threads.append(threading.Thread(target=answer))
        threads[-1].start()
        return f"tcp://127.0.0.1:{listening.getsockname()[1]}"

    yield answering
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(("line", "detail"), [
    (b'{"type": "info", "data": {"asr": [{"name": "big"}]}}\n', " answers"),
    (b'{"type": "info", "data": {"asr": [], "tts": [{}]}}\n', "does not recognise speech"),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak Wyoming"),
    (b"", "does not speak Wyoming"),
])  # fmt: skip
def test_a_remote_recogniser(settings, recogniser, line, detail):
    (found,) = remote_recogniser(settings(model=recogniser(line)))
    assert detail in found.detail
    assert (found.state is State.FINE) is (detail == " answers") is (not found.remedy)


def test_a_remote_recogniser_that_is_away(settings, dead_end, monkeypatch):
    monkeypatch.setattr(doctor_network, "ASK_S", 0.2)
    assert list(remote_recogniser(settings())) == []
    (silent,) = remote_recogniser(settings(model=f"tcp://127.0.0.1:{dead_end}"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        (away,) = remote_recogniser(settings(model=f"tcp://127.0.0.1:{taken.getsockname()[1]}"))
    for found in (silent, away):
        assert found.state is State.LIMITED
        assert "local model hears" in found.detail
        assert found.remedy


@pytest.mark.parametrize(("told", "state"), [
    ("echo NTP=yes; echo NTPSynchronized=yes; echo Timezone=Asia/Tokyo", State.FINE),
    ("echo NTP=yes; echo NTPSynchronized=no", State.LIMITED),
    ("echo NTP=no; echo NTPSynchronized=no", State.LIMITED),
    ("exit 1", State.FINE),  # no systemd: nothing is known
    ("exec sleep 60", State.FINE),
])  # fmt: skip
def test_the_time_service(settings, tmp_path, monkeypatch, told, state):
    monkeypatch.setattr(doctor_network, "ASK_S", 1.0)
    fake = tmp_path / "timedatectl"
    fake.write_text(f"#!/bin/sh\n{told}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (found,) = time_service(settings())
    assert found.state is state
    assert bool(found.remedy) is (state is not State.FINE)


def test_an_outbox_that_cannot_be_used(settings, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/outbox.db").write_text("no database at all, but long enough to look like one" * 40)
    (found,) = _desk(settings(desk_url="http://127.0.0.1:9"))
    assert (found.check, found.state) == ("outbox", State.BROKEN)
    assert "writable" in found.remedy


def test_a_folder_that_cannot_be_written(settings, tmp_path):
    (tmp_path / "data").write_text("a file, where a folder should be")
    data, cache = _disk(settings())
    assert (data.state, cache.state) == (State.BROKEN, State.FINE)
    assert "make it usable" in data.remedy
    assert str(tmp_path / "data") in data.detail
