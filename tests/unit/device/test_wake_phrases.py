import pytest

from voice.errors import SettingsError
from voice.wake.phrases import shipped_wake_words, wake_phrases


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ねえ、こえまど", [["n", "e", "H"], ["k", "o", "e", "m", "a", "d", "o"]]),
        ("声窓", [["k", "o", "e", "m", "a", "d", "o"]]),
        ("やあ ロボット", [["y", "a", "H"], ["r", "o", "b", "o", "cl", "t", "o"]]),
    ],
)
def test_any_phrase_becomes_phones(text, words):
    (phrase,) = wake_phrases([text])
    assert [list(word) for word in phrase.words] == words
    assert phrase.text == text


def test_each_phrase_counts_once():
    assert [p.text for p in wake_phrases(["こえまど", "もしもし、窓口", "こえまど"])] == ["こえまど", "もしもし、窓口"]


@pytest.mark.parametrize("text", ["", "、", "窓", "???", "ね" * 21])
def test_what_is_too_short_too_long_or_unsayable_is_refused_by_name(text):
    with pytest.raises(SettingsError, match="wake word"):
        wake_phrases([text])


def test_the_shipped_words_can_be_used():
    assert wake_phrases(shipped_wake_words())
