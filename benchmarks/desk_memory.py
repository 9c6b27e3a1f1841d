"""How much memory the desk's process takes: idle, after many requests and as many again, with pages open."""

import socket
from collections.abc import Callable
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.desk_client import drive, get, post
from benchmarks.desk_customers import bodies
from benchmarks.desk_running import AGENTS, Running, desk, device_token, set_up
from benchmarks.desk_submit import DEVICE, MANY_SEATS
from server.clock import system_clock
from server.web.guard import COOKIE

STREAMS = 50
PAGE_EVERY = 4  # so many submissions for each look at the queue


def measure(folder: Path, *, requests: int, done: Callable[[int], object]) -> dict[str, Any]:
    """Return resident and anonymous megabytes of `koemado serve` by moment; `requests` are sent twice."""
    office = set_up(folder, database_url="", seats=MANY_SEATS)
    token = device_token(office, DEVICE)
    session = office.accounts.open_session(AGENTS[0], now=office.clock())
    office.close()
    device, staff = {"Authorization": f"Bearer {token}"}, {"Cookie": f"{COOKIE}={session}", "Accept": "text/html"}
    parts = count(1)

    def work(running: Running, number: int) -> None:
        made = bodies(number, start=next(parts) * 100_000, device=DEVICE, now=system_clock())
        sent = [post("/callbacks", body, device) for body in made]
        for at in range(0, len(sent), PAGE_EVERY + 1):
            sent[at] = get("/queue", staff)
        drive(running.port, sent, connections=8)
        done(number)

    found = {}
    with desk(folder) as running:
        work(running, 20)
        found["idle"] = _memory(running)
        work(running, requests)
        found[f"after {requests} requests"] = _memory(running)
        work(running, requests)
        found[f"after {2 * requests} requests"] = _memory(running)
        with ExitStack() as streams:
            for _ in range(STREAMS):
                streams.enter_context(closing(_stream(running.port, staff)))
            work(running, 200)
            found[f"{STREAMS} live pages open"] = _memory(running)
        work(running, 20)
        found["live pages closed"] = _memory(running)
    return found


def _memory(running: Running) -> dict[str, float]:
    return {"resident_mb": round(running.resident_mb(), 1), "anonymous_mb": round(running.anonymous_mb(), 1)}


def _stream(port: int, headers: dict[str, str]) -> socket.socket:
    """Open a live page and wait until it is greeted."""
    stream = socket.create_connection(("127.0.0.1", port), timeout=60)
    stream.sendall(get("/live", headers))
    heard = b""
    while b"hello" not in heard:
        piece = stream.recv(4096)
        if not piece:
            raise ConnectionError("no live page was opened")
        heard += piece
    return stream
