"""One suite over the fake recogniser, Vosk, open and led by compiled phrases, and one spoken to in Wyoming."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.spoken import Customer, Studio
from tests.wyoming_talk import fake_house, running
from voice.audio import AudioChunk
from voice.recognition.decoding import VoskModel
from voice.recognition.fakes import ScriptedRecognizer
from voice.recognition.phrases import PhraseGraphs, phrase_list
from voice.recognition.speech_detection import SileroDetector
from voice.recognition.vosk_recognizer import KanaHearing, VoskRecognizer
from voice.wyoming_service.address import parsed
from voice.wyoming_service.remote import RemoteRecognizer, RemoteSpeech, Waits

MODEL = Path(__file__).parents[2] / "voice/data/models/vosk-model-embedded-ja"
TEXT, READING = "返品したいのですが", "ヘンピンシタイノデスガ"


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return Studio().take(TEXT, Customer())


@pytest.fixture(scope="module")
def graph(tmp_path_factory) -> tuple[VoskModel, dict[str, str]]:
    phrases = phrase_list([(TEXT, READING)])
    return VoskModel(PhraseGraphs(tmp_path_factory.mktemp("graphs")).compiled(MODEL, phrases)), phrases


def with_vosk(graph, kind: str, **more) -> VoskRecognizer:
    closed, phrases = graph if kind == "compiled" else (None, {})
    return VoskRecognizer(
        open_model=VoskModel(MODEL),
        hearing=KanaHearing(),
        detector=SileroDetector(),
        closed_model=closed,
        wordings=phrases,
        **more,
    )


@pytest.fixture
def elsewhere(tmp_path):
    """A recogniser of another process: our own service, over TCP."""
    with running(fake_house(tmp_path, listen=lambda _: with_vosk(None, "open"))) as uri:
        remote = RemoteSpeech(parsed(uri), Waits(connect_s=10, answer_s=60))
        yield RemoteRecognizer(remote, local=VoskModel(MODEL), detector=SileroDetector())


@pytest.fixture(params=["scripted", "open", "compiled", "elsewhere"])
def recognizer(request, graph):
    if request.param == "elsewhere":
        return request.getfixturevalue("elsewhere")
    return ScriptedRecognizer([TEXT] * 3) if request.param == "scripted" else with_vosk(graph, request.param)


@pytest.fixture(params=["open", "compiled"])
def vosk(request, graph) -> VoskRecognizer:
    """What is beyond the contract, and Vosk's alone."""
    return with_vosk(graph, request.param)


def feed(recognizer, samples: np.ndarray, piece: int = 1_600) -> list:
    found = []
    for i in range(0, len(samples), piece):
        found += recognizer.accept(AudioChunk(samples=samples[i : i + piece], rate_hz=16_000))
    return found


@pytest.mark.parametrize("piece", [333, 1_600, 100_000])
def test_an_utterance_ends_in_the_stream(recognizer, speech, piece):
    (heard,) = feed(recognizer, speech, piece)
    assert heard.best.reading == READING
    assert heard.duration_ms > 500
    assert recognizer.finish() == ()


def test_two_utterances_in_one_stream(recognizer, speech):
    assert len(feed(recognizer, np.concatenate([speech, speech]), 100_000)) == 2


def test_the_end_of_the_stream_ends_the_utterance(recognizer, speech):
    cut = speech[: len(speech) - 21_000]
    assert feed(recognizer, cut) == []
    (heard,) = recognizer.finish()
    assert heard.best.reading == READING


def test_silence_is_nothing(recognizer):
    assert feed(recognizer, np.zeros(16_000 * 5, np.int16)) == []
    assert recognizer.partial() == ""
    assert recognizer.finish() == ()


def test_partial_results(recognizer, speech):
    partials = []
    for i in range(0, len(speech) - 16_000, 1_600):
        recognizer.accept(AudioChunk(samples=speech[i : i + 1_600], rate_hz=16_000))
        partials.append(recognizer.partial())
    assert partials[0] == ""
    assert len(set(partials)) > 1


def test_speech_is_noticed_while_it_lasts(recognizer, speech):
    assert not recognizer.hears_speech
    noticed = [
        bool(feed(recognizer, speech[i : i + 1_600])) or recognizer.hears_speech for i in range(0, 16_000, 1_600)
    ]
    assert noticed[0] is False
    assert noticed[-1] is True
    feed(recognizer, np.zeros(16_000 * 5, np.int16))
    assert not recognizer.hears_speech


def test_who_talks_without_a_pause_is_heard_when_it_comes(graph, speech):
    recognizer = with_vosk(graph, "open")
    loud = np.abs(speech) > 300
    talk = np.tile(speech[np.argmax(loud) : len(loud) - np.argmax(loud[::-1])], 40)[: 35 * 16_000]
    assert feed(recognizer, talk) == []
    (heard,) = feed(recognizer, np.zeros(3 * 16_000, np.int16))
    assert heard.duration_ms > 33_000
    assert heard.best.reading.count("シタイノデスガ") > 20


