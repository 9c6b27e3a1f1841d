"""Measured in a made room; a customer's voice must come through as it was."""

import numpy as np
import pytest

from voice.recognition.echo_canceller import EchoCanceller

SIZE = 16_000 * 8


def speechlike(seed: int) -> np.ndarray:
    """Noise in syllables."""
    rng = np.random.default_rng(seed)
    syllables = np.repeat(rng.random(SIZE // 2_000) > 0.3, 2_000)
    return np.convolve(rng.standard_normal(SIZE), np.ones(4) / 4, "same") * syllables * 3_000


@pytest.fixture
def room():
    rng = np.random.default_rng(3)
    tail = rng.standard_normal(1_500) * np.exp(-np.arange(1_500) / 250)
    return np.concatenate([np.zeros(640), 0.3 * tail / np.sqrt(np.sum(tail**2))])


def cancelled(heard, played):
    canceller = EchoCanceller()
    pieces = [
        canceller.cancel(heard[at : at + 800].astype(np.int16), played[at : at + 800].astype(np.int16))
        for at in range(0, SIZE, 800)
    ]
    left, quiet = (
        np.concatenate(p).astype(float) for p in zip(*((c.subtracted, c.suppressed) for c in pieces), strict=True)
    )
    return canceller, left, quiet


def power_db(wave) -> float:
    return 10 * np.log10(np.mean(np.square(wave, dtype=float)) + 1e-3)


def test_the_echo_is_taken_out(room):
    played = speechlike(1)
    echo = np.convolve(played, room)[:SIZE]
    canceller, left, quiet = cancelled(echo, played)
    late = slice(SIZE // 2, len(left))
    assert canceller.has_converged
    assert power_db(echo[late]) - power_db(left[late]) > 15
    assert power_db(echo[late]) - power_db(quiet[late]) > 25


def test_a_customer_comes_through(room):
    played, customer = speechlike(1), speechlike(2)
    customer[: SIZE // 2] = 0
    echo = np.convolve(played, room)[:SIZE]
    _, left, _ = cancelled(echo + customer, played)
    late = slice(SIZE // 2, len(left))
    assert power_db(customer[late]) - power_db(left[late] - customer[late]) > 8


def test_without_sound_from_the_loudspeaker_nothing_is_changed():
    heard = np.rint(speechlike(4))
    _, left, _ = cancelled(heard, np.zeros(SIZE))
    np.testing.assert_allclose(left, heard[: len(left)], atol=1)
