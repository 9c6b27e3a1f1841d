import numpy as np
import pytest

from voice.speech.output_stage import DUCKED, OutputStage, PlayedSound, amplitude

RATE = 48_000
BLOCK = np.full(RATE // 50, 10_000, np.int16)


def test_volume_and_ducking_act_within_a_block_and_without_a_jump():
    stage = OutputStage(100, monotonic=lambda: 0.0)
    assert (stage.through(BLOCK, RATE) == 10_000).all()
    stage.duck()
    ramp = stage.through(BLOCK, RATE)
    assert ramp[0] > 9_900
    assert np.abs(np.diff(ramp)).max() < 20
    assert (stage.through(BLOCK, RATE) == 10_000 * DUCKED).all()
    stage.unduck()
    stage.set_volume(50)
    stage.through(BLOCK, RATE)
    assert (stage.through(BLOCK, RATE) == 2_500).all()


def test_each_step_of_volume_is_louder():
    levels = [amplitude(percent) for percent in range(0, 101, 10)]
    assert levels == sorted(set(levels))
    assert (levels[0], levels[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100, 48_000])
def test_what_was_played_is_found_at_its_time(rate_hz):
    played = PlayedSound()
    wave = np.rint(8_000 * np.sin(2 * np.pi * 300 * np.arange(rate_hz) / rate_hz)).astype(np.int16)
    size = rate_hz // 50
    for start in range(0, len(wave) - size + 1, size):
        played.put(wave[start : start + size], rate_hz, 10.0 + start / rate_hz)
    before = played.take(9.9, 1_600)
    assert not before[:1_550].any()
    sound = played.take(10.0, 14_000).astype(float)
    assert 5_400 < np.sqrt(np.mean(sound[200:] ** 2)) < 5_900
    assert not played.take(30.0, 1_600).any()


def test_a_pause_between_two_sounds_is_kept():
    played = PlayedSound()
    loud = np.full(320, 9_000, np.int16)
    played.put(loud, 16_000, 5.0)
    played.put(loud, 16_000, 5.5)
    heard = np.abs(played.take(5.0, 16_000).astype(int))
    assert heard[100:250].min() > 5_000
    assert heard[1_000:7_000].max() == 0
    assert heard[8_100:8_250].min() > 5_000
