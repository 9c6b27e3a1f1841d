"""`/talk/socket` with a fake room: every message, and what is none."""

import asyncio
import json
import logging
import struct
import threading
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from server.app import create_app
from server.gateway.feed import MOST_WAITING_BYTES
from server.gateway.frames import RATE_HZ
from server.gateway.lobby import Lobby
from server.web.talk_socket import BROKEN, DONE, NOT_OURS, TOO_FAST, TRY_LATER, Patience, VoiceGateway
from tests.gateway_fakes import Room, SetSeconds

HELLO = {"type": "hello", "version": 1}
QUICK = Patience(seat=0.01)
SECRET = "山田花子です"


@pytest.fixture
def room():
    return Room()


@pytest.fixture
def seconds():
    return SetSeconds()


@pytest.fixture
def opened(office, room, seconds):
    """A function that opens the gateway; returns a client of the application."""
    clients = []

    def open_with(*, seats=4, most_waiting=100, patience=QUICK, kept_s=60.0):
        lobby = Lobby(room, seats, most_waiting=most_waiting, kept_s=kept_s)
        gateway = VoiceGateway(lobby, 2, patience=patience, clock=seconds)
        client = TestClient(create_app(office, gateway))
        client.__enter__()
        clients.append(client)
        return client

    yield open_with
    for client in clients:
        client.__exit__(None, None, None)


@contextmanager
def connected(client, **how):
    """A connection; what the application still does at its end is cut off, as starlette's client has it."""
    with suppress(CancelledError), client.websocket_connect("/talk/socket", **how) as socket:
        yield socket


def sound(number, samples=b"\0\0"):
    return struct.pack(">I", number) + samples


def told(socket, kind):
    """The next text message of a kind; others are passed over."""
    while True:
        message = socket.receive()
        if message["type"] == "websocket.close":
            raise WebSocketDisconnect(message["code"], message.get("reason"))
        if message.get("text") and (found := json.loads(message["text"]))["type"] == kind:
            return found


def turn(socket):
    """All messages up to the end of a turn's sound; binary ones as bytes."""
    found = []
    while True:
        message = socket.receive()
        found.append(json.loads(message["text"]) if message.get("text") else message["bytes"])
        if isinstance(found[-1], dict) and found[-1]["type"] == "sound_end":
            return found


def began(socket, **more):
    socket.send_json(HELLO | more)
    return told(socket, "welcome")


def closed(socket):
    with pytest.raises(WebSocketDisconnect) as gone:
        while True:
            message = socket.receive()
            if message["type"] == "websocket.close":
                raise WebSocketDisconnect(message["code"])
    return gone.value.code


async def unread(app):
    """Connect and greet as a browser whose network takes nothing more."""
    coming = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": json.dumps(HELLO)}]
    never = asyncio.Event()

    async def receive():
        return coming.pop(0) if coming else await never.wait()

    async def send(message):
        if message["type"] == "websocket.send":
            await never.wait()

    scope = {"type": "websocket", "path": "/talk/socket", "query_string": b"", "headers": [], "scheme": "ws"}
    async with asyncio.timeout(10):
        await app(scope, receive, send)


class TestTalking:
    def test_it_greets_with_the_rates_and_a_ticket(self, opened):
        with connected(opened()) as socket:
            welcome = began(socket)
            assert welcome | {"ticket": ""} == {
                "type": "welcome", "version": 1, "ticket": "", "resumed": False, "rate_hz": 16_000,
                "sound_rate_hz": 24_000,
            }  # fmt: skip
            assert len(welcome["ticket"]) >= 32
            assert told(socket, "told")["texts"] == ["こんにちは。"]

    def test_a_line_is_heard_told_and_spoken(self, opened):
        with connected(opened()) as socket:
            began(socket)
            turn(socket)
            socket.send_json({"type": "line", "text": "返品"})
            heard, answer, *pieces, end = turn(socket)
            assert heard == {"type": "heard", "text": "返品"}
            assert (answer["turn"], answer["texts"]) == (2, ["返品"])
            assert pieces == [struct.pack(">I", 2) + bytes([n, 0]) for n in range(3)]
            assert end == {"type": "sound_end", "turn": 2}

    def test_sound_is_understood_and_acknowledged(self, opened):
        with connected(opened()) as socket:
            began(socket)
            turn(socket)
            for number in range(4):
                socket.send_bytes(sound(number))
            socket.send_bytes(sound(5, b"!!"))
            assert told(socket, "speech_began") == {"type": "speech_began"}
            assert told(socket, "ack") == {"type": "ack", "taken": 6, "lost": 1}
            assert told(socket, "partial")["text"] == "は"
            assert told(socket, "heard")["text"] == "はい"

    def test_the_form_is_filled_and_the_button_let_go(self, opened):
        with connected(opened()) as socket:
            began(socket)
            turn(socket)
            socket.send_json({"type": "fill", "phone": "03"})
            assert turn(socket)[0]["text"] == "{'phone': '03'}"
            socket.send_json({"type": "let_go"})
            assert turn(socket)[0]["text"] == "let go"

    def test_hush_ends_the_answer(self, opened, room):
        with connected(opened()) as socket:
            began(socket)
            turn(socket)
            room.talks[0].speaks_until = threading.Event()
            socket.send_json({"type": "line", "text": "長い話"})
            told(socket, "told")
            socket.send_json({"type": "hush"})
            room.talks[0].speaks_until.set()
            socket.send_json({"type": "line", "text": "次"})
            assert told(socket, "told")["texts"] == ["次"]
            assert room.talks[0].hushed

    def test_who_says_goodbye_is_forgotten(self, opened, room):
        client = opened()
        with connected(client) as socket:
            ticket = began(socket)["ticket"]
            socket.send_json({"type": "bye"})
            assert closed(socket) == DONE
            assert room.talks[0].closed
        with connected(client) as socket:
            assert not began(socket, resume=ticket)["resumed"]


