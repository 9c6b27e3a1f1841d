import numpy as np
import pytest

from voice.audio import AudioChunk
from voice.levels import Verdict, bar, level_of, tone

RATE_HZ = 16_000


def sound(amplitude, ms=3_000, of=np.sin):
    return AudioChunk(
        samples=np.rint(of(np.arange(RATE_HZ * ms // 1000) / 5) * amplitude).astype(np.int16), rate_hz=RATE_HZ
    )


def test_levels_are_in_decibels_of_full_scale():
    level = level_of(sound(32_768 / 2))
    assert level.peak_dbfs == pytest.approx(-6.02, abs=0.05)
    assert level.rms_dbfs == pytest.approx(-9.03, abs=0.05)
    assert level_of(tone()).peak_dbfs == pytest.approx(-12.04, abs=0.05)


@pytest.mark.parametrize(
    ("recording", "verdict"),
    [
        (sound(0), Verdict.NOTHING),
        (sound(1), Verdict.NOTHING),  # the dither of a resampler
        (sound(0, ms=0), Verdict.NOTHING),
        (sound(60), Verdict.TOO_QUIET),
        (sound(3_000), Verdict.FINE),
        (sound(32_000), Verdict.FINE),
        (sound(32_767), Verdict.CLIPPED),
        (AudioChunk(samples=np.concatenate([sound(20, 2_500).samples, sound(4_000, 500).samples]), rate_hz=RATE_HZ), Verdict.FINE),
        (AudioChunk(samples=np.concatenate([sound(30).samples, [32_767, -32_768]]), rate_hz=RATE_HZ), Verdict.TOO_QUIET),
    ],
    ids=["zeros", "dither", "empty", "whisper", "speech", "loud", "overdriven", "one word in a pause", "a knock"],
)  # fmt: skip
def test_what_is_said_of_a_recording(recording, verdict):
    assert level_of(recording).verdict is verdict


def test_silence_has_no_level():
    assert level_of(sound(0)).peak_dbfs is None
    assert bar(level_of(sound(0))) == "." * 30


def test_a_bar_grows_with_the_level():
    lengths = [bar(level_of(sound(amplitude))).count("#") for amplitude in (30, 300, 3_000, 30_000)]
    assert lengths == sorted(set(lengths))
    assert len(bar(level_of(sound(32_767, of=lambda x: np.sign(np.sin(x)))))) == 30


def test_a_tone_fades_in_and_out():
    samples = tone(ms=500).samples
    assert len(samples) == 24_000
    assert abs(int(samples[0])) < 100
    assert abs(int(samples[-1])) < 100
