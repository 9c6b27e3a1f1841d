"""The measures of the topics' benchmark, and its mishearing."""

import random

import pytest

from benchmarks.misheard import misheard
from benchmarks.topics import Question, by_characters, by_tokens, by_topics, v_measure

ASKED = [
    Question("返品したい", "ヘンピンシタイ", "return"),
    Question("ヘンピンシタイ", "ヘンピンシタイ", "return"),
    Question("営業時間は", "エーギョージカンワ", "hours"),
]


@pytest.mark.parametrize(
    ("groups", "homogeneity", "completeness"),
    [([1, 1, 2, 2], 1, 1), ([1, 2, 3, 4], 1, 0.5), ([1, 1, 1, 1], 0, 1), ([1, 2, 1, 2], 0, 0)],
)
def test_v_measure_by_hand(groups, homogeneity, completeness):
    found = v_measure(["a", "a", "b", "b"], groups)
    assert (found["homogeneity"], found["completeness"]) == pytest.approx((homogeneity, completeness))


def test_only_sounds_bring_kana_and_kanji_together():
    assert len(set(by_topics(ASKED))) == 2
    assert len(set(by_characters(ASKED, 0.1))) == 3
    assert len(set(by_tokens(ASKED, 80))) == 3


def test_mishearing_is_seeded_and_of_the_rate():
    reading = "エーギョージカンオーシエテクダサイ" * 20
    heard = misheard(reading, random.Random(1), rate=0.1)
    assert heard == misheard(reading, random.Random(1), rate=0.1) != reading
    assert misheard(reading, random.Random(1), rate=0.0) == reading
