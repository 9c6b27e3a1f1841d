"""Real playing and recording, through ALSA's plugin, PortAudio and our adapters, on PulseAudio and on PipeWire."""

import json
import os
import time
from contextlib import suppress

import pytest
import soundfile
import vosk
from rapidfuzz.distance import Levenshtein

from intents.morae import normalise
from intents.readings import morae_of
from tests.sound_server import ROOT, SoundServer, missing
from voice.audio import RECOGNITION_RATE_HZ
from voice.speech.openjtalk import OpenJTalkSynthesizer

pytestmark = pytest.mark.acceptance
MODEL = ROOT / "voice" / "data" / "models" / "vosk-model-embedded-ja"
QUESTION = "営業時間を教えてください。"
HEARD = "ギョージカン"  # of it, as the embedded model writes it
RECOVERED_S = 5.0  # after plugging in
ADAPTERS = "tests/acceptance/sound_room.py"


@pytest.fixture(scope="module", params=["pulseaudio", "pipewire"])
def sound_server(request, tmp_path_factory):
    if lacking := missing(request.param):
        pytest.skip(f"not installed: {lacking} (scripts/setup --dev as root installs what is needed)")
    with SoundServer(request.param, tmp_path_factory.mktemp(request.param)) as sound_server:
        yield sound_server


@pytest.fixture(scope="module")
def question(tmp_path_factory):
    spoken = OpenJTalkSynthesizer().synthesize(QUESTION)
    path = tmp_path_factory.mktemp("spoken") / "question.wav"
    quieter = spoken.samples // 3  # PipeWire makes one channel of two equal ones 3 dB louder: full volume would clip
    soundfile.write(path, quieter, spoken.rate_hz)
    return path


@pytest.fixture
def program(sound_server, own_folders):
    """Begin `koemado` beside the sound server; ended after the test."""
    begun = []

    def begin(*arguments):
        ours = {name: value for name, value in os.environ.items() if name.startswith("KOEMADO_")}
        sound_server.env.update(ours)
        begun.append(sound_server.python("-m", "voice.main", *arguments))
        return begun[-1]

    yield begin
    for running in begun:
        running.end()


def test_what_the_loudspeaker_plays_the_microphone_hears(sound_server, question, tmp_path):
    """Up to three times: a busy machine leaves gaps in the sound, what does not work never does."""
    said = normalise(morae_of(QUESTION))
    errors = (_misheard(sound_server, question, tmp_path / f"heard-{n}.wav", said) for n in range(3))
    assert any(wrong <= 0.2 * len(said) for wrong in errors)


def _misheard(sound_server, question, heard_file, said):
    """How many morae of what is played are heard wrongly."""
    running = sound_server.python("-m", "tests.acceptance.sound_room", "echo", question, heard_file)
    assert running.ended() == 0, running.text
    samples, rate_hz = soundfile.read(heard_file, dtype="int16")
    assert rate_hz == RECOGNITION_RATE_HZ
    vosk.SetLogLevel(-1)
    recognizer = vosk.KaldiRecognizer(vosk.Model(str(MODEL)), rate_hz)
    recognizer.AcceptWaveform(samples.tobytes())
    heard = normalise(json.loads(recognizer.FinalResult())["text"].split())
    return Levenshtein.distance(heard, said)


def test_stop_is_silence_within_200_ms(sound_server, record_property):
    running = sound_server.python("-m", "tests.acceptance.sound_room", "stop")
    assert running.ended() == 0, running.text
    line = next(text for _, text in running.lines if text.startswith("returned"))
    _, returned_s, _, silent_s = line.split()
    record_property(
        "figure", f"{sound_server.kind}: stop returned after {returned_s} s, silence heard after {silent_s} s"
    )
    assert float(returned_s) < 0.2
    assert float(silent_s) < 0.5  # with the way through the microphone, which is no part of stopping


def test_devices_are_listed_by_name(program):
    running = program("devices", "--json")
    assert running.ended() == 0
    names = [d["name"] for d in json.loads(running.text.splitlines()[-1])]
    assert {"headset_speaker", "headset_microphone", "default"} <= set(names)


def test_devices_are_tested(sound_server, program, question):
    running = program("devices", "--test", "--json", "--output", "headset_sp", "--input", "headset_mic")
    running.wait_for("Recording 3 s")
    sound_server.say(question)
    assert running.ended() == 0, running.text
    told = json.loads(next(text for _, text in running.lines if text.startswith("{")))
    assert told["verdict"] == "fine"
    assert told["output"]["name"] == "headset_speaker"
    assert -40 < told["rms_dbfs"] < told["peak_dbfs"] < 0


def test_a_silent_room_is_no_working_microphone(program):
    running = program("devices", "--test", "--output", "headset_sp", "--input", "headset_mic")
    assert running.ended() == 1
    assert "nothing at all came from the microphone: is it muted" in running.text


def test_an_ambiguous_name_is_told(program):
    running = program("devices", "--test", "--input", "headset")
    assert running.ended() == 4
    assert "'headset_speaker'" in running.text
    assert "'headset_microphone'" in running.text


@pytest.mark.parametrize("fault", ["unplugged", "server killed"])
def test_a_talk_goes_on_after_replugging(sound_server, program, question, record_property, monkeypatch, fault):
    if (sound_server.kind, fault) == ("pipewire", "unplugged"):
        pytest.skip("unexplained: before anything is unplugged, the first talk on PipeWire 0.3.65 hears nothing")
    monkeypatch.setenv("KOEMADO_INPUT_DEVICE", "headset_microphone")
    monkeypatch.setenv("KOEMADO_OUTPUT_DEVICE", "headset_speaker")
    monkeypatch.setenv("KOEMADO_SPEECH_SPEED", "2.0")  # it is not what is tested
    talk = program("talk")
    talk.wait_for("声窓:", 90)  # it has greeted
    _ask(sound_server, talk, question)
    (sound_server.unplug if fault == "unplugged" else sound_server.kill)()
    talk.wait_for("listening goes on when it is back")
    (sound_server.plug_in if fault == "unplugged" else sound_server.start)()
    plugged_in = time.monotonic()
    recovered_s = talk.wait_for("listening again, with headset_microphone", RECOVERED_S + 5) - plugged_in
    record_property("figure", f"{sound_server.kind}, {fault}: heard again after {recovered_s:.1f} s")
    assert recovered_s < RECOVERED_S
    _ask(sound_server, talk, question)
    assert talk.process.poll() is None
    assert talk.text.count("listening goes on") == 1


def _ask(sound_server, talk, question):
    """Ask until it is heard: while the assistant speaks, and until the microphone is open, it does not listen."""
    before = len(talk.lines)
    for _ in range(4):
        sound_server.say(question)
        with suppress(AssertionError):
            talk.wait_for(HEARD, 10, since=before)
            break
    talk.wait_for(HEARD, since=before)
    talk.wait_for("声窓:", 60, since=before)
