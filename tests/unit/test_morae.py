import pytest

from intents.morae import MORA_PHONES, UNITS, from_kana, from_phones, normalise, spelled, to_units


@pytest.mark.parametrize(
    ("kana", "morae"),
    [
        ("へんぴん", "ヘ ン ピ ン"),
        ("きゃんせる", "キャ ン セ ル"),
        ("おおさか", "オ ー サ カ"),  # a repeated vowel is the long mark
        ("ごはんをたべる", "ゴ ハ ン オ タ ベ ル"),
        ("おを", "オ ー"),  # を after お too
        ("がっこー。", "ガ ッ コ ー"),
        ("ヂ", "ジ"),
        ("ファックス", "ファ ッ ク ス"),
    ],
)
def test_kana_to_morae(kana, morae):
    assert from_kana(kana) == morae.split()


@pytest.mark.parametrize("text", ["返品", "abc", "あ1"])
def test_what_is_not_kana_has_no_morae(text):
    assert from_kana(text) is None


def test_dictionary_kana_becomes_pronunciation():
    assert spelled("えいぎょう") == ["エ", "ー", "ギョ", "ー"]


def test_open_jtalk_phones_with_devoiced_vowels():
    assert from_phones(["pau", "d", "e", "s", "U", "k", "a", "pau"]) == ["デ", "ス", "カ"]
    assert from_phones(["ky", "o", "o"]) == ["キョ", "ー"]


def test_phones_that_are_no_mora_are_refused():
    with pytest.raises(KeyError):
        from_phones(["q", "x"])


def test_normal_form_is_stable():
    for mora in MORA_PHONES:
        once = normalise(["ア", mora, mora])
        assert normalise(once) == once


def test_units_are_numbers_of_the_network():
    assert [UNITS[u] for u in to_units(["キ", "ー"])] == ["k", "i", "H"]
