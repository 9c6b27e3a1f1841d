import numpy as np

from voice.recognition.speech_detection import WINDOW, LoudnessDetector, SpeechGate


def quiet(ms: int) -> np.ndarray:
    return np.zeros(ms * 16, np.int16)


def loud(ms: int) -> np.ndarray:
    return np.full(ms * 16, 5_000, np.int16)


def gate() -> SpeechGate:
    return SpeechGate(LoudnessDetector())


def test_closed_while_it_is_quiet():
    g = gate()
    assert g.pass_on(quiet(5_000)) == []
    assert not g.is_open


def test_what_came_before_the_speech_is_not_lost():
    g = gate()
    passed = np.concatenate(g.pass_on(np.concatenate([quiet(1_000), loud(320)])))
    assert g.is_open
    onset = np.flatnonzero(passed)[0]
    assert 400 * 16 <= onset <= 640 * 16


def test_a_click_does_not_open_it():
    g = gate()
    for _ in range(20):
        assert g.pass_on(np.concatenate([loud(32), quiet(320)])) == []


def test_counts_speech_and_quiet():
    g = gate()
    g.pass_on(np.concatenate([loud(320), quiet(640)]))
    assert abs(g.speech_ms - 320) <= 64
    assert abs(g.quiet_ms - 640) <= 64
    assert g.had_speech


def test_too_short_to_be_speech():
    g = gate()
    g.pass_on(np.concatenate([loud(80), quiet(640)]))
    assert g.is_open
    assert not g.had_speech


def test_pieces_of_any_size_give_the_same():
    stream = np.concatenate([quiet(700), loud(500), quiet(300)])
    whole = np.concatenate(gate().pass_on(stream))
    g = gate()
    pieces = [p for i in range(0, len(stream), 37) for p in g.pass_on(stream[i : i + 37])]
    assert np.array_equal(np.concatenate(pieces), whole)


def test_closing_forgets():
    g = gate()
    g.pass_on(loud(500))
    g.close()
    assert (g.is_open, g.speech_ms, g.quiet_ms) == (False, 0, 0)
    assert g.pass_on(quiet(1_000)) == []


def test_the_last_incomplete_window_is_handed_out():
    g = gate()
    g.pass_on(loud(320))
    g.pass_on(loud(10))
    rest = g.drain()
    assert sum(map(len, rest)) == (330 * 16) % WINDOW
    assert g.drain() == []
