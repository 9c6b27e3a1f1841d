"""The baselines do what they are named after."""

import math

import pytest
from rapidfuzz import process

from benchmarks.baselines import Bm25, ExtractOne, Row, TrigramSearch, rows_of, sudachi_words
from intents.matching import Topic, Wording

ROWS = [
    Row(text="返品したい", topic="return"),
    Row(text="返品の送料", topic="return"),
    Row(text="領収書がほしい", topic="receipt"),
]


def test_bm25_by_hand():
    rows = [Row(text="a b", topic="x"), Row(text="a a c", topic="y"), Row(text="d", topic="z")]
    scores = Bm25("words", rows, str.split).scores("a c")
    idf_a, idf_c = math.log(1 + 1.5 / 2.5), math.log(1 + 2.5 / 1.5)
    norms = [1.2 * (0.25 + 0.75 * length / 2) for length in (2, 3)]  # the mean length is 2
    assert scores == pytest.approx(
        [idf_a * 2.2 / (1 + norms[0]), idf_a * 2 * 2.2 / (2 + norms[1]) + idf_c * 2.2 / (1 + norms[1]), 0]
    )


def test_a_topic_counts_as_much_as_its_best_row():
    found = Bm25("words", [Row(text="a", topic="x"), Row(text="a b", topic="y"), Row(text="b", topic="y")], str.split)
    assert [topic for topic, _ in found.rank("a b", 5)] == ["y", "x"]


def test_bm25_compares_normal_forms():
    assert sudachi_words("届かなかった")[0] == sudachi_words("届く")[0] == "届く"
    assert Bm25("BM25", ROWS, sudachi_words).rank("返品できますか", 1)[0][0] == "return"


def test_katakana_is_cut_as_hiragana():
    assert len(sudachi_words("ヘンピンシタイ")) > 1


@pytest.mark.parametrize("text", ["返品をしたいです", "領収書", "送料はいくら"])
def test_the_first_of_the_list_is_what_extract_one_finds(text):
    baseline = ExtractOne(ROWS)
    winner, score, place = process.extractOne(text, [row.text for row in ROWS])
    assert baseline.rank(text, 3)[0] == (ROWS[place].topic, pytest.approx(score, abs=1e-3))
    assert baseline.first(text) == (winner, score, place)


def test_trigram_search_needs_three_characters():
    search = TrigramSearch(ROWS)
    assert [topic for topic, _ in search.rank("領収書をください", 3)] == ["receipt"]
    assert search.rank("返品", 3) == []
    assert search.rank('"返品し" OR', 3)[0][0] == "return"


def test_wordings_are_indexed_as_written_and_as_read():
    topic = Topic(
        id="return",
        title="返品",
        wordings=(Wording(text="返品", reading="ヘンピン"), Wording(text="ガス", reading="ガス")),
    )
    assert sorted(row.text for row in rows_of([topic])) == sorted(["返品", "ヘンピン", "ガス"])
