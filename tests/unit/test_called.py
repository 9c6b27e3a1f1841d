"""What is left of the wake word before a reply."""

import pytest

from intents.called import without_call
from intents.replies import Reply, reply_in
from intents.transcripts import Hypothesis, Transcript, typed

PHRASE = "ねえ、こえまど"


@pytest.mark.parametrize(
    ("heard", "reply"),
    [
        ("ドハイ", Reply.YES),
        ("マドハイ", Reply.YES),
        ("オハイ", Reply.YES),  # its consonant was lost
        ("アドイイエ", Reply.NO),
        ("ドタントーシャ", Reply.HUMAN),
        ("マドモーイチド", Reply.REPEAT),
        ("窓 はい", Reply.YES),
        ("はい", Reply.YES),
    ],
)
def test_a_reply_behind_it_is_a_reply(heard, reply):
    assert reply_in(without_call(typed(heard), PHRASE)) is reply


@pytest.mark.parametrize(
    "heard",
    [
        "窓口はどこですか",
        "どうすればいいですか",
        "土曜日はやっていますか",
        "ガハイ",  # no part of this phrase
        "エマドハイ",  # three morae
        "ド",
        "マド",
    ],
)
def test_anything_else_stays_as_it_was(heard):
    assert without_call(typed(heard), PHRASE) == typed(heard)


def test_nothing_heard_stays_nothing():
    assert without_call(typed(""), PHRASE) == typed("")


def test_a_later_hypothesis_leads_when_it_is_a_reply():
    said = [("ノー", 0.6), ("ドハイ", 0.4)]
    heard = Transcript(hypotheses=tuple(Hypothesis(text=t, reading=t, confidence=c) for t, c in said), duration_ms=400)
    found = without_call(heard, PHRASE)
    assert [(one.reading, one.confidence) for one in found.hypotheses] == [("ハイ", 0.4), ("ノー", 0.6)]
    assert found.duration_ms == 400


def test_another_wake_word_has_another_end():
    assert reply_in(without_call(typed("ガンハイ"), "もしもし、まどさん")) is Reply.YES
    assert reply_in(without_call(typed("ガンハイ"), PHRASE)) is None
