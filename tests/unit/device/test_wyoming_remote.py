"""A recogniser on another machine, and what happens when it is gone."""

import asyncio
import json
import socket
import threading
from contextlib import contextmanager, suppress
from queue import SimpleQueue

import numpy as np
import pytest
from wyoming.server import AsyncEventHandler, AsyncTcpServer

from benchmarks.spoken import Customer, Studio
from intents.readings import reading_of
from tests.wyoming_talk import LOUD, QUESTION, TIMEOUT_S, fake_house, running
from voice import compose
from voice.audio import AudioChunk
from voice.errors import SettingsError
from voice.recognition.decoding import Decoded
from voice.recognition.fakes import ScriptedRecognizer
from voice.recognition.speech_detection import LoudnessDetector
from voice.wyoming_service.address import parsed
from voice.wyoming_service.house import Limits
from voice.wyoming_service.protocol import AudioChunk as Piece
from voice.wyoming_service.protocol import AudioStop, Transcript
from voice.wyoming_service.remote import RemoteRecognizer, RemoteSpeech, Waits

GONE = "tcp://127.0.0.1:1"  # nothing listens there
WAITS = Waits(connect_s=5.0, answer_s=5.0, retry_s=30.0)
SHORT = Waits(connect_s=0.2, answer_s=0.2, retry_s=30.0)


class LocalDecoder:
    """Hears 「ハイ」 in whatever it is fed."""

    def __init__(self):
        self.fed = 0

    def feed(self, samples):
        self.fed += len(samples)
        return False

    def partial(self):
        return ("ハ",)

    def take(self):
        found = (Decoded(words=("ハ", "イ"), confidence=1.0),) if self.fed else ()
        self.fed = 0
        return found

    def discard(self):
        self.fed = 0


class Local:
    """A model with one decoder, to look into."""

    def __init__(self):
        self.only = LocalDecoder()

    def decoder(self, _n_best):
        return self.only


@pytest.fixture
def clock():
    return [0.0]


def recognizer(uri, clock, waits=WAITS, local=None):
    remote = RemoteSpeech(parsed(uri), waits, monotonic=lambda: clock[0])
    return RemoteRecognizer(remote, local=local or Local(), detector=LoudnessDetector())


def hear(ears, samples=LOUD):
    """One utterance and the quiet behind it: the text, whether at its end or at the end of the stream."""
    whole = np.concatenate([samples, np.random.default_rng(2).normal(0, 3, 48_000).astype(np.int16)])
    found = ears.accept(AudioChunk(samples=whole, rate_hz=16_000))
    (heard,) = (*found, *ears.finish())
    return heard.best.text


def studio_speech():
    return Studio().take("返品したいのですが", Customer())


@contextmanager
def replying(answer: bytes):
    """A server that says the same to everybody once sound has stopped, or at once when it hears nothing."""

    def serve():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, client.makefile("rb") as file:
                for line in file:
                    event = json.loads(line)
                    file.read(event.get("data_length", 0) + event.get("payload_length", 0))
                    if event["type"] == "audio-stop":
                        break
                client.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(TIMEOUT_S)


def transcript(text):
    return json.dumps({"type": "transcript", "data": {"text": text}}).encode() + b"\n"


def test_the_other_side_hears(tmp_path, clock):
    local = Local()
    with running(fake_house(tmp_path)) as uri:
        ears = recognizer(uri, clock, local=local)
        assert ears.partial() == ""
        ears.accept(AudioChunk(samples=LOUD, rate_hz=16_000))
        assert ears.partial() == "…"
        assert hear(ears, LOUD[:1_600]) == QUESTION
    assert local.only.fed == 0


@pytest.mark.parametrize(
    ("said", "text"),
    [(" 返品 したい です。", "返品したいです。"), ("はい", "はい"), ("ハイ", "ハイ"), ("１９時", "１９時")],
)
def test_texts_as_others_write_them(clock, said, text):
    with replying(transcript(said)) as uri:
        ears = recognizer(uri, clock)
        assert ears.accept(AudioChunk(samples=LOUD, rate_hz=16_000)) == ()
        (heard,) = ears.finish()
    assert (heard.best.text, heard.best.reading) == (text, reading_of(text.replace("１９", "19")))
    assert heard.best.confidence == 1.0
    assert heard.duration_ms > 500


class WhisperLike(AsyncEventHandler):
    """A handler as wyoming-faster-whisper has it, on the package's own server: it answers once and hangs up."""

    seconds = 0.0

    async def handle_event(self, event):
        if Piece.is_type(event.type):
            chunk = Piece.from_event(event)
            WhisperLike.seconds += chunk.seconds
            assert (chunk.rate, chunk.width, chunk.channels) == (16_000, 2, 1)
        if AudioStop.is_type(event.type):
            await self.write_event(Transcript(text=" 返品したいです。").event())
            return False
        return True


