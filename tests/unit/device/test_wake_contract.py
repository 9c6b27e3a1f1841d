"""What every `WakeWords` keeps to, the shipped fake and the real one."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.spoken import Customer, Studio
from voice.audio import AudioChunk
from voice.recognition.speech_detection import faint_noise
from voice.wake.detector import wake_word_detector
from voice.wake.fakes import ScriptedWakeWords
from voice.wake.lookback import Lookback

MODEL = Path(__file__).parents[3] / "voice/data/models/vosk-model-embedded-ja"
CALL = "ねえ、こえまど"


@pytest.fixture(scope="module")
def called() -> tuple[np.ndarray, float]:
    """A call, and where it ends."""
    wave = Studio().take(CALL, Customer())
    end = int(np.flatnonzero(np.abs(wave.astype(np.int32)) > 200)[-1])
    return np.concatenate([faint_noise(16_000), wave]), 1 + end / 16_000


@pytest.fixture(params=["fake", "real"])
def wake_words(request, called):
    return ScriptedWakeWords([called[1]]) if request.param == "fake" else wake_word_detector([CALL], MODEL)


@pytest.mark.parametrize("block", [160, 1_024, 4_800])
def test_one_call_is_one_wake_word_whatever_the_pieces(wake_words, called, block):
    samples, end_s = called
    for _ in range(2):  # a stream, and another after reset
        pieces = [AudioChunk(samples=samples[n : n + block], rate_hz=16_000) for n in range(0, len(samples), block)]
        (wake,) = [found for piece in pieces if (found := wake_words.accept(piece))]
        assert wake.phrase == CALL
        assert wake.ended_at_s == pytest.approx(end_s, abs=0.2)
        wake_words.reset()


def test_silence_is_no_wake_word(wake_words):
    assert wake_words.accept(AudioChunk(samples=faint_noise(16_000), rate_hz=16_000)) is None


def test_lookback_gives_what_came_from_a_moment_on():
    lookback = Lookback(kept_s=1.0)
    for n in range(40):  # 4 s
        lookback.accept(AudioChunk(samples=np.full(1_600, n, np.int16), rate_hz=16_000))
    assert lookback.since(3.75).samples.tolist() == [37] * 800 + [38] * 1_600 + [39] * 1_600
    assert len(lookback.since(4.0).samples) == 0
    assert len(lookback.since(0.0).samples) == 16_000
    lookback.reset()
    lookback.accept(AudioChunk(samples=np.ones(160, np.int16), rate_hz=16_000))
    assert len(lookback.since(0.0).samples) == 160
