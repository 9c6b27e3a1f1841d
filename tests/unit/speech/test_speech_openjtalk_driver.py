from threading import Thread

import numpy as np
import pytest
import pyttsx3
import soundfile

from voice.errors import SynthesisError
from voice.speech.fakes import SilentSink
from voice.speech.openjtalk_driver import register_openjtalk_driver

PATIENCE_S = 10


class Listener:
    """Everything an engine tells, in order."""

    def __init__(self, engine):
        self.events = []
        self.errors = []
        engine.connect("started-utterance", lambda name: self.events.append(("started", name)))
        engine.connect("finished-utterance", lambda name, completed: self.events.append((name, completed)))
        engine.connect("error", lambda name, exception: self.errors.append((name, exception)))


@pytest.fixture
def sink():
    return SilentSink()


@pytest.fixture
def engine(sink):
    register_openjtalk_driver(lambda: sink)
    return pyttsx3.Engine("openjtalk")


@pytest.fixture
def listener(engine):
    return Listener(engine)


def test_pyttsx3_finds_it_by_name(sink):
    register_openjtalk_driver(lambda: sink)
    engine = pyttsx3.init("openjtalk")
    engine.say("はい")
    engine.runAndWait()
    assert len(sink.played) == 1


def test_utterances_are_played_and_told_in_order(engine, sink, listener):
    engine.say("はい", "first")
    engine.say("いいえ", "second")
    engine.runAndWait()
    assert len(sink.played) == 2
    assert listener.events == [("started", "first"), ("first", True), ("started", "second"), ("second", True)]


def test_a_second_run_speaks_too(engine, sink):
    for run in (1, 2, 3):
        engine.say("はい")
        engine.runAndWait()
        assert len(sink.played) == run


def test_a_run_without_a_text_ends(engine, sink):
    engine.runAndWait()
    engine.runAndWait()
    assert not sink.played


def test_a_long_queue_needs_no_recursion(engine, listener):
    for _ in range(1_500):
        engine.say("。")
    engine.runAndWait()
    assert len(listener.errors) == 1_500


def test_save_to_file_is_a_wav(engine, sink, tmp_path):
    engine.save_to_file("はい", str(tmp_path / "out.wav"))
    engine.runAndWait()
    samples, rate_hz = soundfile.read(tmp_path / "out.wav", dtype="int16")
    assert (rate_hz, samples.ndim) == (48_000, 1)
    assert np.abs(samples).max() > 5_000
    assert not sink.played


def test_rate_and_volume_are_heard(engine, sink):
    engine.say("はい")
    engine.setProperty("rate", 400)
    engine.setProperty("volume", 0.25)
    engine.say("はい")
    engine.runAndWait()
    normal, changed = sink.played
    assert changed.duration_ms / normal.duration_ms == pytest.approx(0.5, rel=0.2)
    assert np.abs(changed.samples).max() / np.abs(normal.samples).max() == pytest.approx(0.25, rel=0.2)


@pytest.mark.parametrize(
    ("name", "value", "got"),
    [
        ("rate", 150, 150),
        ("rate", 5_000, 400),
        ("rate", 1, 100),
        ("volume", 0.5, 0.5),
        ("volume", 7, 1.0),
        ("pitch", 70, 70),
        ("pitch", 500, 98),
        ("voice", "/some/voice.htsvoice", "/some/voice.htsvoice"),
        ("voice", "", ""),
    ],
)
def test_properties_are_clipped_and_kept(engine, name, value, got):
    engine.setProperty(name, value)
    engine.runAndWait()
    assert engine.getProperty(name) == got


def test_voices_speak_japanese(engine):
    voices = engine.getProperty("voices")
    assert [voice.languages for voice in voices] == [["ja"]]
    engine.setProperty("voice", voices[0].id)


def test_an_unknown_property_is_told(engine, listener):
    engine.setProperty("colour", "red")
    engine.runAndWait()
    assert [type(error) for _, error in listener.errors] == [KeyError]
    with pytest.raises(KeyError):
        engine.getProperty("colour")


def test_a_voice_that_is_not_there_is_told_and_the_next_text_spoken(engine, sink, listener):
    engine.setProperty("voice", "/no/such.htsvoice")
    engine.say("はい", "lost")
    engine.setProperty("voice", "")
    engine.say("はい", "heard")
    engine.runAndWait()
    assert [(name, type(error)) for name, error in listener.errors] == [("lost", SynthesisError)]
    assert listener.events == [("started", "lost"), ("lost", False), ("started", "heard"), ("heard", True)]
    assert len(sink.played) == 1


def test_stop_from_another_thread_ends_the_utterance_and_the_queue():
    sink = SilentSink(held=True)
    register_openjtalk_driver(lambda: sink)
    engine = pyttsx3.Engine("openjtalk")
    listener = Listener(engine)
    engine.say("はい", "cut")
    engine.say("いいえ", "dropped")
    running = Thread(target=engine.runAndWait, daemon=True)
    running.start()
    assert sink.wait_until_playing(PATIENCE_S)
    assert engine.isBusy()
    engine.stop()
    assert sink.cut_short == 1
    running.join(PATIENCE_S)
    assert not running.is_alive()
    assert listener.events == [("started", "cut"), ("cut", False)]


def test_stop_before_the_sound_has_begun(engine, sink, listener):
    engine.connect("started-utterance", lambda name: engine.stop())
    engine.say("はい", "cut")
    engine.startLoop(False)
    engine.iterate()
    engine.endLoop()
    assert not sink.played
    assert listener.events == [("started", "cut"), ("cut", False)]


def test_stop_before_the_loop_drops_the_text(engine, sink):
    engine.runAndWait()  # from now on the engine hands texts to the driver before the loop
    engine.say("はい")
    engine.stop()
    engine.say("いいえ")
    engine.runAndWait()
    assert len(sink.played) == 1


def test_a_loop_of_the_callers_own(engine, sink, listener):
    engine.startLoop(False)
    engine.say("はい", "first")
    engine.say("いいえ", "second")
    for _ in range(3):
        engine.iterate()
    engine.endLoop()
    assert len(sink.played) == 2
    assert [event for event in listener.events if event[0] != "started"] == [("first", True), ("second", True)]


def test_a_driver_loop_is_ended_from_a_callback(engine, sink):
    engine.connect("finished-utterance", lambda name, completed: engine.endLoop())
    engine.say("はい")
    engine.startLoop()
    assert len(sink.played) == 1


def test_the_engine_goes_away_quietly_with_a_text_waiting(sink):
    register_openjtalk_driver(lambda: sink)
    engine = pyttsx3.Engine("openjtalk")
    engine.runAndWait()
    engine.say("はい")
    del engine
    assert not sink.played
