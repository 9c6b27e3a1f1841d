import pytest

from intents.readings import reading_of
from intents.replies import Reply, reply_in, wordings
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed


def heard(reading: str) -> Transcript:
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=0.9),), duration_ms=500)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("はい", Reply.YES),
        ("いいえ", Reply.NO),
        ("いい", None),  # one mora away from いいえ
        ("もう一度お願いします", Reply.REPEAT),
        ("止めて。", Reply.STOP),
        ("次へ", Reply.NEXT),
        ("オペレーターにつないでください", Reply.HUMAN),
        ("ゆっくり話してください", Reply.SLOWER),
        ("二番", Reply.SECOND),
        ("もう一度お願いできますか", Reply.REPEAT),
        ("えっと、もう一度", Reply.REPEAT),
        ("三つ目で", Reply.THIRD),
        ("次の手順をお願いします", Reply.NEXT),
        ("人と話したいんですけど", Reply.HUMAN),
        ("結構です", Reply.DECLINE),
        ("いいですけど", None),
        ("返品したい", None),
        ("はいそうですが返品したい", None),
    ],
)
def test_typed_replies(text, reply):
    assert reply_in(typed(text)) == reply


def test_replies_in_kana_as_the_embedded_model_hears_them():
    assert reply_in(heard("モーイチド")) is Reply.REPEAT
    assert reply_in(heard("イーエ")) is Reply.NO
    assert reply_in(heard("イー")) is None


def test_silence_is_no_reply():
    assert reply_in(NOTHING_HEARD) is None


def test_no_wording_belongs_to_two_replies():
    seen: dict[str, Reply] = {}
    for reply, texts in wordings().items():
        for text in texts:
            assert seen.setdefault(reading_of(text), reply) is reply, text
    assert len(seen) > 100
