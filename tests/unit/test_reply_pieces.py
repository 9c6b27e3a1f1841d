"""Replies as people give them: several in one breath, with small words around them."""

import pytest

from intents.replies import Reply, reply_in
from intents.transcripts import Hypothesis, Transcript, typed


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("はい、わかりました", Reply.YES),
        ("あ、大丈夫です", Reply.DECLINE),
        ("はい、それで結構です", Reply.YES),
        ("はい、けっこうです", Reply.YES),
        ("いいえ、けっこうです", Reply.DECLINE),
        ("うん、解決しました", Reply.GOODBYE),
        ("はい、できました", Reply.NEXT),
        ("え、もう一回言って", Reply.REPEAT),
        ("いや、やっぱり人と話したい", Reply.HUMAN),
        ("ええと、一番です", Reply.FIRST),
        ("一番、二番", None),
        ("はい、煙が出ています", None),
        ("ちょっと", None),
        ("んー、あー、えー", None),
        ("はい" * 30, None),  # nobody says that, and it must not take long
    ],
)
def test_what_is_said_in_one_breath(text, reply):
    assert reply_in(typed(text)) == reply


def test_the_same_as_it_sounds():
    heard = Hypothesis(text="ハイモーイチド", reading="ハイモーイチド", confidence=1.0)
    assert reply_in(Transcript(hypotheses=(heard,), duration_ms=900)) is Reply.REPEAT