def test_a_service_made_with_the_package_itself(clock):
    async def serve(ready):
        listening = AsyncTcpServer("127.0.0.1", 0)
        await listening.start(WhisperLike)
        ready.put((listening, asyncio.get_running_loop()))
        with suppress(asyncio.CancelledError):
            await listening._server.serve_forever()

    ready = SimpleQueue()
    thread = threading.Thread(target=lambda: asyncio.run(serve(ready)))
    thread.start()
    found, loop = ready.get(timeout=TIMEOUT_S)
    port = found._server.sockets[0].getsockname()[1]
    try:
        assert hear(recognizer(f"tcp://127.0.0.1:{port}", clock)) == "返品したいです。"
    finally:
        asyncio.run_coroutine_threadsafe(found.stop(), loop)
        thread.join(TIMEOUT_S)
    assert WhisperLike.seconds >= len(LOUD) / 16_000


def test_nothing_heard_there_is_nothing_heard(clock):
    with replying(transcript("  ")) as uri:
        ears = recognizer(uri, clock)
        ears.accept(AudioChunk(samples=LOUD, rate_hz=16_000))
        assert ears.finish() == ()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\n",
        b'{"type": "error", "data": {"text": "busy"}}\n',
        b'{"type": "transcript"}\n',
        b'{"type": "transcript", "payload_length": 999999999999}\n',
        b'{"type": "transcript", "data_length": 50}\n{}',
        b'{"type": "info"}\n',
    ],
)
def test_whatever_it_answers_the_local_model_hears_then(clock, answer, caplog):
    with replying(answer) as uri:
        assert hear(recognizer(uri, clock)) == "ハイ"
    assert len(caplog.records) == 1


def test_it_is_gone_and_comes_back(tmp_path, clock, caplog):
    """One warning an outage; the local model hears meanwhile, at once; it is asked again after a while."""
    with running(fake_house(tmp_path)) as uri:
        ears = recognizer(uri, clock)
        assert hear(ears) == QUESTION
    for _ in range(3):
        assert hear(ears) == "ハイ"
        clock[0] += WAITS.retry_s + 1
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    assert uri in caplog.text
    with running(fake_house(tmp_path), parsed(uri)):
        assert hear(ears) == QUESTION
    clock[0] += WAITS.retry_s + 1
    assert hear(ears) == "ハイ"
    assert len(caplog.records) == 2


def test_it_is_left_alone_while_it_is_gone(tmp_path, clock):
    asked = []
    with running(fake_house(tmp_path)) as uri:
        ears = recognizer(uri, clock)
    assert hear(ears) == "ハイ"
    house = fake_house(tmp_path, listen=lambda _: asked.append(1) or ScriptedRecognizer([QUESTION]))
    with running(house, parsed(uri)):  # it is back at once
        clock[0] += WAITS.retry_s - 1
        assert hear(ears) == "ハイ"
        assert asked == []
        clock[0] += 2
        assert hear(ears) == QUESTION


def test_the_local_model_is_given_all_of_the_utterance(clock):
    local = Local()
    taken, real = [], local.only.take
    local.only.take = lambda: taken.append(local.only.fed) or real()
    assert hear(recognizer(GONE, clock, local=local)) == "ハイ"
    assert taken[0] >= len(LOUD)


def test_who_never_answers_is_not_waited_for(clock, caplog):
    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts and is silent
        ears = recognizer(f"tcp://127.0.0.1:{listener.getsockname()[1]}", clock, SHORT)
        assert hear(ears) == "ハイ"
    assert "too slow" in caplog.text


def test_busy_there_is_heard_here(tmp_path, clock):
    with running(fake_house(tmp_path, limits=Limits(recognizers=0))) as uri:
        assert hear(recognizer(uri, clock)) == "ハイ"


def test_the_setting_chooses_it(settings, tmp_path):
    with running(fake_house(tmp_path)) as uri:
        chosen = settings.model_copy(update={"model": uri.replace("tcp", "wyoming"), "compiled_phrases": False})
        ears = compose.Ears(chosen).recognizer(compose.knowledge(chosen).current())
        assert hear(ears, studio_speech()) == QUESTION
    assert compose.model_folder(chosen).name == "vosk-model-embedded-ja"


def test_a_wrong_address_is_an_error_of_the_settings(settings):
    with pytest.raises(SettingsError, match="tcp://HOST:PORT"):
        compose.Ears(settings.model_copy(update={"model": "wyoming://whisper"}))
