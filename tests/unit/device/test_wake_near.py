"""What is made to sound like a wake word is never the wake word."""

import random
from itertools import islice

from rapidfuzz.distance import Levenshtein

from benchmarks.wake_near import likenesses
from intents.readings import morae_of


def test_likenesses_differ_by_two_morae_or_more_and_are_alike():
    said = [*islice(likenesses("ねえ、こえまど", random.Random(3)), 200)]
    distances = [Levenshtein.distance(morae_of(text)[-4:], ["コ", "エ", "マ", "ド"]) for text in said]
    assert len(set(said)) > 150
    assert min(distances) >= 2
    assert sum(distance <= 3 for distance in distances) > 100


def test_it_is_the_longest_word_that_changes():
    said = [*islice(likenesses("もしもし、みどり", random.Random(3)), 50)]
    assert len(said) == 50
    assert all("ミドリ" in text and "モシモシ" not in text for text in said)
