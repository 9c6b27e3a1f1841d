import numpy as np
import pytest

from voice.recognition.foreground import SPAN, Foreground, level_db
from voice.recognition.speech_detection import WINDOW


def sound(level: float) -> np.ndarray:
    """A window of a tone at a level in dB."""
    tone = np.sin(2 * np.pi * 1_000 * np.arange(WINDOW) / 16_000)
    return np.rint(tone * np.sqrt(2) * 10 ** (level / 20)).astype(np.int16)


def heard(foreground: Foreground, *levels: float) -> list[bool]:
    return [foreground.holds(sound(level), True) for level in levels]


def test_levels_are_those_of_the_speech_band():
    assert level_db(sound(60.0)) == pytest.approx(60.0, abs=0.5)
    assert level_db(np.full(WINDOW, 5_000, np.int16)) < 0
    assert level_db(np.zeros(WINDOW, np.int16)) < 0


def test_what_lies_far_below_the_voice_is_not_the_voice():
    assert heard(Foreground(), 65, 65, 65, 65, 55, 48, 65) == [True, True, True, True, True, False, True]


def test_what_does_not_sound_like_speech_is_not_the_voice():
    assert not Foreground().holds(sound(65.0), False)


def test_a_nearer_voice_begins_anew():
    foreground = Foreground()
    heard(foreground, *[50.0] * 20)
    assert not foreground.begins_anew()
    heard(foreground, *[65.0] * SPAN)
    assert foreground.begins_anew() == SPAN
    assert not foreground.begins_anew()
    assert heard(foreground, 50.0) == [False]


def test_a_knock_is_no_nearer_voice():
    foreground = Foreground()
    heard(foreground, *[60.0] * 20, 85.0, 85.0, *[60.0] * 6)
    assert not foreground.begins_anew()


def test_faint_since_the_voice_was_loud():
    foreground = Foreground()
    heard(foreground, *[65.0] * 20, *[50.5] * 20)
    assert 20 - SPAN <= foreground.faint_windows <= 20
    heard(foreground, *[65.0] * SPAN)
    assert foreground.faint_windows == 0


def test_a_sentence_that_falls_to_its_end_is_not_faint():
    foreground = Foreground()
    heard(foreground, *[75.0] * SPAN, *[65.0] * 40)  # 適格請求書って出してもらえますか, measured
    assert foreground.faint_windows == 0


def test_a_louder_syllable_is_no_nearer_voice():
    foreground = Foreground()
    heard(foreground, 63.0, 65.0, 59.0, 42.0, 42.0, 40.0, 63.0, 60.0, *[74.0] * SPAN)
    assert not foreground.begins_anew()


def test_a_knock_does_not_make_the_voice_faint():
    foreground = Foreground()
    heard(foreground, *[60.0] * 20, 85.0, 85.0, *[60.0] * 20)
    assert foreground.faint_windows == 0


def test_talk_behind_a_voice_is_remembered():
    foreground = Foreground()
    heard(foreground, *[65.0] * 20, *[50.5] * 20)
    foreground.end()
    assert heard(foreground, 50.5, 65.0) == [False, True]


def test_a_soft_voice_out_of_the_quiet_is_heard_after_a_loud_one():
    foreground = Foreground()
    heard(foreground, *[65.0] * 20, *[48.0] * 20)
    foreground.end()
    for _ in range(60):
        foreground.holds(sound(10.0), False)
    assert heard(foreground, 45.0, 46.0) == [True, True]


def test_talk_is_forgotten_in_the_end():
    foreground = Foreground()
    heard(foreground, *[65.0] * 20, *[50.5] * 20)
    foreground.end()
    heard(foreground, 65.0, 65.0, 65.0, 65.0)
    assert foreground.is_crowded
    for _ in range(400):
        foreground.holds(sound(10.0), False)
    assert not foreground.is_crowded


def test_sustained_is_longer_than_a_knock():
    foreground = Foreground()
    heard(foreground, 20, 65, 20, 20, 65, 65, 65, 20, 65, 65, 65)
    assert [foreground.is_sustained(ago) for ago in (9, 6, 4, 3, 1)] == [False, True, True, False, True]
