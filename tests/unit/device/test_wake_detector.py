"""The wake word in real sound, through the embedded model."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from benchmarks.spoken import Customer, Studio
from voice.audio import AudioChunk
from voice.recognition.decoding import VoskModel
from voice.recognition.speech_detection import SileroDetector, faint_noise
from voice.recognition.vosk_recognizer import KanaHearing, VoskRecognizer
from voice.wake.detector import wake_word_detector
from voice.wake.lookback import Lookback

MODEL = Path(__file__).parents[3] / "voice/data/models/vosk-model-embedded-ja"
BLOCK = 800
CALL, QUESTION = "ねえ、こえまど", "再起動のやり方を教えてください"


def chunks(samples: np.ndarray) -> Iterator[AudioChunk]:
    for at in range(0, len(samples), BLOCK):
        yield AudioChunk(samples=samples[at : at + BLOCK], rate_hz=16_000)


def trimmed(wave: np.ndarray) -> np.ndarray:
    sounding = np.flatnonzero(np.abs(wave.astype(np.int32)) > 200)
    return wave[sounding[0] : sounding[-1]]


@pytest.fixture(scope="module")
def said():
    studio = Studio()
    return lambda text, customer=Customer(): trimmed(studio.take(text, customer))  # noqa: B008 - frozen


@pytest.fixture(scope="module")
def detector():
    return wake_word_detector([CALL], MODEL)


@pytest.fixture
def quiet() -> np.ndarray:
    return faint_noise(16_000)


def noticed(detector, samples):
    """Each wake word with when it was noticed, in seconds."""
    detector.reset()
    wakes = [(detector.accept(chunk), (n + 1) * BLOCK / 16_000) for n, chunk in enumerate(chunks(samples))]
    return [(wake, at_s) for wake, at_s in wakes if wake]


@pytest.mark.parametrize("customer", [Customer(), Customer(pitch=-3.0, speed=0.9), Customer(pitch=2.0, speed=1.2)])
def test_a_call_is_noticed_soon_and_its_end_is_known(detector, said, quiet, customer):
    call = said(CALL, customer)
    ((wake, at_s),) = noticed(detector, np.concatenate([quiet, call, quiet]))
    end_s = 1 + len(call) / 16_000
    assert wake.phrase == CALL
    assert abs(wake.ended_at_s - end_s) < 0.2
    assert at_s - end_s < 0.45


def test_in_noise_it_is_heard_too(detector, said, quiet):
    stream = np.concatenate([quiet, said(CALL), quiet]).astype(np.float64)
    noise = np.random.default_rng(3).standard_normal(len(stream)) * 400
    assert len(noticed(detector, (stream + noise).astype(np.int16))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "これまで使えていた掃除機が壊れました",
        "ねえ、今日の晩ご飯どうする",
        "窓を閉めてください",
        "来週の金曜日は娘の運動会なんです",
    ],
)
def test_other_talk_does_not_wake_it(detector, said, quiet, text):
    assert noticed(detector, np.concatenate([quiet, said(text), quiet])) == []


def test_two_calls_are_two_wake_words_on_one_clock(detector, said, quiet):
    call = said(CALL)
    one = np.concatenate([quiet, call])
    (first, _), (second, _) = noticed(detector, np.concatenate([one, quiet, quiet, one, quiet]))
    assert second.ended_at_s - first.ended_at_s == pytest.approx((len(one) + 32_000) / 16_000, abs=0.1)


def test_a_long_pause_within_the_call_is_bridged(detector, said, quiet):
    """The gate closes in it; what came before is heard again when it opens."""
    call = said(CALL)
    level = np.convolve(np.abs(call.astype(np.float64)), np.ones(800) / 800, "same")
    middle = 2_000 + int(level[2_000 : len(call) // 2].argmin())
    stream = [quiet, call[:middle], faint_noise(22_400), call[middle:], quiet]
    assert len(noticed(detector, np.concatenate(stream))) == 1


def test_what_comes_after_a_call_and_a_pause_is_no_second_call(detector, said, quiet):
    stream = np.concatenate([quiet, said(CALL), quiet, quiet, said(QUESTION), quiet])
    assert len(noticed(detector, stream)) == 1


def test_what_follows_in_the_same_breath_is_the_question(detector, said, quiet):
    stream = np.concatenate([quiet, said(f"{CALL}、{QUESTION}"), quiet, quiet])
    detector.reset()
    lookback, recognizer = Lookback(), None
    heard = []
    for chunk in chunks(stream):
        if recognizer is not None:
            heard += recognizer.accept(chunk)
            continue
        lookback.accept(chunk)
        if wake := detector.accept(chunk):
            recognizer = VoskRecognizer(open_model=VoskModel(MODEL), hearing=KanaHearing(), detector=SileroDetector())
            heard += recognizer.accept(lookback.since(wake.ended_at_s))
    (transcript,) = [*heard, *recognizer.finish()]
    assert Levenshtein.distance(transcript.best.reading, "サイキドーノヤリカタオーシエテクダサイ") <= 5


def test_any_phrase_can_be_the_wake_word(said, quiet):
    detector = wake_word_detector(["もしもし、みどり", CALL], MODEL)
    ((wake, _),) = noticed(detector, np.concatenate([quiet, said("もしもし、みどり"), quiet]))
    assert wake.phrase == "もしもし、みどり"


def test_in_silence_only_the_gate_works(detector, said, quiet):
    detector.reset()
    listening = []
    for chunk in chunks(np.concatenate([quiet, quiet, said(CALL), quiet, quiet, quiet])):
        detector.accept(chunk)
        listening.append(detector.is_listening)
    assert not any(listening[:40])
    assert any(listening)
    assert not listening[-1]


def test_a_new_stream_begins_at_zero(detector, said, quiet):
    stream = np.concatenate([quiet, said(CALL), quiet])
    ((first, _),) = noticed(detector, stream)
    ((again, _),) = noticed(detector, stream)
    assert again == first


def test_another_rate_is_refused(detector, quiet):
    with pytest.raises(ValueError, match="48000"):
        detector.accept(AudioChunk(samples=quiet, rate_hz=48_000))
