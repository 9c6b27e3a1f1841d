"""Words that only say an answer suits are no report of danger: 「いつでも大丈夫です」."""

from datetime import datetime

import pytest

from intents.assent import without_assent
from intents.callback_form import Setting, Stage, Wanted
from intents.conversation import State, react
from intents.readings import reading_of
from intents.transcripts import Hypothesis, Transcript, typed
from intents.when_types import TOKYO
from tests.conversation_minds import PlainBook, mind_of

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
TOPICS = {
    "hours": ("店の営業時間", ["営業時間は何時までですか", "営業時間を教えて"]),
    "smoke": ("煙が出ている", ["煙が出ています", "このまま使っても大丈夫ですか", "大丈夫ですか、焦げています"]),
}


def kana(text):
    """As the embedded model hears it."""
    said = reading_of(text)
    return Transcript(hypotheses=(Hypothesis(text=said, reading=said, confidence=1.0),), duration_ms=900)


@pytest.fixture(scope="module")
def asked_when():
    """A request at the question of when, and what understands."""
    mind = mind_of(
        TOPICS, PlainBook(), desk_phone="03-1", follows_up=True, calls=Setting(now=lambda: NOW, desk_phone="03-1")
    )
    state = State()
    for line in ("オペレーター", "はい", "山田です", "はい", "090-1234-5678", "はい"):
        state, _ = react(state, typed(line), mind)
    assert state.form.stage is Stage.WHEN
    return state, mind


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("いつでも大丈夫です", "いつでも"),
        ("イツデモダイジョーブデス", "イツデモ"),
        ("何時でも構いませんよ。", "何時でも"),
        ("煙が出ていますが大丈夫ですか", "煙が出ていますが大丈夫ですか"),
        ("大丈夫です、煙が出ています", "大丈夫です、煙が出ています"),
    ],
)
def test_only_assent_at_the_end_is_taken_off(text, left):
    assert without_assent(typed(text)).best.text == left


def test_nothing_is_left_of_assent_alone():
    assert without_assent(typed("大丈夫です")).best is None


@pytest.mark.parametrize("hear", [typed, kana])
@pytest.mark.parametrize("text", ["いつでも大丈夫です", "明日の午後で大丈夫です", "何時でもかまいませんよ"])
def test_an_answer_that_suits_is_no_danger(asked_when, text, hear):
    state, reaction = react(asked_when[0], hear(text), asked_when[1])
    assert (state.danger, reaction.topic, reaction.wanted) == (False, None, Wanted.SLOTS)


@pytest.mark.parametrize("hear", [typed, kana])
@pytest.mark.parametrize("text", ["煙が出ています", "明日でいいけど煙が出ています", "このまま使っても大丈夫ですか"])
def test_danger_is_heard_all_the_same(asked_when, text, hear):
    assert react(asked_when[0], hear(text), asked_when[1])[0].danger
