"""The Wyoming service with clients that are wrong, many, slow or gone, and its own end."""

import asyncio
import json
import socket
import threading
import time

import numpy as np
import pytest
from wyoming.client import AsyncClient

from tests.wyoming_talk import (
    LOUD,
    QUESTION,
    QUIET,
    TIMEOUT_S,
    Raw,
    exchange,
    fake_house,
    running,
    sound,
    told,
)
from voice.wyoming_service.address import TcpAddress, UnixAddress
from voice.wyoming_service.errors import CannotListen
from voice.wyoming_service.house import Limits
from voice.wyoming_service.protocol import (
    AudioChunk,
    AudioStart,
    Ping,
)
from voice.wyoming_service.service import listening

SPEECH = np.concatenate([LOUD, QUIET])


@pytest.fixture
def house(tmp_path):
    return fake_house(tmp_path)


@pytest.fixture
def uri(house):
    with running(house) as address:
        yield address


def place(uri: str) -> tuple[str, int]:
    host, _, port = uri.removeprefix("tcp://").rpartition(":")
    return host, int(port)


def waited_for(condition) -> bool:
    """Whether it came true, asked again and again."""
    pause, until = threading.Event(), time.monotonic() + TIMEOUT_S
    while not condition() and time.monotonic() < until:
        pause.wait(0.01)
    return condition()


FORM = {"rate": 16_000, "width": 2, "channels": 1}


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (AudioStart(rate=0, width=2, channels=1), "bad-audio"),
        (AudioChunk(rate=0, width=2, channels=1, audio=b"ab"), "bad-audio"),
        (AudioChunk(rate=16_000, width=0, channels=0, audio=b"ab"), "bad-audio"),
        (Raw("audio-start"), "bad-event"),
        (Raw("audio-start", FORM | {"rate": "x"}), "bad-audio"),
        (Raw("audio-start", FORM | {"rate": [1]}), "bad-audio"),
        (Raw("synthesize", {"text": 5}), "bad-event"),
        (Raw("synthesize", {"text": "x" * 6_000}), "bad-event"),
        (Raw("synthesize", {"text": "はい", "voice": 7}), "bad-event"),
        (Raw("synthesize"), "bad-event"),
        (Raw("synthesize-chunk", {"text": "x"}), "bad-event"),
        (Raw("synthesize-stop"), "bad-event"),
        (Raw("transcript", {"text": None}), "bad-event"),
        (Raw("transcript", {"text": "あ" * 1_001}), "bad-event"),
        (Raw("ping", payload=b"x" * 3_000_000), "bad-frame"),
    ],
)
def test_a_wrong_event_ends_its_connection_only(uri, house, event, code):
    events = exchange(uri, [event], "never")
    assert [e.data["code"] for e in events] == [code]
    assert exchange(uri, sound(SPEECH), "transcript")[-1].data["text"] == QUESTION
    assert house.recognizers == 0


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff\xfe garbage\n",
        b"[1, 2]\n",
        b"null\n",
        b"{}\n",
        b'{"type": 5}\n',
        b"[" * 60_000 + b"\n",
        b"x" * 200_000,
        b'{"type": "ping", "data_length": 99999999999}\n',
        b'{"type": "ping", "data_length": -1}\n',
        b'{"type": "ping", "payload_length": 1e99}\n',
        b'{"type": "ping", "data": [1]}\n',
        b'{"type": "ping", "data_length": 2}\n[]',
        b'{"type": "ping", "data": {"text": "\\ud800"}}\n',
    ],
)
def test_garbage_is_refused(uri, data):
    with socket.create_connection(place(uri), TIMEOUT_S) as client:
        client.sendall(data)
        answer = json.loads(client.makefile("rb").readline())
    assert answer["type"] == "error"
    assert exchange(uri, [Ping(text="x")], "pong")[-1].data == {"text": "x"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'{"type": "audio-st',
        b'{"type": "audio-start", "data": {"rate": 16000, "width": 2, "channels": 1}}\n',
        b'{"type": "audio-start", "data": {"rate": 16000, "width": 2, "channels": 1}}\n{"type": "audio-chunk", "payload_l',
        b'{"type": "synthesize", "data": {"text": "' + "はい。".encode() * 500 + b'"}}\n',
    ],
)
def test_who_goes_in_the_middle_leaves_nothing_behind(uri, house, data, caplog):
    for _ in range(5):
        with socket.create_connection(place(uri), TIMEOUT_S) as client:
            client.sendall(data)
    assert waited_for(lambda: exchange(uri, sound(SPEECH), "transcript")[-1].data["text"] == QUESTION)
    assert waited_for(lambda: house.recognizers == 0)
    assert waited_for(lambda: not [t for t in threading.enumerate() if t.name.startswith("wyoming-ear")])
    assert not caplog.records


