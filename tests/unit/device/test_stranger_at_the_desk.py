"""Something that is no callback desk answers at the desk's address: told in words, with what to do about it."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from server.client import DeskClient
from server.errors import DeskUnavailable, StrangerAnswers
from voice import compose
from voice.cli.app import run
from voice.desk_enrolment import Enrolment
from voice.desk_health import standing_of

PAGE = b"<!doctype html><title>Router</title><p>Welcome"
STRANGERS = [
    (200, "text/html", PAGE),
    (200, "application/json", b'{"hello": "world", "items": [1, 2]}'),
    (200, "application/json", b'["not", "an", "object"]'),
    (200, "application/json", b"{}"),
    (200, "application/json", b'{"half": '),
    (201, "application/json", b'{"device": "x", "token": 7}'),
]


@contextmanager
def stranger(status, kind, body):
    """A service at a port of this machine that gives everybody the same answer; yields its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name the base class calls

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as service:
        thread = Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{service.server_port}"
        service.shutdown()
        thread.join()


def enrolled_at(url, settings, monkeypatch):
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
    with compose.enrolment_file(settings).writing() as keep:
        keep(Enrolment(url=url, id="box-1", token="kd_token"))


@pytest.mark.parametrize("answer", STRANGERS[:3])
def test_the_status_says_so_and_what_to_do(answer, settings, monkeypatch, capsys):
    with stranger(*answer) as url:
        enrolled_at(url, settings, monkeypatch)
        assert run(["enrol", "--status"]) == 7
        told = capsys.readouterr()
        assert run(["enrol", "--status", "--json"]) == 7
        row = json.loads(capsys.readouterr().out)
    assert "Error" not in told.out + told.err
    assert "something else answers at this address" in told.out
    assert "check the address" in told.err
    assert (row["reachable"], row["known"]) == (False, False)
    assert "something else answers" in row["detail"]
    assert url.partition("//")[0] not in row["detail"]
    assert "koemado enrol CODE" in row["remedy"]


@pytest.mark.parametrize("answer", STRANGERS)
def test_no_stranger_is_taken_for_a_desk(answer):
    status, kind, body = answer

    def say(_request):
        return httpx.Response(status, content=body, headers={"Content-Type": kind})

    def client():
        return DeskClient("http://desk.test", "t", transport=httpx.MockTransport(say))

    here = Enrolment(url="http://desk.test", id="box-1", token="t")
    found = standing_of(here, lambda _: client(), transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    assert (found.reachable, found.known, found.is_stranger) == (False, False, True)
    with client() as desk, pytest.raises(StrangerAnswers, match="something else answers"):
        desk.enrol("code")


def test_a_desk_that_is_away_is_no_stranger():
    def away(_request):
        return httpx.Response(503)

    with (
        DeskClient("http://desk.test", "t", transport=httpx.MockTransport(away)) as desk,
        pytest.raises(DeskUnavailable) as error,
    ):
        desk.enrol("code")
    assert not isinstance(error.value, StrangerAnswers)


def test_not_enrolled_says_how(settings, monkeypatch, capsys):
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
    assert run(["enrol", "--status", "--json"]) == 1
    assert "koemado enrol CODE" in json.loads(capsys.readouterr().out)["remedy"]