def test_confidences_and_order(recognizer, speech):
    (heard,) = feed(recognizer, speech)
    assert heard.hypotheses
    assert all(0 <= h.confidence <= 1 for h in heard.hypotheses)
    assert len({h.reading for h in heard.hypotheses}) == len(heard.hypotheses)
    assert all(" " not in h.text for h in heard.hypotheses)


@pytest.fixture(scope="module")
def excuse() -> np.ndarray:
    return Studio().take("すみません。", Customer())


def test_an_opening_waits_for_its_question(vosk, speech, excuse):
    (heard,) = feed(vosk, np.concatenate([excuse, speech]))
    assert heard.best.reading == READING


def test_an_opening_alone_is_heard_in_the_end(vosk, excuse):
    assert feed(vosk, excuse) == []
    (heard,) = feed(vosk, np.zeros(16_000 * 2, np.int16))
    assert heard.best.reading == "スミマセン"


def paused(seconds: float) -> np.ndarray:
    """「エアコンが」, a pause, 「返品したいのですが」."""
    studio = Studio()
    first, rest = studio.take("エアコンが", Customer()), studio.take(TEXT, Customer())
    quiet = 1.8 - seconds  # of a take's end and the next one's beginning
    return np.concatenate([first[: len(first) - int(quiet * 16_000)], rest])


@pytest.mark.parametrize("kind", ["open", "compiled"])
def test_what_is_not_clear_yet_waits_for_the_rest(graph, kind):
    recognizer = with_vosk(graph, kind, is_clear=lambda heard: heard.best.reading.endswith(READING))
    (heard,) = feed(recognizer, paused(1.3))
    assert heard.best.reading.startswith("エアコン")
    assert heard.best.reading.endswith(READING)
    assert len(heard.hypotheses) >= 2
    assert all(0 <= h.confidence <= 1 for h in heard.hypotheses)


def test_what_is_clear_does_not_wait(graph):
    recognizer = with_vosk(graph, "open")
    first, second = feed(recognizer, paused(1.3))
    assert first.best.reading.startswith("エアコン")
    assert second.best.reading == READING


def test_what_stays_unclear_is_heard_in_the_end(graph):
    recognizer = with_vosk(graph, "open", is_clear=lambda _: False)
    first, second = feed(recognizer, np.concatenate([paused(3.0), np.zeros(16_000, np.int16)]))
    assert first.best.reading.startswith("エアコン")
    assert second.best.reading == READING
    assert feed(recognizer, paused(1.3)[:40_000]) == []
    assert len(recognizer.finish()) == 1


def test_whoever_talks_on_unclearly_is_answered_in_the_end(graph, speech):
    recognizer = with_vosk(graph, "open", is_clear=lambda _: False)
    going_on = [speech[: len(speech) - 8_000]] * 14  # pauses of 1.3 s
    assert len(feed(recognizer, np.concatenate(going_on))) >= 1


def test_whether_it_is_clear_is_asked_once_an_utterance(graph, speech):
    asked = []
    recognizer = with_vosk(graph, "open", is_clear=lambda heard: bool(asked.append(heard)))
    feed(recognizer, np.concatenate([speech, np.zeros(16_000 * 2, np.int16)]))
    assert len(asked) == 1


def test_nothing_fed(recognizer):
    assert recognizer.accept(AudioChunk(samples=np.zeros(0, np.int16), rate_hz=16_000)) == ()
    assert recognizer.finish() == ()


def test_the_sound_of_an_utterance_goes_with_it_where_it_is_kept(vosk, speech):
    (without,) = feed(vosk, speech)
    assert without.sound == b""
    vosk.keep_sound()
    heard, again = feed(vosk, np.concatenate([speech, np.zeros(32_000, np.int16), speech]))
    for one in (heard, again):
        samples = np.frombuffer(one.sound, "<i2")
        assert len(samples) * 1000 // 16_000 == one.duration_ms  # without what was heard between
        loudest = samples[np.argmax(np.abs(samples)) :][:800]
        where = np.flatnonzero(speech == loudest[0])
        assert any(np.array_equal(speech[at : at + 800], loudest) for at in where)  # as it was spoken


def test_what_is_said_in_two_stretches_sounds_as_one(graph, speech):
    vosk = with_vosk(graph, "open", is_clear=lambda _: False)
    vosk.keep_sound()
    pause = np.zeros(8_000, np.int16)
    (heard,) = feed(vosk, np.concatenate([speech[: len(speech) - 24_000], pause, speech, np.zeros(48_000, np.int16)]))
    assert len(heard.sound) // 32 == heard.duration_ms
