import numpy as np
import pytest

from voice.speech.earcons import LONGEST_MS, Earcon, sound


@pytest.mark.parametrize("earcon", Earcon)
def test_a_tone_is_short_soft_and_without_a_click(earcon):
    chunk = sound(earcon)
    assert 40 <= chunk.duration_ms <= LONGEST_MS
    assert 3_000 < np.abs(chunk.samples).max() < 12_000
    assert abs(int(chunk.samples[0])) < 50
    assert abs(int(chunk.samples[-1])) < 50


def test_tones_differ():
    assert len({sound(earcon).samples.tobytes() for earcon in Earcon}) == len(Earcon)
