"""`koemado wyoming` as Home Assistant meets it: the package's client over TCP, real recognition, real speech."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein
from wyoming.client import AsyncClient

from benchmarks.spoken import Customer
from intents.morae import normalise
from intents.readings import morae_of, reading_of
from tests.acceptance.conftest import PROGRAM, ROOT
from tests.wyoming_talk import sound, told
from voice.audio import AudioChunk as Sound
from voice.audio_files import resample
from voice.recognition.decoding import VoskModel
from voice.recognition.speech_detection import SileroDetector
from voice.recognition.vosk_recognizer import KanaHearing, VoskRecognizer
from voice.wyoming_service.protocol import (
    Describe,
    Info,
    Ping,
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    Transcribe,
    Transcript,
)

pytestmark = pytest.mark.acceptance
START_S, TURN_S = 240, 60  # a first start compiles the base


@contextmanager
def service(*arguments):
    """The program itself; its address and its process."""
    command = [*PROGRAM, "wyoming", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        watchdog = threading.Timer(START_S, process.kill)
        watchdog.start()
        try:
            line = process.stdout.readline()
            assert line, process.stderr.read().decode()
            yield json.loads(line)["uri"], process
        finally:
            watchdog.cancel()
            process.kill()


@pytest.fixture
def uri():
    with service("--uri", "tcp://127.0.0.1:0", "--recognizers", "3") as (address, _):
        yield address


async def heard(uri, samples, context=None):
    """A connection for each request, as Home Assistant has it."""
    async with AsyncClient.from_uri(uri) as client:
        events = await told(
            client, [Transcribe(language="ja", context=context), *sound(samples, piece=1_024)], "transcript"
        )
    return events[-1].data["text"]


async def answered(uri, text, conversation="one"):
    async with AsyncClient.from_uri(uri) as client:
        (event,) = await told(client, [Transcript(text=text, context={"conversation_id": conversation})], "handled")
    return event


async def spoken(uri, *events, until="audio-stop"):
    """The sound, and after how many seconds it began and ended."""
    async with AsyncClient.from_uri(uri) as client:
        began, first, pieces = time.perf_counter(), None, []
        for event in events:
            await client.write_event(event.event())
        while (event := await client.read_event()) is not None and event.type not in (until, "error"):
            if event.type == "audio-chunk":
                first = first or time.perf_counter() - began
                pieces.append(np.frombuffer(event.payload, "<i2"))
                rate = event.data["rate"]
    return Sound(samples=np.concatenate(pieces), rate_hz=rate), first, time.perf_counter() - began


def within(work):
    return asyncio.run(asyncio.wait_for(work, TURN_S))


def morae_in(chunk: Sound) -> list[str]:
    """What our own recogniser makes of the speech."""
    model = VoskModel(ROOT / "voice/data/models/vosk-model-embedded-ja")
    ears = VoskRecognizer(open_model=model, hearing=KanaHearing(), detector=SileroDetector())
    samples = resample(chunk.samples, chunk.rate_hz, 16_000)
    found = [*ears.accept(Sound(samples=samples, rate_hz=16_000)), *ears.finish()]
    return normalise(mora for transcript in found for mora in morae_of(transcript.best.text))


def test_a_spoken_question_is_answered_aloud(uri, studio, record_property):
    question = "返品したいのですが"

    async def talk():
        async with AsyncClient.from_uri(uri) as client:
            (event,) = await told(client, [Describe()], "info")
        info = Info.from_event(event)
        assert info.asr[0].models[0].languages == info.tts[0].voices[0].languages == ["ja"]
        text = await heard(uri, studio.take(question, Customer()))
        answer = await answered(uri, text)
        return text, answer, await spoken(uri, Synthesize(text=answer.data["text"]))

    text, answer, (chunk, first_s, last_s) = within(talk())
    assert reading_of(text) == reading_of(question)
    assert answer.type == "handled"
    assert "14日以内" in answer.data["text"]
    first_sentence = answer.data["text"].partition("。")[0]
    said, wanted = morae_in(chunk), normalise(morae_of(first_sentence))
    assert Levenshtein.distance(said[: len(wanted)], wanted) <= 0.25 * len(wanted)
    assert first_s < last_s
    seconds = len(chunk.samples) / chunk.rate_hz
    record_property(
        "figure", f"Wyoming: first sound after {first_s:.2f} s, all {seconds:.0f} s of it after {last_s:.2f} s"
    )


def test_a_conversation_of_two_turns_by_voice_and_a_text_in_pieces(uri, studio):
    """Yes to an offer is understood on another connection, because the id is the same."""

    async def talk():
        first = await answered(uri, await heard(uri, studio.take("返品したいのですが", Customer())))
        context = first.data["context"]
        yes = await heard(uri, studio.take("はい、お願いします", Customer()), context)
        step = await answered(uri, yes)
        other = await answered(uri, yes, conversation="another")
        pieces = [SynthesizeChunk(text=step.data["text"][i : i + 5]) for i in range(0, len(step.data["text"]), 5)]
        sound_of = await spoken(uri, SynthesizeStart(), *pieces, SynthesizeStop(), until="synthesize-stopped")
        return first, step, other, sound_of

    first, step, other, (chunk, *_) = within(talk())
    assert "手順" in first.data["text"]
    assert step.data["text"] not in (first.data["text"], other.data["text"])
    assert chunk.duration_ms > 2_000


def test_three_speak_at_once_and_one_chatters(uri, studio):
    questions = ["返品したいのですが", "営業時間を教えてください", "炊いたご飯がかたい"]
    takes = [studio.take(question, Customer()) for question in questions]

    async def chatter():
        for _ in range(50):
            _, writer = await asyncio.open_connection(*uri.removeprefix("tcp://").split(":"))
            writer.write(os.urandom(2_000))
            writer.close()
            await writer.wait_closed()

    async def talk():
        found = await asyncio.gather(*(heard(uri, take) for take in takes), chatter())
        async with AsyncClient.from_uri(uri) as client:
            assert await told(client, [Ping(text="x")], "pong")
        return found[:3]

    assert [reading_of(text) for text in within(talk())] == [reading_of(question) for question in questions]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_with_clients_connected(number):
    with service("--uri", "tcp://127.0.0.1:0") as (uri, process):
        host, port = uri.removeprefix("tcp://").split(":")
        with socket.create_connection((host, int(port)), 10) as client:
            client.sendall(b'{"type": "audio-start", "data": {"rate": 16000, "width": 2, "channels": 1}}\n')
            process.send_signal(number)
            assert client.recv(1) == b""
        assert process.wait(30) == 0
        errors = process.stderr.read().decode()
    assert "Traceback" not in errors
    assert errors.splitlines()[-1] == "koemado: the Wyoming service has ended"


def test_a_taken_port_is_one_line(koemado):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run = koemado("wyoming", "--uri", f"tcp://127.0.0.1:{taken.getsockname()[1]}")
    assert run.code == 4
    assert len(run.err.splitlines()) == 1
    assert "taken" in run.err


@pytest.mark.parametrize("uri", ["10700", "http://127.0.0.1:1", "tcp://127.0.0.1"])
def test_a_wrong_address_is_one_line(koemado, uri):
    run = koemado("wyoming", "--uri", uri)
    assert (run.code, len(run.err.splitlines())) == (2, 1)


def test_a_device_without_a_model_of_its_own(uri, studio, wav, koemado):
    """`koemado listen` with the service as its recogniser, and without it once it is gone."""
    question = wav(studio.take("返品したいのですが", Customer()))
    run = koemado("--model", uri, "listen", question, "--json", "--no-speech")
    assert (run.code, run.err) == (0, "")
    assert run.objects[0]["article"]["id"] == "return-procedure"
    gone = koemado("--model", "tcp://127.0.0.1:1", "listen", question, "--json", "--no-speech")
    assert gone.code == 0
    assert gone.objects[0]["article"] == run.objects[0]["article"]
    assert len(gone.err.splitlines()) == 1
    assert "does not answer" in gone.err
