"""The microphone without what the loudspeaker plays: two clocks, late chunks, and a customer who talks over it."""

import numpy as np
import pytest

from voice.audio import AudioChunk
from voice.echo_free import EchoFree
from voice.speech.output_stage import PlayedSound

RATE, TICK = 16_000, 320
LATE = 640 + 480  # samples: buffers of 40 ms, and 30 ms of air and devices


def noiselike(seed: int, seconds: float) -> np.ndarray:
    """Noise in syllables, at the level of speech."""
    rng, size = np.random.default_rng(seed), int(seconds * RATE)
    syllables = np.repeat(rng.random(size // 1_600 + 1) > 0.3, 1_600)[:size]
    return np.rint(np.convolve(rng.standard_normal(size), np.ones(4) / 4, "same") * syllables * 3_000)


def echo_of(played: np.ndarray, level: float = 0.3) -> np.ndarray:
    """Through a room with a tail of 90 ms."""
    rng = np.random.default_rng(3)
    tail = rng.standard_normal(1_500) * np.exp(-np.arange(1_500) / 250)
    response = np.concatenate([np.zeros(LATE), level * tail / np.sqrt(np.sum(tail**2))])
    return np.convolve(played, response)[: len(played)]


class Running:
    """A loudspeaker and a microphone on a clock; each chunk comes `late_s(number)` after it was recorded."""

    def __init__(self, late_s=lambda _: 0.0):
        self.now_s, self._late_s, self._ticks = 100.0, late_s, 0
        self.played = PlayedSound()
        self.free = EchoFree(self.played, monotonic=lambda: self.now_s)
        self.somebody: list[bool] = []

    def take(self, heard: np.ndarray, played: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """What is left of all of it: subtracted, and suppressed."""
        pieces = []
        for at in range(0, len(heard) - TICK + 1, TICK):
            began_s = 100.0 + self._ticks * TICK / RATE
            self._ticks += 1
            if played is not None:
                self.played.put(played[at : at + TICK].astype(np.int16), RATE, began_s)
            self.now_s = began_s + TICK / RATE + self._late_s(self._ticks)
            chunk = AudioChunk(samples=np.rint(heard[at : at + TICK]).astype(np.int16), rate_hz=RATE)
            pieces.append(self.free.take(chunk))
            self.somebody.append(self.free.is_somebody)
        left, quiet = ([getattr(p, name) for p in pieces] for name in ("subtracted", "suppressed"))
        return np.concatenate(left).astype(float), np.concatenate(quiet).astype(float)


def power_db(wave: np.ndarray) -> float:
    return 10 * np.log10(np.mean(np.square(wave, dtype=float)) + 1e-3)


JITTER = np.random.default_rng(9).exponential(0.002, 1_000)


@pytest.mark.parametrize(
    "late_s",
    [lambda _: 0.0, lambda number: JITTER[number], lambda number: 0.15 if number % 10 else 0.0],
    ids=["at once", "a little", "mostly late"],
)
def test_the_echo_loses_10_db_however_late_the_loop_is(late_s):
    running, played = Running(late_s), noiselike(1, 8)
    echo = echo_of(played)
    left, quiet = running.take(echo, played)
    late = slice(5 * RATE, len(left))
    assert running.free.has_converged
    assert power_db(echo[late]) - power_db(left[late]) >= 10
    assert power_db(echo[late]) - power_db(quiet[late]) >= 20


def test_its_own_voice_is_never_somebody():
    running, played = Running(), noiselike(1, 8)
    running.take(echo_of(played), played)
    assert running.free.has_converged
    assert not any(running.somebody)


def test_a_customer_is_somebody_and_comes_through():
    running, played, customer = Running(), noiselike(1, 10), noiselike(2, 10)
    customer[: 6 * RATE] = 0
    left, _ = running.take(echo_of(played) + customer, played)
    assert not any(running.somebody[: 6 * RATE // TICK])
    assert any(running.somebody[6 * RATE // TICK : 7 * RATE // TICK])
    late = slice(6 * RATE, len(left))
    assert power_db(customer[late]) - power_db(left[late] - customer[late]) >= 8


def test_nobody_is_known_before_the_room_is():
    running, played = Running(), noiselike(1, 0.4)
    running.take(echo_of(played) + noiselike(2, 0.4), played)
    assert not running.free.has_converged
    assert not any(running.somebody)


def test_without_a_reference_what_was_heard_stays():
    running, heard = Running(), noiselike(4, 3)
    left, quiet = running.take(heard, None)
    np.testing.assert_allclose(left, heard[: len(left)], atol=1)
    assert abs(power_db(quiet[RATE:]) - power_db(heard[RATE:])) < 0.5


def test_a_wrong_reference_does_a_customer_no_harm():
    """What is played is not heard: headphones, or a loudspeaker that is switched off."""
    running, customer = Running(), noiselike(2, 8)
    left, _ = running.take(customer, noiselike(1, 8))
    assert power_db(customer[RATE:]) - power_db(left[RATE:] - customer[RATE : len(left)]) >= 8
    assert running.free._canceller._delay.samples == 0


def test_after_the_microphone_was_opened_anew_the_room_is_known():
    running, played = Running(), noiselike(1, 12)
    echo = echo_of(played)
    running.take(echo[: 8 * RATE], played[: 8 * RATE])
    running.free.reopened()
    left, _ = running.take(echo[8 * RATE :], played[8 * RATE :])
    assert running.free.has_converged
    assert power_db(echo[9 * RATE :]) - power_db(left[RATE:]) >= 10
