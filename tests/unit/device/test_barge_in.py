import pytest

from intents.answers import Spoken
from intents.transcripts import typed
from voice.barge_in import is_customer, is_interruption

SAID = (Spoken(text="返品は、商品が届いてから八日のうちに、お申し込みください。"),)


@pytest.mark.parametrize("partial", ["営業時間", "エイギョウジカンワ", "止めて", "チガイマス"])
def test_three_morae_that_are_not_said_are_somebody(partial):
    assert is_interruption(partial, SAID)


@pytest.mark.parametrize("partial", ["", "はい", "エ", "商品が届いてから", "ショウヒンガトドイテ"])
def test_too_little_or_its_own_words_are_nobody(partial):
    assert not is_interruption(partial, SAID)


def test_an_utterance_over_an_answer():
    assert is_customer(typed("はい"), SAID)
    assert is_customer(typed("営業時間は何時までですか"), SAID)
    assert not is_customer(typed("お申し込みください"), SAID)
    assert not is_customer(typed("え"), SAID)
