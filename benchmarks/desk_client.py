"""A client that costs little: plain sockets kept open, bodies made beforehand, a thread for each connection."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

PIECE = 65_536


@dataclass(slots=True, kw_only=True)
class Driven:
    """What came of a run.  `busy` is the share of one core the client used."""

    seconds: float = 0.0
    busy: float = 0.0
    server_cpu_s: float = 0.0  # of the process that answered
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_ms: list[float] = field(default_factory=list)
    bytes: int = 0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return sum(self.statuses.values()) / self.seconds


class Connection:
    """A connection that is kept."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> tuple[int, bytes]:
        """Return status and body."""
        self._socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, body = answer.partition(b"\r\n\r\n")
        parts = [body]
        missing = _length(head) - len(body)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return int(head[9:12]), b"".join(parts)

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def _more(self) -> bytes:
        piece = self._socket.recv(PIECE)
        if not piece:
            raise ConnectionError("the connection was closed")
        return piece


def post(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a request as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: desk", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *(f"{k}: {v}" for k, v in headers.items()), "", ""]).encode() + body


def get(path: str, headers: Mapping[str, str]) -> bytes:
    """Return a request as bytes."""
    return "\r\n".join(
        [f"GET {path} HTTP/1.1", "Host: desk", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
    ).encode()


def drive(port: int, requests: Sequence[bytes], *, connections: int = 1) -> Driven:
    """Send all of them, each connection one after the other."""
    run, waiting, lock = Driven(), iter(requests), threading.Lock()

    def work() -> None:
        connection = Connection(port)
        while (request := _next(waiting, lock)) is not None:
            began = time.perf_counter()
            status, body = connection.send(request)
            run.latencies_ms.append((time.perf_counter() - began) * 1000)
            with lock:
                run.statuses[status] += 1
                run.bytes += len(body)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began, used = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.seconds = time.perf_counter() - began
    run.busy = (time.process_time() - used) / run.seconds
    return run


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that so many are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _next(waiting: Iterable[bytes], lock: threading.Lock) -> bytes | None:
    with lock:
        return next(iter(waiting), None)


def _length(head: bytes) -> int:
    line = next((x for x in head.lower().split(b"\r\n") if x.startswith(b"content-length:")), b":0")
    return int(line.partition(b":")[2])