def test_more_speakers_than_recognisers_are_told(tmp_path):
    house = fake_house(tmp_path, limits=Limits(recognizers=2))

    async def three(uri):
        async with (
            AsyncClient.from_uri(uri) as one,
            AsyncClient.from_uri(uri) as two,
            AsyncClient.from_uri(uri) as more,
        ):
            for client in (one, two):
                await client.write_event(AudioStart(**FORM).event())
                await told(client, [Ping(text="x")], "pong")
            refused = await told(more, [AudioStart(**FORM)], "never")
            heard = await told(one, sound(SPEECH)[1:], "transcript-stop")
        return refused, heard

    with running(house) as uri:
        refused, heard = asyncio.run(asyncio.wait_for(three(uri), TIMEOUT_S))
        assert exchange(uri, sound(SPEECH), "transcript")[-1].data["text"] == QUESTION
    assert [(e.type, e.data["code"]) for e in refused] == [("error", "busy")]
    assert heard[-2].data["text"] == QUESTION


def test_many_clients_at_once(tmp_path):
    async def one(uri):
        async with AsyncClient.from_uri(uri) as client:
            return (await told(client, sound(SPEECH), "transcript-stop"))[-2].data["text"]

    async def all_of_them(uri):
        return await asyncio.gather(*(one(uri) for _ in range(12)))

    with running(fake_house(tmp_path, limits=Limits(recognizers=12))) as uri:
        assert asyncio.run(asyncio.wait_for(all_of_them(uri), TIMEOUT_S)) == [QUESTION] * 12


def test_too_many_connections_are_told(tmp_path):
    with running(fake_house(tmp_path, limits=Limits(connections=1))) as uri:
        with socket.create_connection(place(uri), TIMEOUT_S) as first:
            first.sendall(b'{"type": "ping"}\n')
            first.makefile("rb").readline()
            assert exchange(uri, [], "never")[-1].data["code"] == "busy"
        assert waited_for(lambda: exchange(uri, [Ping(text="x")], "pong")[-1].type == "pong")


def test_a_stalled_speaker_gives_the_recogniser_back(tmp_path):
    house = fake_house(tmp_path, limits=Limits(recognizers=1, stalled_s=0.05))
    with running(house) as uri:
        events = exchange(uri, [AudioStart(**FORM)], "never")
        assert [e.data["code"] for e in events] == ["timeout"]
        assert waited_for(lambda: house.recognizers == 0)


def test_who_does_not_take_the_sound_is_left(tmp_path):
    house = fake_house(tmp_path, limits=Limits(connections=1, written_s=0.1))
    with running(house) as uri, socket.create_connection(place(uri), TIMEOUT_S) as client:
        client.sendall(b'{"type": "synthesize", "data": {"text": "' + "おはよう。".encode() * 800 + b'"}}\n')
        assert waited_for(lambda: exchange(uri, [Ping(text="x")], "pong")[-1].type == "pong")


def test_a_stream_without_end_is_ended(tmp_path):
    with running(fake_house(tmp_path, limits=Limits(stream_ms=3_000))) as uri:
        events = exchange(uri, sound(np.tile(QUIET, 3))[:-1], "never")
    assert events[-1].data["code"] == "too-long"


def test_our_own_failure_is_one_clients_trouble(tmp_path, caplog):
    def listen(_):
        raise RuntimeError("山田様")

    with running(fake_house(tmp_path, listen=listen)) as uri:
        assert exchange(uri, [AudioStart(**FORM)], "never")[-1].data["code"] == "internal"
        assert exchange(uri, [Ping(text="x")], "pong")[-1].data == {"text": "x"}
    assert [r.getMessage() for r in caplog.records] == ["a Wyoming request failed (RuntimeError)"]


def test_the_end_of_the_service_ends_connections(tmp_path):
    house = fake_house(tmp_path)
    with running(house) as uri:
        client = socket.create_connection(place(uri), TIMEOUT_S)
        client.sendall(b'{"type": "audio-start", "data": {"rate": 16000, "width": 2, "channels": 1}}\n')
        assert waited_for(lambda: house.recognizers == 1)
    with client:
        assert client.recv(1) == b""
    assert house.recognizers == 0


def test_a_unix_socket(tmp_path):
    address = UnixAddress(tmp_path / "k.sock")
    with running(fake_house(tmp_path), address) as uri:
        assert uri == f"unix://{tmp_path}/k.sock"
        assert exchange(uri, [Ping(text="x")], "pong")[-1].data == {"text": "x"}
        with pytest.raises(CannotListen, match="taken"), listening(address):
            pass
        assert exchange(uri, [Ping(text="x")], "pong")[-1].data == {"text": "x"}
    assert not address.path.exists()


def test_a_dead_unix_socket_is_taken_over_and_a_file_is_not(tmp_path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "k.sock"))
    with running(fake_house(tmp_path), UnixAddress(tmp_path / "k.sock")) as uri:
        assert exchange(uri, [Ping(text="x")], "pong")[-1].data == {"text": "x"}
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CannotListen), listening(UnixAddress(tmp_path / "file")):
        pass
    assert (tmp_path / "file").read_text() == "mine"


def test_a_taken_port_is_an_error(uri):
    host, port = place(uri)
    with pytest.raises(CannotListen, match=f"tcp://127.0.0.1:{port}.*taken.*--uri"), listening(TcpAddress(host, port)):
        pass
