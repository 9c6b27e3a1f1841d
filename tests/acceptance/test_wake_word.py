"""The wake word in rooms and noises made by calculation: how many calls are missed, and what talk wakes the box."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks.spoken import ROOM_TONE, Customer, Studio, rows
from benchmarks.takes import in_room, under
from benchmarks.wake import heard
from benchmarks.wake_surroundings import noises, rooms
from voice.wake.detector import wake_word_detector

ROOT = Path(__file__).parents[2]
CALL = "ねえ、こえまど"
SEED = 77  # nothing was learned or chosen in these surroundings
CUSTOMERS = (
    Customer(pitch=-4.0), Customer(pitch=3.0, speed=1.2), Customer(speed=0.85), Customer(pitch=-1.5, speed=1.3),
)  # fmt: skip
SNRS_DB = (None, 20.0, 10.0)
DISTANCES = (1.0, 0.5, 0.2)

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def detector():
    return wake_word_detector([CALL], ROOT / "voice/data/models/vosk-model-embedded-ja")


@pytest.fixture(scope="module")
def placed():
    """Speech near or far, in a noise or none, with a second of quiet around it."""
    studio, rng = Studio(), np.random.default_rng(SEED)
    found_rooms, found_noises = rooms(SEED), noises(SEED)

    def place(text: str, customer: Customer, distance: float, snr_db: float | None) -> np.ndarray:
        speech = studio.take(text, customer).astype(np.float64)
        if distance < 1:
            speech = in_room(speech, found_rooms[rng.integers(len(found_rooms))])
        framed = np.concatenate([np.zeros(16_000), speech * distance, np.zeros(8_000)])
        if snr_db is not None:
            noise = np.roll(found_noises[rng.integers(len(found_noises))], -int(rng.integers(64_000)))
            framed += under(framed / distance, noise, snr_db) * distance
        framed += rng.standard_normal(len(framed)) * ROOM_TONE
        return np.clip(np.rint(framed), -32768, 32767).astype(np.int16)

    return place


def test_calls_near_and_far_in_quiet_and_noise_are_heard(detector, placed):
    woken = []
    for customer, snr_db, distance in product(CUSTOMERS, SNRS_DB, DISTANCES):
        detector.reset()
        woken.append(len(heard(detector, placed(CALL, customer, distance, snr_db))))
    assert len(woken) == 36
    assert sum(count == 1 for count in woken) >= 34
    assert max(woken) == 1


def test_questions_do_not_wake_it(detector, placed):
    questions = [row["question"] for row in rows(ROOT / "benchmarks/data/dev_questions.tsv")][:48]
    assert len(questions) == 48
    detector.reset()
    for number, question in enumerate(questions):
        sound = placed(question, CUSTOMERS[number % 4], DISTANCES[number % 3], SNRS_DB[number // 3 % 3])
        assert heard(detector, sound) == [], question