class TestRefused:
    @pytest.mark.parametrize(
        "message",
        [
            "", "{", '{"type":"line","text":"山田"}', '{"type":"hello","version":9}', '{"type":"bye","x":1}',
            '"' + "山" * 5_000 + '"', "\0",
        ],
    )  # fmt: skip
    def test_who_does_not_greet(self, opened, room, message):
        with connected(opened()) as socket:
            socket.send_text(message)
            assert closed(socket) == NOT_OURS
        assert room.talks == []

    @pytest.mark.parametrize("frame", [b"", b"\0\0\0\0", b"\0\0\0\0\1", b"\0" * 40_000])
    def test_garbage_for_sound(self, opened, frame):
        with connected(opened()) as socket:
            began(socket)
            socket.send_bytes(frame)
            assert closed(socket) == NOT_OURS

    @pytest.mark.parametrize(
        "text", ["{}", "[" * 4_000, '{"type":"line","text":"' + "あ" * 401 + '"}', '{"type":"hello","version":1}']
    )
    def test_garbage_for_text(self, opened, text):
        with connected(opened()) as socket:
            began(socket)
            socket.send_text(text)
            assert closed(socket) == NOT_OURS

    def test_who_says_nothing_at_all(self, opened):
        with connected(opened(patience=Patience(hello=0.01))) as socket:
            assert closed(socket) == NOT_OURS

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://testserver.evil.example"])
    def test_pages_of_others(self, opened, origin):
        with (
            pytest.raises(WebSocketDisconnect),
            connected(opened(), headers={"origin": origin}),
        ):
            pass

    def test_our_own_page_is_let_in(self, opened, office):
        client = opened()
        for origin in ("http://testserver", office.settings.public_url):
            with connected(client, headers={"origin": origin}) as socket:
                began(socket)

    def test_where_nobody_hears(self, app):
        with pytest.raises(WebSocketDisconnect), TestClient(app).websocket_connect("/talk/socket"):
            pass

    def test_sound_faster_than_speech(self, opened, room):
        with connected(opened()) as socket:
            began(socket)
            turn(socket)
            room.talks[0].hears_from = threading.Event()
            with pytest.raises(WebSocketDisconnect) as gone:
                for number in range(MOST_WAITING_BYTES // (2 * RATE_HZ) + 2):
                    socket.send_bytes(sound(number, bytes(2 * RATE_HZ)))
                room.talks[0].hears_from.set()
                told(socket, "nothing")
            room.talks[0].hears_from.set()
            assert gone.value.code == TOO_FAST

    def test_a_flood_of_lines(self, opened, room):
        with connected(opened()) as socket:
            began(socket)
            turn(socket)
            room.talks[0].hears_from = threading.Event()
            socket.send_bytes(sound(0))
            for _ in range(1_100):
                socket.send_json({"type": "line", "text": "あ"})
            room.talks[0].hears_from.set()
            assert closed(socket) == TOO_FAST


class TestSeats:
    def test_the_line_moves(self, opened):
        client = opened(seats=1)
        with connected(client) as first:
            began(first)
            with connected(client) as second, connected(client) as third:
                second.send_json(HELLO)
                assert told(second, "busy")["place"] == 1
                third.send_json(HELLO)
                assert told(third, "busy")["place"] == 2
                first.send_json({"type": "bye"})
                assert told(second, "welcome")["resumed"] is False
                assert told(third, "busy")["place"] == 1

    def test_who_waits_and_speaks_is_refused_and_who_leaves_is_out_of_the_line(self, opened):
        client = opened(seats=1)
        with connected(client) as first:
            began(first)
            with connected(client) as speaks:
                speaks.send_json(HELLO)
                told(speaks, "busy")
                speaks.send_json({"type": "line", "text": "まだですか"})
                assert closed(speaks) == NOT_OURS
            with connected(client) as next_one:
                next_one.send_json(HELLO)
                assert told(next_one, "busy")["place"] == 1

    def test_even_the_line_is_full(self, opened):
        client = opened(seats=1, most_waiting=0)
        with connected(client) as first, connected(client) as refused:
            began(first)
            refused.send_json(HELLO)
            told(refused, "full")
            assert closed(refused) == TRY_LATER


class TestComingBack:
    def test_the_talk_goes_on_and_what_was_told_last_comes_again(self, opened, room):
        client = opened(seats=1)
        with connected(client) as socket:
            ticket = began(socket)["ticket"]
            turn(socket)
            socket.send_json({"type": "line", "text": "返品"})
            turn(socket)
        with connected(client) as again:
            assert began(again, resume=ticket)["resumed"]
            assert told(again, "told")["texts"] == ["返品"]
        assert len(room.talks) == 1

    def test_the_later_connection_wins(self, opened, room):
        client = opened(seats=1)
        with connected(client) as old:
            ticket = began(old)["ticket"]
            turn(old)
            with connected(client) as new:
                assert began(new, resume=ticket)["resumed"]
                old.send_json({"type": "line", "text": "まだいます"})
                assert closed(old) == NOT_OURS
                new.send_json({"type": "line", "text": "返品"})
                assert told(new, "heard")["text"] == "返品"
        assert not room.talks[0].closed

    def test_nobody_came_back(self, opened, room, seconds):
        client = opened(seats=1)
        with connected(client) as socket:
            ticket = began(socket)["ticket"]
        seconds.pass_by(61.0)
        with connected(client) as late:
            assert not began(late, resume=ticket)["resumed"]
        assert room.talks[0].closed

    def test_a_talk_is_forgotten_in_time_though_nobody_else_comes(self, opened, room):
        with connected(opened(kept_s=0.0)) as socket:
            began(socket)
            turn(socket)
        assert room.talks[0].ended.wait(5)


class TestEnds:
    def test_silence(self, opened, room):
        with connected(opened(patience=Patience(word=0.01))) as socket:
            began(socket)
            assert told(socket, "ended")["reason"] == "idle"
            assert room.talks[0].ended.wait(5)

    def test_sound_without_a_word(self, opened, room, seconds):
        with connected(opened()) as socket:
            began(socket)
            turn(socket)
            seconds.pass_by(181.0)
            socket.send_bytes(sound(0))
            assert told(socket, "ended")["reason"] == "idle"
            assert room.talks[0].ended.wait(5)

    def test_who_speaks_now_and_then_goes_on(self, opened, seconds):
        with connected(opened()) as socket:
            began(socket)
            turn(socket)
            for _ in range(3):
                seconds.pass_by(179.0)
                socket.send_json({"type": "line", "text": "あの"})
                assert turn(socket)[0]["type"] == "heard"

    def test_a_talk_that_fails_and_one_that_fails_again_and_again(self, opened, room):
        with connected(opened()) as socket:
            began(socket)
            turn(socket)
            room.talks[0].fails = 1
            socket.send_json({"type": "line", "text": SECRET})
            told(socket, "failed")
            socket.send_json({"type": "line", "text": SECRET})
            assert told(socket, "heard")["text"] == SECRET
            turn(socket)
            room.talks[0].fails = 3
            for _ in range(3):
                socket.send_json({"type": "line", "text": SECRET})
                told(socket, "failed")
            assert closed(socket) == BROKEN

    def test_nothing_of_what_is_said_is_logged(self, opened, room, caplog):
        caplog.set_level(logging.DEBUG)
        with connected(opened()) as socket:
            ticket = began(socket)["ticket"]
            turn(socket)
            room.talks[0].fails = 1
            socket.send_json({"type": "line", "text": SECRET})
            told(socket, "failed")
        assert "failed" in caplog.text
        for secret in (SECRET, "花子", ticket):
            assert secret not in caplog.text

    def test_who_does_not_read_counts_as_cut_off(self, office, room):
        gateway = VoiceGateway(Lobby(room, 1), 1, patience=Patience(send=0.01))
        asyncio.run(unread(create_app(office, gateway)))
        assert gateway.lobby.counts() == (1, 0)  # it may come back
        gateway.close()

    def test_the_desk_ends_all_talks(self, office, room):
        gateway = VoiceGateway(Lobby(room, 1), 1)
        with TestClient(create_app(office, gateway)) as client, connected(client) as socket:
            began(socket)
        assert room.talks[0].closed
