import pytest

from intents.data_files import load
from intents.device_wishes import MicrophoneOff, SetVolume, device_sentence, device_wish
from intents.readings import reading_of
from intents.replies import reply_in
from intents.transcripts import Hypothesis, Transcript, typed


def kana(text: str) -> Transcript:
    """As the model of morae gives it."""
    reading = reading_of(text)
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=0.8),), duration_ms=900)


@pytest.mark.parametrize("heard", [typed, kana])
@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("もっと大きく", SetVolume(60)),
        ("小さくして", SetVolume(40)),
        ("音量を5に", SetVolume(50)),
        ("音量を五にしてください", SetVolume(50)),
        ("音量を10に", SetVolume(100, "loudest")),
        ("音量を80パーセントにして", SetVolume(80)),
        ("最大", SetVolume(100, "loudest")),
        ("一番小さくして", SetVolume(10, "quietest")),
        ("音を消して", SetVolume(0)),
        ("マイクを切って", MicrophoneOff()),
        ("マイクを切ってください", MicrophoneOff()),
    ],
)
def test_what_is_wished(heard, text, wish):
    assert device_wish(heard(text), percent=50, before=50) == wish


@pytest.mark.parametrize(
    "text",
    ["営業時間は何時までですか", "止めて", "はい", "音が出ません", "テレビの音量を上げるには", "聞こえません", "五"],
)
def test_what_is_for_the_conversation_is_left_to_it(text):
    assert device_wish(typed(text), percent=50, before=50) is None
    assert device_wish(kana(text), percent=50, before=50) is None


def test_steps_end_at_the_bounds_and_silence_comes_back_as_it_was():
    assert device_wish(typed("もっと大きく"), percent=95, before=95) == SetVolume(100, "loudest")
    assert device_wish(typed("もっと小さく"), percent=10, before=10) == SetVolume(10, "quietest")
    assert device_wish(typed("もっと小さく"), percent=0, before=40) == SetVolume(0)
    assert device_wish(typed("もっと大きく"), percent=0, before=40) == SetVolume(10, "quietest")
    assert device_wish(typed("音を出して"), percent=0, before=40) == SetVolume(40)


def test_no_wish_is_a_reply_too():
    texts = [t for name, found in load("device_wishes").items() if name != "says" for t in found]
    assert len(texts) > 90
    assert [t for t in texts if reply_in(typed(t.format(n=5, p=50)))] == []


def test_every_sentence_can_be_said():
    for name in ("loudest", "quietest", "muted"):
        assert device_sentence(name).text.endswith("。")


def test_the_rest_of_the_wake_word_is_no_part_of_a_wish():
    heard = kana("ドマイクを切って")
    assert device_wish(heard, percent=50, before=50, called=True) == MicrophoneOff()
    assert device_wish(heard, percent=50, before=50) is None
