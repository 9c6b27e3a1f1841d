"""`/talk/socket` over TCP, as `koemado serve` configures it: messages far too large, clients that do not read, frames in disorder."""

import json
import struct
import threading
from contextlib import contextmanager, suppress

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from server.app import create_app
from server.gateway.lobby import Lobby
from server.serving import _configured
from server.web.talk_socket import TOO_FAST, Patience, VoiceGateway
from tests.gateway_fakes import Room

HELLO = {"type": "hello", "version": 1}
HUGE = 10_000_000
PIECE_SAMPLES = 50_000
MOST_UNDER_WAY = 40_000_000  # bytes in the kernels' buffers of both ends, in ours, and nowhere else


class Watched(Lobby):
    """Tells when a connection broke."""

    def __init__(self, room, seats):
        super().__init__(room, seats)
        self.is_broken = threading.Event()

    def broken(self, connection, ticket, now_s):
        super().broken(connection, ticket, now_s)
        if ticket:
            self.is_broken.set()


@pytest.fixture
def room():
    return Room()


@pytest.fixture
def lobby(room):
    return Watched(room, 2)


@pytest.fixture
def url(office, lobby):
    """Where it answers."""
    app = create_app(office, VoiceGateway(lobby, 2, patience=Patience(seat=0.01, send=0.2)))
    running = uvicorn.Server(_configured(app, office.settings, access_log=False, tls=None))
    running.config.port = 0
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        thread.join(0.02)
        assert thread.is_alive()
    yield f"ws://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}/talk/socket"
    running.should_exit = True
    thread.join()


@contextmanager
def talking(url, *, resume="", **how):
    """A connection that was let in; its welcome."""
    with connect(url, proxy=None, **how) as socket:
        socket.send(json.dumps(HELLO | {"resume": resume}))
        yield socket, json.loads(socket.recv())


def told(socket, kind):
    """The next text message of a kind."""
    return next(
        found for message in socket if isinstance(message, str) and (found := json.loads(message))["type"] == kind
    )


def closed(socket):
    with pytest.raises(ConnectionClosed) as gone:
        while True:
            socket.recv()
    return gone.value.rcvd.code if gone.value.rcvd else None


@pytest.mark.parametrize("message", [bytes(HUGE), "あ" * (HUGE // 3), '{"type":"line","text":"' + " " * HUGE])
@pytest.mark.parametrize("compression", ["deflate", None])
def test_ten_megabytes_are_refused_unread_though_packed_they_are_little(url, room, message, compression):
    with talking(url) as (other, _), talking(url, compression=compression) as (socket, _):
        with suppress(ConnectionClosed):  # the desk does not wait for the rest
            socket.send(message)
        assert closed(socket) in {TOO_FAST, None}
        other.send(json.dumps({"type": "line", "text": "返品"}))
        assert told(other, "heard")["text"] == "返品"  # nobody else notices
    assert len(room.talks) == 2


def test_who_does_not_read_gets_no_more_than_the_line_holds_and_may_come_back(url, room, lobby):
    with talking(url, max_queue=1, compression=None) as (socket, welcome):
        told(socket, "sound_end")
        talk = room.talks[0]
        talk.pieces, talk.piece_samples = 2_000, PIECE_SAMPLES
        socket.send(json.dumps({"type": "line", "text": "長い話"}))
        assert lobby.is_broken.wait(30)
        assert talk.spoken * 2 * PIECE_SAMPLES < MOST_UNDER_WAY
    assert lobby.counts() == (1, 0)
    with talking(url, resume=welcome["ticket"]) as (again, found):
        assert found["resumed"]
        assert told(again, "told")["texts"] == ["長い話"]


def test_frames_that_come_late_or_twice_are_left_out_and_gaps_are_counted(url, room):
    with talking(url) as (socket, _):
        told(socket, "sound_end")
        heard = room.talks[0].heard
        for numbers, ack in (((0, 1, 4, 2, 3, 4), (5, 2)), ((5, 9, 5), (10, 5))):
            for number in numbers:
                socket.send(struct.pack(">I", number) + bytes([number, 0]))
            assert told(socket, "ack") == {"type": "ack", "taken": ack[0], "lost": ack[1]}
        socket.send(struct.pack(">I", 2**32 - 1) + b"!!")
        assert told(socket, "heard")["text"] == "はい"
    assert [pcm[0] for pcm in heard[:5]] == [0, 1, 4, 5, 9]


@pytest.mark.parametrize("garbage", ["", "{", "null", "[]", '{"type":"line"}', '{"type":"hello","version":1}', "\x00"])
def test_garbage_ends_the_connection_and_keeps_the_talk(url, room, garbage):
    with talking(url) as (socket, welcome):
        told(socket, "sound_end")
        socket.send(garbage)
        assert closed(socket) == 1008
    with talking(url, resume=welcome["ticket"]) as (_, found):
        assert found["resumed"]
    assert not room.talks[0].closed
