import pytest

from intents.distance import mora_numbers
from intents.readings import reading_of
from intents.words import WordSpotter, concept_codes, word_codes, words_of


def forms(text: str) -> list[str]:
    return [word.form for word in words_of(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("荷物が届かない", ["荷物", "届く", "ない"]),
        ("荷物が届きません", ["荷物", "届く", "ない"]),
        ("荷物が届いた", ["荷物", "届く"]),
        ("予約をしたいのですが", ["予約"]),
        ("", []),
    ],
)
def test_words_with_content(text, wanted):
    assert forms(text) == wanted


def test_spellings_are_one_word():
    assert forms("取消") == forms("取り消し") or set(forms("取消")) & set(forms("取り消し"))


def test_compounds_are_also_taken_apart():
    assert {"冷蔵庫", "冷蔵"} <= set(forms("冷蔵庫"))


def test_synonyms_share_a_concept():
    refund, cancelled = (set(concept_codes(words_of(text)).tolist()) for text in ("解約", "キャンセル"))
    assert refund
    assert cancelled
    assert set(word_codes(words_of("解約")).tolist()).isdisjoint(word_codes(words_of("キャンセル")).tolist())


def test_words_are_spotted_in_a_reading():
    known = [word for text in ("荷物が届かない", "料金", "修理を予約したい") for word in words_of(text)]
    spotter = WordSpotter.of(known)
    found, _ = spotter.spot(mora_numbers(reading_of("あの、荷物がまだ届かないんですけど")))
    assert set(word_codes(words_of("荷物が届く"))) <= set(found.tolist())
    assert not set(word_codes(words_of("料金"))) & set(found.tolist())


def test_a_long_word_goes_before_the_short_ones_inside_it():
    spotter = WordSpotter.of([word for text in ("配送料", "送料", "肺") for word in words_of(text)])
    found, _ = spotter.spot(mora_numbers("ハイソーリョー"))
    assert set(word_codes(words_of("配送料"))[:1]) <= set(found.tolist())
    assert not set(word_codes(words_of("肺"))) & set(found.tolist())


@pytest.mark.parametrize("reading", ["", "ア", "アイウエオカキクケコサシスセソ"])
def test_nothing_is_spotted_in_nothing(reading):
    found, concepts = WordSpotter.of([]).spot(mora_numbers(reading))
    assert not len(found)
    assert not len(concepts)
