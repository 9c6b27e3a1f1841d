"""What customers say beside the words asked for while a request for a call is taken down."""

import pytest

from intents.callback import Stage
from tests.unit.test_callback import TO_NAME, TO_PHONE, TO_SUMMARY, Talk


@pytest.mark.parametrize(
    "line", ["あー、やっぱりもういいです", "ごめんなさい、キャンセルします", "もう結構です、やめます"]
)
def test_it_is_cancelled_with_other_words_around(line):
    assert Talk()(*TO_PHONE, line).form.stage is Stage.LEFT


def test_a_sentence_tells_what_to_change():
    assert Talk()(*TO_SUMMARY, "電話番号を家のに変えたいんです").form.stage is Stage.PHONE
    assert Talk()(*TO_SUMMARY, "あ、名前が違います").form.stage is Stage.NAME


def test_the_name_said_again_after_yes_is_a_yes():
    talk = Talk()(*TO_NAME, "佐藤です", "いえ、加藤です", "はい、加藤です")
    assert (talk.form.stage, talk.form.name.reading) == (Stage.PHONE, "カトウ")


def test_what_is_no_number_takes_nothing_back():
    talk = Talk()(*TO_PHONE, "090", "あ、ちょっと待ってね")
    assert talk.form.phone.digits == "090"
    assert "090" in talk.said


def test_from_the_beginning_after_a_no():
    talk = Talk()(*TO_PHONE, "080-1111-2222", "全然違います、最初から言います")
    assert (talk.form.stage, talk.form.phone.digits) == (Stage.PHONE, "")


def test_name_and_number_in_one_breath():
    talk = Talk()(*TO_NAME, "山田花子です、電話は090-1234-5678で、明日の午後にお願いします")
    assert (talk.form.stage, talk.form.name.reading) == (Stage.NAME_CHECK, "ヤマダハナコ")
    talk("はい")
    assert talk.form.stage is Stage.PHONE_CHECK
    assert "090-1234-5678" in talk.said
