"""A clear yes to whether staff may hear a recording, and what is said of recordings."""

import pytest

from intents.readings import reading_of
from intents.recording import (
    RecordingWish,
    expected_wordings,
    is_clear_yes,
    recording_sentence,
    recording_wish,
    wants_once_more,
)
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed


def heard(*readings):
    """As the embedded model hands it on: morae alone."""
    return Transcript(
        hypotheses=tuple(Hypothesis(text=one, reading=one, confidence=1 / len(readings)) for one in readings),
        duration_ms=500,
    )


YES = [
    "はい", "はい。", "ええ", "うん", "はい、どうぞ", "どうぞどうぞ", "いいですよ", "いいよ", "はい、いいですよ", "かまいません", "構いませんよ",
    "はい、お願いします", "あ、はい", "もちろんです", "もちろん、いいですよ", "はい、聞いてください", "どうぞ聞いてください", "かまへんよ", "ええよ",
    "はい、大丈夫です", "問題ありません", "はい、わかりました", "差し支えありません", "お役に立つなら、どうぞ", "聞いてもらってかまいません", "ハイ",
]  # fmt: skip
NO = [
    "いいえ", "いや", "だめです", "嫌です", "困ります", "やめてください", "結構です", "けっこうです", "いいです", "大丈夫です", "はい、けっこうです",
    "うーん", "うーん、はい", "えー", "ちょっと", "ちょっとそれは", "はい、でも名前は消してください", "はい？", "え？", "何の録音ですか", "どうして",
    "はいかな", "まあ、はい", "はい、ちょっと困ります", "わかりました", "遠慮します", "返品したい", "どうでもいいです", "もう一度", "録音は消して", "ありがとう",
    "いいえ、いいですよ", "それはいいです", "はいはい、もういいです",
]  # fmt: skip


@pytest.mark.parametrize("text", YES)
def test_a_clear_yes(text):
    assert is_clear_yes(typed(text))


@pytest.mark.parametrize("text", [text for text in YES if text not in ("ええ",)])  # 「ええ」 sounds as 「えー」 does
def test_the_same_by_sound(text):
    assert is_clear_yes(heard(reading_of(text)))


@pytest.mark.parametrize("text", NO)
def test_everything_else_is_none(text):
    assert not is_clear_yes(typed(text))
    if not text.endswith("？"):
        assert not is_clear_yes(heard(reading_of(text)))


def test_silence_and_doubt_are_none():
    assert not is_clear_yes(NOTHING_HEARD)
    assert not is_clear_yes(heard("ハイ", "イーエ"))
    assert not is_clear_yes(heard("ハイ", "アイ", "ケッコーデス"))
    assert is_clear_yes(heard("ハイ", "アイ"))


def test_who_did_not_hear_the_question_wants_it_again():
    assert wants_once_more(typed("もう一度お願いします"))
    assert wants_once_more(typed("え？"))
    assert not wants_once_more(typed("いいえ"))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("さっきの録音を消して", RecordingWish.ERASE_LAST),
        ("やっぱり、さっきの録音消してください", RecordingWish.ERASE_LAST),
        ("今の録音は取り消してください", RecordingWish.ERASE_LAST),
        ("すみません、先ほどの録音を削除してもらえ", None),
        ("録音は消してください", RecordingWish.ERASE),
        ("録音を消して", RecordingWish.ERASE),
        ("すみません、録音を消してもらえますか", RecordingWish.ERASE),
        ("私の声の録音を削除してください", RecordingWish.ERASE),
        ("録音は聞かないでください", RecordingWish.ERASE),
        ("録音はやっぱりやめます", RecordingWish.ERASE),
        ("録音しないでください", RecordingWish.WONT),
        ("録音されるのは嫌です", RecordingWish.WONT),
        ("録音していますか", RecordingWish.ASKED),
        ("これ録音されてるの？", RecordingWish.ASKED),
        ("留守電の録音を消したい", None),
        ("録音を消す方法を教えて", None),
        ("録音のしかたを教えて", None),
        ("さっきの話をもう一度", None),
        ("はい", None),
    ],
)
def test_wishes(text, wish):
    assert recording_wish(typed(text)) == wish
    assert recording_wish(heard(reading_of(text))) == wish


def test_taking_back_is_heard_in_any_hypothesis_and_a_question_in_the_best_alone():
    assert recording_wish(heard("ロクモンオケシテ", "ロクオンオケシテ")) is RecordingWish.ERASE
    assert recording_wish(heard("ロクオンシテマスガ", "ロクオンシテマスカ")) is None


def test_what_is_expected_is_understood():
    assert len(expected_wordings()) > 150
    assert all(recording_wish(typed(text)) for text in expected_wordings())


def test_nothing_said_is_no_wish():
    assert recording_wish(NOTHING_HEARD) is None


def test_the_question_is_the_one_agreed_upon():
    asked = recording_sentence("asked").text
    assert asked.endswith("ただいまの会話の録音を、サービス向上のため、担当者が聞いてもよろしいでしょうか。")
