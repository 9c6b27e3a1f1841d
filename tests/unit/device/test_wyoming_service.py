"""The Wyoming service over TCP with the package's own client, made of the shipped fakes."""

import asyncio
import json
import socket
import threading
import time

import numpy as np
import pytest
from wyoming.client import AsyncClient

from intents.conversation_state import Pace
from tests.wyoming_talk import (
    ANSWER,
    LOUD,
    QUESTION,
    QUIET,
    TIMEOUT_S,
    exchange,
    fake_house,
    humming,
    running,
    sound,
    told,
)
from voice.recognition.fakes import ScriptedRecognizer
from voice.wyoming_service.address import TcpAddress, UnixAddress
from voice.wyoming_service.errors import CannotListen
from voice.wyoming_service.house import Limits
from voice.wyoming_service.protocol import (
    AudioChunk,
    AudioStart,
    AudioStop,
    Describe,
    Event,
    Info,
    Ping,
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeVoice,
    Transcribe,
    Transcript,
)
from voice.wyoming_service.service import listening
from voice.wyoming_service.voices import Voices

SPEECH = np.concatenate([LOUD, QUIET])


@pytest.fixture
def house(tmp_path):
    return fake_house(tmp_path)


@pytest.fixture
def uri(house):
    with running(house) as address:
        yield address


class Raw:
    """An event as somebody else may write it."""

    def __init__(self, kind, data=None, payload=None):
        self._event = Event(type=kind, data=data or {}, payload=payload)

    def event(self):
        return self._event


def place(uri: str) -> tuple[str, int]:
    host, _, port = uri.removeprefix("tcp://").rpartition(":")
    return host, int(port)


def speech_of(events) -> np.ndarray:
    return np.frombuffer(b"".join(e.payload for e in events if e.type == "audio-chunk"), "<i2")


def types_of(events) -> list[str]:
    """Without repetitions of the same in a row."""
    found = [event.type for event in events]
    return [kind for i, kind in enumerate(found) if i == 0 or found[i - 1] != kind]


def waited_for(condition) -> bool:
    """Whether it came true, asked again and again."""
    pause, until = threading.Event(), time.monotonic() + TIMEOUT_S
    while not condition() and time.monotonic() < until:
        pause.wait(0.01)
    return condition()


def test_it_says_what_it_is(uri):
    (event,) = exchange(uri, [Describe()], "info")
    info = Info.from_event(event)
    (heard,), (spoken,), (handled,) = info.asr, info.tts, info.handle
    for program in (heard, spoken, handled):
        assert program.installed
        assert program.version
        assert program.attribution.name
    assert [(m.name, m.languages, m.installed) for m in heard.models] == [("vosk-model-embedded-ja", ["ja"], True)]
    assert [v.name for v in spoken.voices] == ["hum", "other"]
    assert [s.name for s in spoken.voices[0].speakers] == ["normal", "slow"]
    assert [m.languages for m in handled.models] == [["ja"]]
    assert spoken.supports_synthesize_streaming
    assert heard.supports_transcript_streaming


def test_speech_to_text(uri):
    events = exchange(uri, [Transcribe(language="ja", context={"a": 1}), *sound(SPEECH)], "transcript-stop")
    assert types_of(events) == ["transcript-start", "transcript-chunk", "transcript", "transcript-stop"]
    assert events[1].data["text"] == QUESTION
    assert (events[2].data["text"], events[2].data["context"]) == (QUESTION, {"a": 1})


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_speech_to_text_at_other_rates(uri, rate):
    events = exchange(uri, sound(np.repeat(LOUD, 3), rate=rate), "transcript")
    assert events[-1].data["text"] == QUESTION


def test_chunks_together_are_the_transcript(uri):
    events = exchange(uri, sound(np.concatenate([SPEECH, LOUD])), "transcript-stop")
    chunks = [event.data["text"] for event in events if event.type == "transcript-chunk"]
    assert chunks == [QUESTION, QUESTION]
    assert events[-2].data["text"] == QUESTION * 2


def test_silence_and_no_sound_at_all_have_an_empty_transcript(uri):
    for events in (sound(QUIET), [AudioStart(rate=16_000, width=2, channels=1), AudioStop()], [AudioStop()]):
        assert exchange(uri, events, "transcript")[-1].data["text"] == ""


def test_chunks_without_a_start_are_heard(uri):
    assert exchange(uri, sound(SPEECH)[1:], "transcript")[-1].data["text"] == QUESTION


def test_one_connection_serves_again_and_again(uri, house):
    async def twice():
        async with AsyncClient.from_uri(uri) as client:
            return [await told(client, sound(SPEECH), "transcript-stop") for _ in range(2)]

    first, second = asyncio.run(twice())
    assert first[-2].data["text"] == second[-2].data["text"] == QUESTION
    assert house.recognizers == 0


def test_an_answer_carries_its_context(uri):
    (event,) = exchange(uri, [Transcript(text=QUESTION, context={"conversation_id": "x"})], "handled")
    assert event.data == {"text": ANSWER, "context": {"conversation_id": "x"}}


def test_what_cannot_be_answered_is_not_handled(uri):
    (event,) = exchange(uri, [Transcript(text="量子力学の試験はいつですか")], "not-handled")
    assert event.type == "not-handled"
    assert event.data["text"]


