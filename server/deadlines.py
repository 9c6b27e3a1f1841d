"""A limit for a whole answer over HTTP.  httpx limits each read; a desk that gives a byte each time would be heard for days."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Lock, Timer
from typing import Any


class WholeAnswer:
    """Cuts the connections made for one exchange when its time is over; reading them then fails as any broken one.

    Give `trace` to httpx as the extension of that name.  It is told of new connections only: keep none alive.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._sockets: list[socket.socket] = []
        self._is_over = False

    def trace(self, event: str, told: Mapping[str, Any]) -> None:
        """Note a connection; `event` and what is told of it are httpcore's."""
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        with self._lock:
            self._sockets.append(told["return_value"].get_extra_info("socket"))
            if self._is_over:
                self._cut()

    def end(self) -> None:
        """Cut."""
        with self._lock:
            self._is_over = True
            self._cut()

    def _cut(self) -> None:
        for one in self._sockets:
            with suppress(OSError):  # closed, or TLS has taken its place
                socket.socket.shutdown(one, socket.SHUT_RDWR)  # of the plain one: nothing more is said over TLS


@contextmanager
def whole_answer(within_s: float) -> Iterator[WholeAnswer]:
    """Yield the limit of one exchange."""
    limit = WholeAnswer()
    timer = Timer(within_s, limit.end)
    timer.daemon = True
    timer.start()
    try:
        yield limit
    finally:
        timer.cancel()
