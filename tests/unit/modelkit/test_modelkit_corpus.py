import json
import random
from pathlib import Path

import pytest

from intents.morae import GEMINATE, from_kana
from voice.modelkit.corpus import Corpus, decorate, random_item, short_answers, split, support_questions, words
from voice.modelkit.open_text import open_text
from voice.modelkit.sample_text import cells, sample_sentences


def test_templates_make_each_sentence_once():
    questions = support_questions()
    assert len(questions) == len(set(questions)) > 2000
    assert "掃除機を返品したいのですが" in questions
    assert not [question for question in questions if "{" in question]


def test_test_sentences_are_in_no_training():
    train, test = split(support_questions(), "train"), split(support_questions(), "test")
    assert not set(train) & set(test)
    assert len(test) == int(0.03 * len(support_questions()))
    assert split(reversed(support_questions()), "test") == test


def test_the_same_generator_draws_the_same_sentences():
    corpus = Corpus.of("train", {"faq": ["登録番号は何ですか"]})
    one, two = random.Random("train3"), random.Random("train3")
    assert [corpus.sample(one) for _ in range(200)] == [corpus.sample(two) for _ in range(200)]


def test_sets_without_a_corpus_are_not_drawn():
    corpus = Corpus.of("train", {"caption": [], "question": [], "faq": [], "command": ["明日の天気は"]})
    rng = random.Random(1)
    drawn = {corpus.sample(rng)[0] for _ in range(500)}
    assert drawn == {"support", "short", "item", "command"}


def test_random_items_are_of_every_kind():
    rng = random.Random(5)
    items = [random_item(rng) for _ in range(600)]
    for sign in ("円", "月", "時", "曜日", "支店", "様", "、"):
        assert [item for item in items if sign in item], sign
    nonsense = [item for item in items if from_kana(item) and item[0] not in "ゼレイニサヨゴロナハキシク"]
    assert len(nonsense) > 50
    assert not [item for item in items if item.endswith(GEMINATE)]


def test_polite_sentences_get_no_ending():
    rng = random.Random(2)
    closed = tuple(words()["closed"])
    spoken = [decorate("返品できますか", rng) for _ in range(300)]
    assert {text.removesuffix("返品できますか") for text in spoken} == {"", *words()["fillers"]}
    assert len({decorate("返品したい", rng) for _ in range(300)}) > 10
    assert "返品できますか".endswith(closed)


def test_short_answers_are_words():
    assert {"はい", "いいえ", "もう一度"} <= set(short_answers())


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_open_corpora_are_read_where_they_are(tmp_path):
    row = {"sentence1": "犬が走る。", "sentence2": "犬が走る。"}
    write(tmp_path / "jglue/datasets/jsts-v1.3/valid-v1.3.json", json.dumps(row))
    write(tmp_path / "jglue/jnli-v1.3-test.json", json.dumps({"sentence1": "猫が寝る。", "sentence2": "a"}))
    squad = {"data": [{"paragraphs": [{"qas": [{"question": "首都はどこ？"}]}]}]}
    write(tmp_path / "jglue/datasets/jsquad-v1.3/valid-v1.3.json", json.dumps(squad))
    write(tmp_path / "xsid-ja/ja.valid.tsv", "split\ttext\nvalid\t明日は雨？\nvalid\thttpを開いて\nvalid\n")
    assert open_text(tmp_path) == {
        "caption": ["犬が走る。", "猫が寝る。"],
        "question": ["首都はどこ？"],
        "faq": [],
        "command": ["明日は雨？"],
    }


@pytest.mark.parametrize("text", ["長" * 61, "x", "Windowsの更新", "一行\\n二行"])
def test_sentences_that_nobody_can_say_are_left_out(tmp_path, text):
    write(tmp_path / "jagovfaqs-sample/questions.tsv", f"question\n{text}\n届きません\n")
    assert open_text(tmp_path)["faq"] == ["届きません"]


def test_the_sample_base_is_said_as_it_is_asked_and_answered():
    sentences = sample_sentences()
    assert len(sentences) == len(set(sentences)) > 3000
    assert {"電源が入りません", "電源が入らない症状", "別のコンセントに、奥までしっかり差し込んでください。"} <= set(
        sentences
    )
    assert all(2 <= len(sentence) <= 45 for sentence in sentences)


def test_questions_of_the_tests_are_not_said(tmp_path):
    asked = tmp_path / "asked.tsv"
    asked.write_text("question\tarticle\n電源が入りません\tpower-not-on\n", encoding="utf-8")
    assert cells([asked]) == {"question", "article", "電源が入りません", "power-not-on"}
    assert set(sample_sentences()) - set(sample_sentences(cells([asked]))) == {"電源が入りません"}


def test_the_sample_is_a_third_of_what_is_said_where_asked_for():
    corpus = Corpus.of("train", {"faq": ["登録番号は何ですか"] * 40, "sample": sample_sentences()})
    rng = random.Random(4)
    drawn = [corpus.sample(rng)[0] for _ in range(2000)]
    assert 0.3 < drawn.count("sample") / 2000 < 0.4
