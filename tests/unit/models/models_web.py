"""A web server that misbehaves on demand; for the fixture `web`."""

import re
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How the server answers one request; the default is correct."""

    cut_after: int | None = None  # bytes of the body, then the line is dead
    reset: bool = False  # die with RST instead of FIN
    ignore_range: bool = False
    no_length: bool = False
    stall: bool = False  # send nothing, keep the line open
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


@dataclass
class Web:
    """What the server has, what it will do, what it was asked."""

    content: bytes
    etag: str | None = '"one"'
    answers: deque[Answer] = field(default_factory=deque)
    always: Answer = field(default_factory=Answer)
    asked: list[dict[str, str]] = field(default_factory=list)  # request headers, lower case, with "path"
    released: threading.Event = field(default_factory=threading.Event)
    base_url: str = ""

    def will(self, *answers: Answer) -> None:
        self.answers.extend(answers)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        pass

    def do_GET(self) -> None:
        web: Web = self.server.web
        web.asked.append({"path": self.path, **{key.lower(): value for key, value in self.headers.items()}})
        answer = web.answers.popleft() if web.answers else web.always
        if answer.stall:
            web.released.wait(5)
            self.close_connection = True
        elif answer.status is not None:
            self._send(answer.status, dict(answer.headers), answer.body or b"", answer)
        else:
            self._send_file(web, answer)

    def _send_file(self, web: Web, answer: Answer) -> None:
        body = web.content if answer.body is None else answer.body
        headers = {"Content-Type": "application/zip", **({"ETag": web.etag} if web.etag else {})}
        wanted = self.headers.get("Range")
        fits = self.headers.get("If-Range") in (None, web.etag)
        if wanted is None or answer.ignore_range or not fits:
            self._send(200, headers | dict(answer.headers), body, answer)
            return
        first = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
        if first >= len(body):
            self._send(416, {"Content-Range": f"bytes */{len(body)}"}, b"", answer)
            return
        headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        self._send(206, headers | dict(answer.headers), body[first:], answer)

    def _send(self, status: int, headers: dict[str, str], body: bytes, answer: Answer) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if answer.no_length:
            self.send_header("Connection", "close")
        elif "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: answer.cut_after])
        if answer.cut_after is not None or answer.no_length:
            self._hang_up(reset=answer.reset)

    def _hang_up(self, *, reset: bool) -> None:
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)


class Server(ThreadingHTTPServer):
    daemon_threads = False  # joined in server_close

    def handle_error(self, *_args: object) -> None:
        """A client that hung up is part of the tests."""
