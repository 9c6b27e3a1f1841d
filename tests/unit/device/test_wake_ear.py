"""The ear that was trained on the shipped phrase: its stream, what it is for, and that it hears what the search misses."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks.spoken import Customer, Studio
from benchmarks.takes import in_room, under
from benchmarks.wake_surroundings import noises, rooms
from voice.audio import AudioChunk
from voice.recognition.speech_detection import faint_noise
from voice.wake.acoustics import Acoustics, read_layers
from voice.wake.detector import WakeWordDetector, wake_word_detector
from voice.wake.ear import ear_for
from voice.wake.phrases import wake_phrases

MODEL = Path(__file__).parents[3] / "voice/data/models/vosk-model-embedded-ja"
CALL = "ねえ、こえまど"
BLOCK = 800
SEED = 77  # nothing was learned or chosen in these surroundings
CUSTOMERS = (Customer(pitch=5.0, speed=1.3), Customer(pitch=-5.0, speed=1.35), Customer(pitch=2.0, speed=0.8))


@pytest.fixture(scope="module")
def phrase():
    return wake_phrases([CALL])[0]


@pytest.fixture(scope="module")
def rows():
    """Log-probabilities of a call, and the row behind its last sound."""
    wave = Studio().take(CALL, Customer())
    end = int(np.flatnonzero(np.abs(wave.astype(np.int32)) > 200)[-1])
    logs = Acoustics(read_layers(MODEL)).accept(np.concatenate([faint_noise(16_000), wave]))
    return logs, (16_000 + end) // 480


@pytest.fixture(scope="module")
def noisy_calls() -> list[np.ndarray]:
    """The wake word from afar in ten rooms, in noise 5 dB under its loud parts, by high, quick, low and slow voices."""
    studio, calls = Studio(), []
    for number in range(12):
        speech = studio.take(CALL, CUSTOMERS[number % len(CUSTOMERS)]).astype(np.float64)
        framed = np.pad(in_room(speech, rooms(SEED)[number % 10]), (16_000, 8_000))
        framed += under(framed, np.roll(noises(SEED)[number], number * 9_000), 5.0)
        calls.append(np.clip(np.rint(framed * 0.3), -32768, 32767).astype(np.int16))
    return calls


def woken(detector: WakeWordDetector, samples: np.ndarray) -> int:
    detector.reset()
    pieces = [AudioChunk(samples=samples[n : n + BLOCK], rate_hz=16_000) for n in range(0, len(samples), BLOCK)]
    return sum(detector.accept(piece) is not None for piece in pieces)


def test_it_hears_the_phrase_at_its_end_and_nowhere_else(phrase, rows):
    logs, end = rows
    scores = ear_for(phrase, MODEL).accept(logs)
    assert len(scores) == len(logs)
    assert scores.max() > 3
    assert abs(int(scores.argmax()) - end) <= 7
    assert scores[: end - 8].max() < 0
    assert scores[end + 35 :].max() < 0


@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_a_stream_in_pieces_is_the_stream(phrase, rows, size):
    logs, _ = rows
    ear = ear_for(phrase, MODEL)
    whole = ear.accept(logs)
    ear.reset()
    pieces = np.concatenate([ear.accept(logs[at : at + size]) for at in range(0, len(logs), size)])
    assert pieces == pytest.approx(whole, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "has_one"), [("ねえこえまど", True), ("ねえ、声窓", True), ("もしもし、みどり", False)]
)
def test_it_belongs_to_the_sound_of_its_phrase(text, has_one):
    assert (ear_for(wake_phrases([text])[0], MODEL) is not None) == has_one


def test_another_acoustic_model_is_heard_without_it(phrase, tmp_path):
    (tmp_path / "am").mkdir()
    shutil.copy(MODEL / "am/final.mdl", tmp_path / "am/final.mdl")
    assert ear_for(phrase, tmp_path) is not None
    with (tmp_path / "am/final.mdl").open("ab") as file:
        file.write(b"\n")
    assert ear_for(phrase, tmp_path) is None


def test_in_noise_it_hears_what_the_search_alone_misses(phrase, noisy_calls):
    search = WakeWordDetector([phrase], Acoustics(read_layers(MODEL)))
    both = wake_word_detector([CALL], MODEL)
    assert len(noisy_calls) == 12
    alone = sum(woken(search, call) == 1 for call in noisy_calls)
    together = sum(woken(both, call) == 1 for call in noisy_calls)
    assert together >= 9
    assert alone <= together - 3
