import math

import pytest

from voice.errors import SettingsError
from voice.speech.prosody import Prosody


@pytest.mark.parametrize(
    "wrong",
    [
        {"speed": 0.49},
        {"speed": 2.01},
        {"speed": math.nan},
        {"pitch_semitones": 12.5},
        {"pitch_semitones": -13},
        {"volume": 1.1},
        {"volume": -0.1},
    ],
)
def test_a_value_out_of_range_is_refused_with_the_range(wrong):
    with pytest.raises(SettingsError, match="out of range; use .* to "):
        Prosody(**wrong)


@pytest.mark.parametrize("edge", [{"speed": 0.5}, {"speed": 2.0}, {"pitch_semitones": -12}, {"volume": 0.0}])
def test_the_edges_are_allowed(edge):
    assert Prosody(**edge)


@pytest.mark.parametrize(("speed", "slower"), [(1.0, 0.8), (0.8, 0.64), (0.6, 0.5), (0.5, 0.5)])
def test_slower_never_leaves_the_range(speed, slower):
    spoken = Prosody(speed=speed, pitch_semitones=2.0, volume=0.3).slower()
    assert spoken.speed == pytest.approx(slower)
    assert (spoken.pitch_semitones, spoken.volume) == (2.0, 0.3)


def test_volume_is_not_part_of_the_rendered_sound():
    assert Prosody(volume=0.2).sound_key == Prosody().sound_key
    assert len({Prosody().sound_key, Prosody(speed=1.1).sound_key, Prosody(pitch_semitones=1).sound_key}) == 3