def test_a_conversation_goes_on_over_connections(uri):
    """「もう一度」 repeats only what was said in the same conversation."""
    for text, said in ((QUESTION, True), ("もう一度お願いします", True)):
        (event,) = exchange(uri, [Transcript(text=text, context={"conversation_id": "x"})], "handled")
        assert (ANSWER in event.data["text"]) is said
    (event,) = exchange(uri, [Transcript(text="もう一度お願いします", context={"conversation_id": "y"})], "handled")
    assert ANSWER not in event.data["text"]


def test_without_an_id_a_conversation_is_its_connection(uri):
    async def twice():
        async with AsyncClient.from_uri(uri) as client:
            await told(client, [Transcript(text=QUESTION)], "handled")
            return await told(client, [Transcript(text="もう一度お願いします")], "handled")

    assert ANSWER in asyncio.run(twice())[-1].data["text"]
    (event,) = exchange(uri, [Transcript(text="もう一度お願いします")], "handled")
    assert ANSWER not in event.data["text"]


def test_what_the_assistant_asked_is_what_is_listened_for(tmp_path):
    asked = []

    def listen(assistant):
        asked.append(assistant)
        return ScriptedRecognizer([QUESTION])

    house = fake_house(tmp_path, listen=listen)
    with running(house) as uri:
        exchange(uri, [Transcribe(context={"conversation_id": "x"}), *sound(LOUD)], "transcript")
        exchange(uri, [Transcribe(), *sound(LOUD)], "transcript")
    assert asked == [house.conversations.of({"conversation_id": "x"}).assistant, None]


def test_text_to_speech(uri):
    events = exchange(uri, [Synthesize(text=ANSWER)], "audio-stop")
    assert types_of(events) == ["audio-start", "audio-chunk", "audio-stop"]
    assert events[0].data | {"timestamp": 0} == {"rate": 16_000, "width": 2, "channels": 1, "timestamp": 0}
    assert len(speech_of(events)) > 16_000
    assert events[-1].data["timestamp"] == len(speech_of(events)) // 16
    assert max(len(e.payload) for e in events if e.type == "audio-chunk") <= 3_200


def test_a_speaker_is_a_speed_and_an_unknown_voice_is_the_default(uri):
    def length(**voice):
        events = exchange(uri, [Synthesize(text="はい", voice=SynthesizeVoice(**voice))], "audio-stop")
        return len(speech_of(events))

    plain = length(name="hum")
    assert length(name="hum", speaker="slow") > 1.3 * plain
    assert length(name="nobody") == length(name="hum", speaker="x") == length(language="ja") == plain


def test_the_first_sentence_sounds_before_the_second_is_made(tmp_path):
    first_heard = threading.Event()

    class Slow:
        fingerprint = "slow"

        def __init__(self):
            self._hum = humming(Pace.NORMAL, False)

        def synthesize(self, text):
            if text.startswith("二"):
                assert first_heard.wait(TIMEOUT_S)
            return self._hum.synthesize(text)

    async def talk(uri):
        async with AsyncClient.from_uri(uri) as client:
            await client.write_event(Synthesize(text="一つめです。二つめです。").event())
            assert (await client.read_event()).type == "audio-start"
            assert (await client.read_event()).type == "audio-chunk"
            first_heard.set()
            return await told(client, [], "audio-stop")

    with running(fake_house(tmp_path, voices=Voices({"slow": lambda *_: Slow()}))) as uri:
        events = asyncio.run(asyncio.wait_for(talk(uri), TIMEOUT_S))
    assert events[-1].type == "audio-stop"


def test_a_text_in_pieces_is_spoken_once(uri):
    whole = exchange(uri, [Synthesize(text="こんにちは。お元気ですか。はい")], "audio-stop")
    pieces = [SynthesizeChunk(text=text) for text in ("こんに", "ちは。お元気", "ですか。は", "い")]
    request = [SynthesizeStart(), *pieces, Synthesize(text="こんにちは。お元気ですか。はい"), SynthesizeStop()]
    events = exchange(uri, request, "synthesize-stopped")
    assert types_of(events) == ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]
    np.testing.assert_array_equal(speech_of(events), speech_of(whole))


def test_an_answer_is_read_with_its_own_readings(tmp_path):
    """A client gives back the text only; the article says how it is read."""
    made = humming(Pace.NORMAL, True)
    kept = []

    def make(_pace, keep):
        kept.append(keep)
        return made

    house = fake_house(tmp_path, voices=Voices({"hum": make}))
    with running(house) as uri:
        text = exchange(uri, [Transcript(text=QUESTION)], "handled")[-1].data["text"]
        exchange(uri, [Synthesize(text=text)], "audio-stop")
        exchange(uri, [Synthesize(text="山田様のお電話番号は")], "audio-stop")
        exchange(uri, [SynthesizeStart(), SynthesizeChunk(text=text), SynthesizeStop()], "synthesize-stopped")
    assert kept == [True, False]  # each kind of voice is made once
    sentences = ["ジュウクジマデデス。", "ニチヨウワヤスミデス。"]
    assert made.texts == [*sentences, "山田様のお電話番号は", *sentences]


def test_nothing_to_say_is_no_sound(uri):
    assert types_of(exchange(uri, [Synthesize(text="……")], "audio-stop")) == ["audio-stop"]


def test_a_ping_comes_back(uri):
    assert exchange(uri, [Ping(text="x")], "pong")[-1].data == {"text": "x"}


def test_events_of_others_are_passed_over(uri):
    events = exchange(uri, [Raw("run-satellite"), Raw("select-program", {"name": "x"}), Ping(text="x")], "pong")
    assert types_of(events) == ["pong"]


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
