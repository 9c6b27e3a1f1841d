"""The embedded model behind the speech gate: what is not the speaker is not heard, and the end is found in time."""

from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from benchmarks.spoken import Customer, Studio
from voice.audio import AudioChunk
from voice.recognition.decoding import VoskModel
from voice.recognition.speech_detection import SileroDetector
from voice.recognition.vosk_recognizer import KanaHearing, VoskRecognizer

MODEL = Path(__file__).parents[3] / "voice/data/models/vosk-model-embedded-ja"
FIRST, SECOND = "届いた掃除機を", "返品したいのですが"
BABBLE = ("駅前の店で昨日買いました", "料金は来月から上がるそうです", "今日は雨が降っています")
QUIET = np.zeros(16_000, np.int16)
BLOCK = 800


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio()


@pytest.fixture(scope="module")
def speech(studio) -> np.ndarray:
    return trimmed(studio.take(SECOND, Customer()))


@pytest.fixture(scope="module")
def model() -> VoskModel:
    return VoskModel(MODEL)


@pytest.fixture
def recognizer(model) -> VoskRecognizer:
    return VoskRecognizer(open_model=model, hearing=KanaHearing(), detector=SileroDetector())


def trimmed(wave: np.ndarray) -> np.ndarray:
    sounding = np.flatnonzero(np.abs(wave.astype(np.int32)) > 200)
    return wave[sounding[0] : sounding[-1]]


def heard(recognizer: VoskRecognizer, samples: np.ndarray) -> list[tuple[str, float]]:
    """What was heard, and when, in milliseconds from the beginning."""
    found = []
    for i in range(0, len(samples), BLOCK):
        transcripts = recognizer.accept(AudioChunk(samples=samples[i : i + BLOCK], rate_hz=16_000))
        found += [(t.best.reading, (i + BLOCK) / 16) for t in transcripts]
    return found


def ticks(length: int) -> np.ndarray:
    """Two a second, 15 ms long, as loud as the speech."""
    rng, out = np.random.default_rng(4), np.zeros(length)
    for start in range(2_000, length - 240, 8_000):
        out[start : start + 240] = rng.standard_normal(240) * np.exp(-np.arange(240) / 60) * 8_000
    return out


def babble(studio: Studio, length: int) -> np.ndarray:
    voices = [studio.take(text, Customer(pitch=3.0 * n - 3)) for n, text in enumerate(BABBLE)]
    return np.sum([np.resize(np.roll(trimmed(v), -3_000 * n), length) for n, v in enumerate(voices)], axis=0) / 3


def rain(length: int) -> np.ndarray:
    return np.random.default_rng(5).standard_normal(length)


def mixed(speech: np.ndarray, noise: np.ndarray, snr_db: float | None) -> np.ndarray:
    wave = speech.astype(np.float64)
    loud = wave[np.abs(wave) > 260]
    gain = 1.0 if snr_db is None else np.sqrt(np.mean(loud**2) / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    return np.clip(wave + noise * gain, -32_768, 32_767).astype(np.int16)


@pytest.mark.parametrize(("noise", "snr_db"), [("ticks", None), ("babble", 20.0), ("rain", 15.0)])
def test_noise_around_the_speech_is_not_heard(recognizer, studio, speech, noise, snr_db):
    framed = np.concatenate([QUIET, speech, QUIET, QUIET])
    made = {"ticks": ticks(len(framed)), "babble": babble(studio, len(framed)), "rain": rain(len(framed))}
    ((reading, decided_ms),) = heard(recognizer, mixed(framed, made[noise], snr_db))
    assert Levenshtein.distance(reading, "ヘンピンシタイノデスガ") <= 4
    assert 400 <= decided_ms - 1_000 - len(speech) / 16 <= 1_000


@pytest.mark.parametrize("pause_ms", [350, 500])
@pytest.mark.parametrize("snr_db", [None, 15.0])
def test_a_pause_inside_a_sentence_does_not_end_it(recognizer, studio, speech, pause_ms, snr_db):
    first = trimmed(studio.take(FIRST, Customer()))
    framed = np.concatenate([QUIET, first, QUIET[: pause_ms * 16], speech, QUIET, QUIET])
    ((reading, _),) = heard(recognizer, mixed(framed, rain(len(framed)), snr_db or 60.0))
    assert reading.endswith("ノデスガ")


def test_after_a_particle_the_speaker_is_given_longer(recognizer, studio, speech):
    first = trimmed(studio.take(FIRST, Customer()))
    assert len(heard(recognizer, np.concatenate([QUIET, first, QUIET[: 900 * 16], speech, QUIET, QUIET]))) == 1


def test_the_end_is_decided_soon(recognizer, speech):
    ((_, decided_ms),) = heard(recognizer, np.concatenate([QUIET, speech, QUIET]))
    assert 400 <= decided_ms - 1_000 - len(speech) / 16 <= 800
