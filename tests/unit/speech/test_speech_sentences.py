import pytest

from voice.errors import SynthesisError
from voice.speech.fakes import HummingSynthesizer
from voice.speech.sentences import sentences, speak


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("営業時間は九時からです。土日は休みです。", ["営業時間は九時からです。", "土日は休みです。"]),
        ("はい！承知しました。", ["はい！", "承知しました。"]),
        ("よろしいですか？", ["よろしいですか？"]),
        ("本当ですか！？はい", ["本当ですか！？", "はい"]),
        ("「はい。」と言ってください。", ["「はい。」", "と言ってください。"]),
        ("一行目\n二行目", ["一行目", "二行目"]),
        ("はい。……", ["はい。……"]),
        ("……はい。", ["……はい。"]),
        ("料金は3.5万円です", ["料金は3.5万円です"]),
        ("。", ["。"]),
        ("  ", []),
        ("", []),
    ],
)
def test_sentences(text, parts):
    assert sentences(text) == parts


def test_nothing_of_the_text_is_lost():
    text = "電話は、〇三です！（代表）？……ええと。『はい』。"
    assert "".join(sentences(text)) == text


def test_the_second_sentence_is_rendered_only_when_asked_for():
    synthesizer = HummingSynthesizer()
    spoken = speak("一つ目。二つ目。", synthesizer)
    assert next(spoken).duration_ms == 600
    assert synthesizer.texts == ["一つ目。"]
    assert len(list(spoken)) == 1


@pytest.mark.parametrize("nothing", ["", "。", "\n"])
def test_nothing_to_say_is_an_error(nothing):
    with pytest.raises(SynthesisError, match="nothing to say"):
        list(speak(nothing, HummingSynthesizer()))
