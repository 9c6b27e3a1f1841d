"""The search and the ear together, on made-up rows and ears that were taught nothing."""

import numpy as np
import pytest

from intents.morae import UNIT_ID
from voice.wake.ear import Dilated, Ear, EarWeights
from voice.wake.hearing import DEAF, NOTHING, SHARE, Bars, Hearing
from voice.wake.matching import FEATURES, Evidence
from voice.wake.phrases import wake_phrases

BARS = Bars(search=2.0, search_beside_ear=4.0, ear=1.0)
UNITS, WIDTH, APART = len(UNIT_ID), 4, 2


def spoken(text: str) -> np.ndarray:
    """Log-probabilities of phones, two rows each."""
    units = [UNIT_ID[phone] for phone in text.split() for _ in range(2)]
    found = np.full((len(units), UNITS), 0.1 / (UNITS - 1), np.float32)
    found[np.arange(len(units)), units] = 0.9
    return np.log(found)


SAID = spoken("<sil> <sil> <sil> n e H k o e m a d o <sil> <sil> <sil>")


def hearing(search: float, ear: float | None) -> Hearing:
    """The search finds the phrase with these log odds, the ear says this always."""
    evidence = Evidence(candidate=-3.0, weights=dict.fromkeys(FEATURES, 0.0), bias=search)
    nothing = np.zeros((UNITS, WIDTH), np.float32), np.zeros(WIDTH, np.float32)
    layer = Dilated(np.zeros((3 * WIDTH, WIDTH), np.float32), np.zeros(WIDTH, np.float32), APART)
    weights = EarWeights(
        phones=(), model="", first=nothing, layers=(layer,), last=(np.zeros(WIDTH, np.float32), ear or 0.0), late=2
    )
    return Hearing(wake_phrases(["ねえ、こえまど"])[0], evidence, None if ear is None else Ear(weights), BARS)


@pytest.mark.parametrize(
    ("search", "ear", "wakes"),
    [
        (2.5, None, True),
        (1.5, None, False),
        (2.5, -20.0, False),  # with an ear that hears nothing the search must be surer
        (4.5, -20.0, True),
        (-2.0, 1.0 + SHARE * 2.0 + 0.1, True),  # the ear, although the search doubts
        (-2.0, 1.0 + SHARE * 2.0 - 0.1, False),
    ],
)
def test_either_may_be_sure(search, ear, wakes):
    assert (max(match.score for match in hearing(search, ear).accept(SAID)) >= BARS.search) == wakes


def test_an_ear_that_the_search_does_not_bear_out_must_be_surer():
    silence = spoken(" ".join(["<sil>"] * 20))
    sure = BARS.ear - SHARE * NOTHING
    assert max(match.score for match in hearing(5.0, sure - 0.1).accept(silence)) < BARS.search
    assert max(match.score for match in hearing(5.0, sure + 0.1).accept(silence)) > BARS.search


def test_for_a_second_after_a_wake_word_nothing_is_heard():
    ears = hearing(5.0, 9.0)
    ears.accept(SAID)
    ears.forget()
    later = [match.known for at in range(0, 60, 2) for match in ears.accept(SAID[at % 20 : at % 20 + 2])]
    assert min(later) == len(SAID) + DEAF + 1


def test_pieces_without_a_row_are_no_matter():
    assert hearing(5.0, 9.0).accept(SAID[:0]) == []
