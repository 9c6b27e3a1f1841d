"""The Wyoming service over TCP with the package's own client, made of the shipped fakes."""

import asyncio
import threading

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
    Raw,
    exchange,
    fake_house,
    humming,
    running,
    sound,
    told,
    types_of,
)
from voice.recognition.fakes import ScriptedRecognizer
from voice.wyoming_service.protocol import (
    AudioStart,
    AudioStop,
    Describe,
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
from voice.wyoming_service.voices import Voices

SPEECH = np.concatenate([LOUD, QUIET])


@pytest.fixture
def house(tmp_path):
    return fake_house(tmp_path)


@pytest.fixture
def uri(house):
    with running(house) as address:
        yield address


def speech_of(events) -> np.ndarray:
    return np.frombuffer(b"".join(e.payload for e in events if e.type == "audio-chunk"), "<i2")


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
