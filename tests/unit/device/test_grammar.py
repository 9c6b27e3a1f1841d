import pytest

from voice.recognition.grammar import in_vocabulary, written_grammar

KNOWN = frozenset({"返品", "し", "たい", "方法", "を", "教え", "て", "ください", "東京", "駅", "の", "[unk]"})


def test_phrases_in_known_words():
    assert written_grammar(["返品したい", "東京駅"], KNOWN) == ("東京 駅", "返品 し たい", "[unk]")


def test_a_phrase_is_cut_at_an_unknown_word_and_lone_words_go():
    assert list(in_vocabulary(["返品", "の", "手順", "を", "教え", "て", "ください"], KNOWN)) == [
        ["返品", "の"],
        ["を", "教え", "て", "ください"],
    ]
    assert list(in_vocabulary(["手順", "返品"], KNOWN)) == []
    assert list(in_vocabulary(["返品"], KNOWN)) == [["返品"]]


def test_nothing_known_is_no_grammar():
    assert written_grammar(["炊飯器"], KNOWN) == ()
    assert written_grammar(["東京"], KNOWN - {"[unk]"}) == ("東京",)


@pytest.mark.parametrize(
    ("reading", "words"),
    [("キョートエキ", "キョート エ キ"), ("キヨイ", "キ ヨ イ"), ("キャキ", "キャ キ"), ("ハキ", None)],
)
def test_kana_words_are_cut_between_morae_into_the_fewest(reading, words):
    known = frozenset({"キ", "ヨ", "イ", "エ", "キャ", "キョ", "ー", "ト", "キョート"})
    assert [" ".join(piece) for piece in in_vocabulary([reading], known)] == ([words] if words else [])
