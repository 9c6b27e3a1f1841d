"""Those who get messages of the desk: an HTTP endpoint and a mail server, on this machine, real enough to be down."""

import json
import socketserver
from base64 import b64decode
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread


class HttpReceiver:
    """Keeps what was posted; `status` is what it answers."""

    def __init__(self):
        self.status = 204
        self.got = []  # (headers, JSON)
        self._lock = Lock()

    def take(self, headers, body):
        with self._lock:
            if self.status < 300:
                self.got.append((headers, json.loads(body)))
            return self.status

    @property
    def ids(self):
        return [headers["webhook-id"] for headers, _ in self.got]

    def told(self, event):
        return [body["data"] for _, body in self.got if body["type"] == event]

    @contextmanager
    def running(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(dict(self.headers.items()), body))
                self.end_headers()

            def log_message(self, *_):
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
            self.url = f"http://127.0.0.1:{listening.server_port}/hook"
            Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            yield self
            listening.shutdown()


class SmtpSink:
    """Keeps what was mailed; `refuse` is an answer to RCPT like "550 no such user"."""

    def __init__(self):
        self.mails = []
        self.recipients = []
        self.refuse = ""
        self.log_in = ""

    @contextmanager
    def running(self):
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, text):
                self.wfile.write(f"{text}\r\n".encode())

            def handle(self):
                self.say("220 sink")
                for line in iter(self.rfile.readline, b""):
                    word = line[:4].upper().strip()
                    if word == b"DATA":
                        self.say("354 go on")
                        self.keep()
                        self.say("250 kept")
                    elif word == b"QUIT":
                        return self.say("221 bye")
                    elif word == b"RCPT":
                        sink.recipients.append(line.split(b"<")[1].split(b">")[0].decode())
                        self.say(sink.refuse or "250 ok")
                    elif word == b"AUTH":
                        sink.log_in = b64decode(line.split()[2]).decode()
                        self.say("235 ok")
                    else:
                        self.say("250-sink\r\n250 AUTH PLAIN" if word == b"EHLO" else "250 ok")
                return None

            def keep(self):
                lines = iter(self.rfile.readline, b".\r\n")
                sink.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))

        class Listening(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A line that breaks is what some tests want."""

        with Listening(("127.0.0.1", 0), Handler) as listening:
            self.port = listening.server_address[1]
            Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            yield self
            listening.shutdown()
