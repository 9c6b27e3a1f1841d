"""Made bases, made mishearings, and passages as articles."""

import random

import pytest

from benchmarks.bars import at_least, at_most
from benchmarks.jagovfaqs import sentences
from benchmarks.scaling import misheard
from benchmarks.synthetic import made_base, taken
from kb.articles import Article

ARTICLES = [
    Article(
        id="return",
        title="返品の期限",
        category="返品",
        variants=(
            "返品の期限を知りたい",
            "商品を返したい",
            "荷物を送り返せますか",
            "注文を取り消したい",
            "箱を捨てました",
        ),
        answer="商品の到着から14日です。",
    ),
    Article(
        id="hours",
        title="営業の時間",
        category="窓口",
        variants=("店の時間を聞きたい", "電話の時間"),
        answer="9時です。",
    ),
]


def test_a_made_base_has_so_many_distinct_wordings_and_is_the_same_every_time():
    base = made_base(ARTICLES, 20)
    wordings = [w for a in base for w in a.wordings]
    assert len(wordings) == len(set(wordings)) == 20
    assert base == made_base(ARTICLES, 20)
    assert max(len(a.wordings) for a in base) == 5
    assert len({a.id for a in base}) == len(base)


def test_words_are_swapped_for_words_of_their_kind():
    told = {w for a in made_base(ARTICLES, 20) for w in a.wordings} - {v for a in ARTICLES for v in a.variants}
    assert told
    assert any(text.endswith("を返したい") or text.endswith("したい") for text in told)


def test_more_wordings_than_can_be_made_are_refused():
    with pytest.raises(ValueError, match="distinct wordings"):
        made_base(ARTICLES, 10_000)


def test_the_sample_is_taken_with_titles():
    (one,) = taken(ARTICLES, 1)
    assert "返品の期限" in one.wordings
    assert len(one.wordings) == 6


def test_so_many_morae_are_misheard():
    rng = random.Random(1)
    assert misheard("ヘンピンシタイ", 0, rng, ["カ"]) == "ヘンピンシタイ"
    heard = misheard("ヘンピンシタイ", 2, rng, ["カ"])
    assert heard.count("カ") == 2


def test_a_passage_becomes_wordings():
    assert sentences("一つ目です。二つ目です。\\n三つ目") == ["一つ目です", "二つ目です", "三つ目"]
    assert sentences("あ") == ["あ"]
    assert len(sentences("文です。" * 50)) == 8


def test_bars_say_by_how_much_they_were_missed():
    assert at_least("first", 93, 90.5) == {
        "bar": "first",
        "wanted": ">= 93",
        "measured": 90.5,
        "reached": False,
        "missed_by": 2.5,
    }
    assert at_most("wrong", 3, 3.0)["reached"]
    assert at_most("wrong", 3, 4.0)["missed_by"] == 1.0
