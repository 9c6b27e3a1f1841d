"""What every SpeechSynthesizer keeps, real and fake alike."""

import ctypes.util
from threading import Thread

import numpy as np
import pytest

from voice.errors import SynthesisError
from voice.speech.cache import CachedSynthesizer, SpeechCache
from voice.speech.fakes import HummingSynthesizer
from voice.speech.openjtalk import OpenJTalkSynthesizer
from voice.speech.prosody import Prosody
from voice.speech.pyttsx3_synthesizer import Pyttsx3Synthesizer

SHORT, LONG = "はい", "営業時間は午前九時から午後五時までです。"


def humming(folder, prosody):
    return HummingSynthesizer(prosody)


def open_jtalk(folder, prosody):
    return OpenJTalkSynthesizer(prosody=prosody)


def cached(folder, prosody):
    return CachedSynthesizer(OpenJTalkSynthesizer(prosody=prosody), SpeechCache(folder, 10_000_000))


def pyttsx3_open_jtalk(folder, prosody):
    return Pyttsx3Synthesizer("openjtalk", prosody=prosody)


def pyttsx3_espeak(folder, prosody):
    if ctypes.util.find_library("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed (apt-get install espeak-ng)")
    return Pyttsx3Synthesizer("espeak", prosody=prosody)


@pytest.fixture(
    scope="module",
    params=[humming, open_jtalk, cached, pyttsx3_open_jtalk, pyttsx3_espeak],
    ids=lambda make: make.__name__,
)
def make(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("speech")
    return lambda prosody=Prosody(): request.param(folder, prosody)  # noqa: B008


@pytest.fixture(scope="module")
def synthesizer(make):
    return make()


@pytest.fixture(scope="module")
def said(synthesizer):
    return synthesizer.synthesize(LONG)


def test_speech_is_mono_int16_and_loud_enough(said):
    assert said.samples.dtype == np.int16
    assert said.samples.ndim == 1
    assert 16_000 <= said.rate_hz <= 48_000
    assert np.abs(said.samples.astype(int)).max() > 3_000


def test_a_longer_text_takes_longer(synthesizer, said):
    short = synthesizer.synthesize(SHORT)
    assert 150 < short.duration_ms < 2_000
    assert said.duration_ms > 1.5 * short.duration_ms


def test_the_same_text_is_the_same_sound(synthesizer, said):
    np.testing.assert_array_equal(synthesizer.synthesize(LONG).samples, said.samples)


@pytest.mark.parametrize("nothing", ["", "  ", "。", "……", "\n"])
def test_nothing_to_say_is_an_error(synthesizer, nothing):
    with pytest.raises(SynthesisError, match="nothing to say"):
        synthesizer.synthesize(nothing)


@pytest.mark.parametrize("text", ["03-1234-5678", "Wi-Fi", "３％〜５％", "はい。\nいいえ。"])
def test_display_text_can_be_spoken(synthesizer, text):
    assert synthesizer.synthesize(text).duration_ms > 300


def test_slower_speech_is_longer_and_has_another_fingerprint(make, synthesizer, said):
    slow = make(Prosody(speed=0.5))
    assert slow.synthesize(LONG).duration_ms > 1.4 * said.duration_ms
    assert slow.fingerprint != synthesizer.fingerprint


def test_the_fingerprint_is_one_line_and_stable(make, synthesizer):
    assert make().fingerprint == synthesizer.fingerprint
    assert synthesizer.fingerprint.isprintable()
    assert make(Prosody(volume=0.3)).fingerprint == synthesizer.fingerprint


def test_two_threads_may_speak_at_once(synthesizer, said):
    spoken = []
    threads = [Thread(target=lambda: spoken.append(synthesizer.synthesize(LONG))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(spoken) == 2
    for chunk in spoken:
        np.testing.assert_array_equal(chunk.samples, said.samples)
