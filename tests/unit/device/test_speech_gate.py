import numpy as np

from voice.recognition.speech_detection import WINDOW, LoudnessDetector, SpeechGate


def quiet(ms: int) -> np.ndarray:
    return np.zeros(ms * 16, np.int16)


def loud(ms: int) -> np.ndarray:
    return np.rint(np.random.default_rng(ms).standard_normal(ms * 16) * 5_000).astype(np.int16)


def gate() -> SpeechGate:
    return SpeechGate(LoudnessDetector())


def test_closed_while_it_is_quiet():
    g = gate()
    assert g.pass_on(quiet(5_000)) == []
    assert not g.is_open


def test_what_came_before_the_speech_is_not_lost():
    g = gate()
    passed = np.concatenate(g.pass_on(np.concatenate([quiet(1_000), loud(640)])))
    assert g.is_open
    onset = np.flatnonzero(np.abs(passed) > 500)[0]
    assert 400 * 16 <= onset <= 800 * 16


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
    assert len(g.drain()[-1]) == (330 * 16) % WINDOW
    assert g.drain() == []


def faint(ms: int) -> np.ndarray:
    return (loud(ms) / 30).astype(np.int16)


def passed(g: SpeechGate, *pieces: np.ndarray) -> np.ndarray:
    return np.concatenate([*g.pass_on(np.concatenate(pieces)), *g.drain()])


def size(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


def test_a_click_behind_the_speech_is_hushed():
    click = [quiet(500), loud(10), quiet(500)]
    heard = passed(SpeechGate(SpeechUntil(640)), loud(640), *click)
    assert size(heard[: 600 * 16]) > 4_000
    assert np.abs(heard[900 * 16 :]).max() < 50


def test_other_peoples_talk_behind_the_speech_is_hushed():
    g = SpeechGate(LoudnessDetector(threshold=50.0))
    heard = passed(g, loud(640), faint(1_000))
    assert g.quiet_ms > 900
    assert size(heard[1_000 * 16 :]) < 10


def test_other_peoples_talk_before_the_speech_is_not_part_of_it():
    g = SpeechGate(LoudnessDetector(threshold=50.0))
    g.pass_on(faint(1_000))
    assert g.is_open
    pieces = [(g.pass_on(loud(32)), g.began_anew) for _ in range(20)]
    (place,) = (n for n, (_, began_anew) in enumerate(pieces) if began_anew)
    heard = np.concatenate([window for windows, _ in pieces[place:] for window in windows])
    loud_from = np.flatnonzero(np.abs(heard) > 1_000)[0]
    assert loud_from <= 400 * 16  # what was behind it is not heard again
    assert size(heard[loud_from:]) > 4_000


def test_silence_counts_faint_talk_of_others_too():
    g = SpeechGate(LoudnessDetector(threshold=50.0))
    tone = np.sin(np.arange(2_640 * 16) / 16_000 * 2 * np.pi * 1_000) * 5_000
    tone[640 * 16 :] /= 5.2  # 14.3 dB down
    g.pass_on(tone.astype(np.int16))
    assert g.quiet_ms == 0
    assert g.silence_ms > 1_000


def test_the_detector_waking_up_late_loses_nothing():
    heard = passed(SpeechGate(SpeechUntil(2_000, since_ms=1_000)), quiet(600), loud(1_400))
    assert np.flatnonzero(np.abs(heard) > 1_000)[0] < 400 * 16
    assert size(heard[400 * 16 :]) > 4_000


def test_a_syllable_the_detector_misses_is_handed_out():
    heard = passed(SpeechGate(SpeechUntil(640)), loud(1_500))
    assert size(heard[1_000 * 16 : 1_400 * 16]) > 4_000


def test_blips_are_forgotten():
    g = SpeechGate(LoudnessDetector(threshold=50.0))
    for _ in range(30):
        g.pass_on(np.concatenate([loud(32), quiet(320)]))
    g.pass_on(faint(640))
    assert g.is_open
    assert g.speech_ms > 500


class SpeechUntil:
    """Takes a stretch of the stream for speech, whatever it sounds like."""

    def __init__(self, until_ms: int, since_ms: int = 0) -> None:
        self._speech, self._ms = range(since_ms, until_ms), 0

    def probability(self, window: np.ndarray) -> float:
        self._ms += WINDOW // 16
        return float(self._ms - WINDOW // 16 in self._speech)

    def reset(self) -> None:
        self._ms = 0
