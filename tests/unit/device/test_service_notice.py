"""What systemd hears of a service, by a socket like its own."""

import os
import socket
import time

import pytest

from voice import service_notice
from voice.service_notice import ServiceNotice


@pytest.fixture(params=["path", "abstract"])
def systemd(request, tmp_path):
    """The other end; its `NOTIFY_SOCKET`, and what came since it was asked last."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@koemado-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name if request.param == "path" else "\0" + name[1:])
        listening.setblocking(False)

        def came():
            found = []
            while True:
                try:
                    found.append(listening.recv(4096).decode())
                except BlockingIOError:
                    return found

        yield name, came


def test_a_life_of_a_service(systemd):
    name, came = systemd
    notice = ServiceNotice.from_environment({"NOTIFY_SOCKET": name})
    assert notice.is_wanted
    notice.ready("listening\nto 窓")
    notice.status("reading settings")
    before = time.monotonic_ns() // 1000
    notice.reloading()
    notice.stopping()
    ready, status, reloading, stopping = came()
    assert (ready, status, stopping) == ("READY=1\nSTATUS=listening to 窓", "STATUS=reading settings", "STOPPING=1")
    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert before <= int(reloading.rpartition("=")[2]) <= time.monotonic_ns() // 1000


def test_the_watchdog_is_fed_by_turns_only_and_not_by_each(systemd):
    name, came = systemd
    now = [0.0]
    notice = ServiceNotice(name, watchdog_s=20.0, monotonic=lambda: now[0])
    for now[0] in (0.0, 0.1, 4.9, 5.0, 9.0, 10.1):
        notice.turned()
    assert came() == ["WATCHDOG=1"] * 3
    now[0] = 500.0  # a hang: nobody turns, so nobody feeds
    assert came() == []


@pytest.mark.parametrize(("given", "fed"), [
    ({"WATCHDOG_USEC": "20000000"}, 1),
    ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "7"}, 1),
    ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "8"}, 0),  # meant for another process
    ({"WATCHDOG_USEC": "soon"}, 0),
    ({"WATCHDOG_USEC": "0"}, 0),
    ({}, 0),
])  # fmt: skip
def test_the_watchdog_is_fed_where_systemd_waits_for_it(systemd, given, fed):
    name, came = systemd
    ServiceNotice.from_environment({"NOTIFY_SOCKET": name} | given, pid=7).turned()
    assert came() == ["WATCHDOG=1"] * fed


@pytest.mark.parametrize("address", ["", "vsock:2:1", "/nowhere/at/all"])
def test_without_systemd_nothing_happens(address):
    notice = ServiceNotice.from_environment({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"})
    notice.ready("x")
    notice.turned()
    notice.stopping()


def test_a_systemd_that_reads_nothing_holds_nobody_up(tmp_path, monkeypatch):
    monkeypatch.setattr(service_notice, "FULL_S", 0.01)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        notice = ServiceNotice(str(tmp_path / "notify"), watchdog_s=1e-9)
        for _ in range(600):  # more than any queue of the kernel takes
            notice.turned()
        assert listening.recv(4096) == b"WATCHDOG=1"
