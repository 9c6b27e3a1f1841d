"""An answer that comes a byte at a time is not waited for: each read is in time, the whole is not."""

import socket
import time
from contextlib import contextmanager
from threading import Event, Thread
from uuid import uuid4

import pytest

from server import client as desk_client
from server.client import DeskClient
from server.deliveries import TryLater
from server.errors import DeskUnavailable

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIPS = {
    "head": HEAD + b"X-Long: " + b"a" * 50_000,
    "body": HEAD + b"Content-Length: 50000\r\n\r\n" + b" " * 50_000,
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 50_000,
}


@contextmanager
def dripping(answer, *, at_once=0, every_s=0.02):
    """Accept connections; give `at_once` bytes, then one after the other.  Yields the address."""
    over = Event()

    def drip(connection):
        with connection:
            connection.recv(65536)
            try:
                connection.sendall(answer[:at_once])
                for place in range(at_once, len(answer)):
                    connection.sendall(answer[place : place + 1])
                    if over.wait(every_s):
                        return
            except OSError:
                return

    def accept(listening):
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            Thread(target=drip, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=accept, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("kind", DRIPS)
def test_no_thread_is_held_by_a_dripping_desk(kind, monkeypatch):
    monkeypatch.setattr(desk_client, "WHOLE_S", 0.3)
    at_once = DRIPS[kind].find(b"\r\n\r\n") + 4 if kind != "head" else 0
    with dripping(DRIPS[kind], at_once=at_once) as url, DeskClient(url) as desk:
        began = time.monotonic()
        delivery = desk.submit(uuid4(), b"{}")
        assert isinstance(delivery, TryLater)
        assert delivery.unreachable
        with pytest.raises(DeskUnavailable):
            desk.hours()
        assert time.monotonic() - began < 8  # 0.6 s, on a machine with nothing else to do


def test_who_waits_for_news_waits_longer(monkeypatch):
    monkeypatch.setattr(desk_client, "WHOLE_S", 0.1)
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"ids": [], "next":3}'
    with dripping(answer, at_once=len(answer) - 20) as url, DeskClient(url) as desk:
        assert desk.news(0, wait_s=20).next == 3
        with pytest.raises(DeskUnavailable):
            desk.hours()
