"""Answers to what was asked, through the real model: heard by graphs of their own, other speech not lost."""

import pytest

from benchmarks.spoken import Customer
from intents.callback_form import Stage
from intents.name_slot import name_in
from intents.phone_slot import EMPTY, hear_digits
from intents.replies import Reply, reply_in
from voice import compose
from voice.assistant import Assistant
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk

pytestmark = pytest.mark.acceptance
OWN_VOICE = Customer()  # the one whose はい the base's recognition takes for カイ


@pytest.fixture
def hear(settings, studio):
    ears, mind = compose.Ears(settings), Assistant(compose.knowledge(settings)).mind

    def heard(text, stage, **asked):
        recognizer = ears.recognizer_for(mind, stage, **asked)
        take = AudioChunk(samples=studio.take(text, OWN_VOICE), rate_hz=RECOGNITION_RATE_HZ)
        (found,) = [*recognizer.accept(take), *recognizer.finish()]
        return found

    return heard


@pytest.mark.parametrize(
    "stage",
    [
        *(Stage.CONSENT, Stage.KNOWN, Stage.NAME_CHECK, Stage.PHONE_CHECK, Stage.OFFER, Stage.SUMMARY),
        *(Stage.REMEMBER, Stage.LATER, Stage.FORGET),
    ],
)
def test_yes_is_heard_wherever_it_is_asked_for(hear, stage):
    assert reply_in(hear("はい", stage)) is Reply.YES


def test_which_of_those_known(hear):
    assert name_in(hear("鈴木です", Stage.KNOWN)).reading == "スズキ"
    assert hear("二番です", Stage.KNOWN).best.text == "二番です"
    assert reply_in(hear("違います", Stage.KNOWN)) is Reply.NO


def test_yes_after_an_answer(hear):
    assert reply_in(hear("はい", None, yes_or_no=True)) is Reply.YES


def test_a_question_instead_of_yes_is_heard_as_always(hear):
    assert hear("送料を教えてください", None, yes_or_no=True).best.text == "送料を教えてください"


def test_digits_and_names(hear):
    number = hear("ゼロキューゼロのハチハチナナナナのロクロクゴーゴーです", Stage.PHONE)
    assert hear_digits(EMPTY, number).draft.digits == "09088776655"
    assert name_in(hear("山田花子です", Stage.NAME)).reading == "ヤマダハナコ"
