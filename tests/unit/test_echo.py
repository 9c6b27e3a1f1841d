import pytest

from intents.answers import Spoken
from intents.echo import is_echo
from intents.readings import reading_of
from intents.transcripts import Hypothesis, Transcript, typed

SAYS = (
    Spoken(text="返品は、商品が届いてから八日のうちに、お申し込みください。"),
    Spoken(text="いまのご案内で、解決しましたか。"),
)


def heard(text):
    """As the model of morae gives it."""
    reading = reading_of(text)
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=0.7),), duration_ms=1000)


@pytest.mark.parametrize(
    "text", ["商品が届いてから", "お申し込みください", "返品は商品がとどいて", "いまのご案内で解決しましたか"]
)
def test_its_own_words_are_an_echo(text):
    assert is_echo(heard(text), SAYS)


def test_an_echo_is_known_even_where_every_fifth_sound_is_lost():
    assert is_echo(heard("しょうひんがどどいでから"), SAYS)


@pytest.mark.parametrize(
    "text",
    ["止めて", "ちがいます", "返金してほしい", "電源が入りません", "はい", "営業時間は何時までですか", "もう一度"],
)
def test_a_customer_is_no_echo(text):
    assert not is_echo(heard(text), SAYS)
    assert not is_echo(typed(text), SAYS)


def test_a_word_that_is_just_being_said_is_an_echo():
    assert is_echo(heard("担当者"), (Spoken(text="「担当者」とお話しいただければ、人がお話を伺います。"),))


def test_readings_of_its_own_count():
    assert is_echo(heard("コエマドデゴザイマス"), (Spoken(text="声窓でございます", reading="コエマドデゴザイマス"),))


def test_silence_is_nothing():
    assert not is_echo(Transcript(hypotheses=(), duration_ms=0), SAYS)
    assert not is_echo(heard("返品"), ())
