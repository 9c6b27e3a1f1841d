"""What is said in the middle of a form and is no answer to it: danger, a human, goodbye, a question of its own."""

from dataclasses import replace
from datetime import datetime

import pytest

from intents.callback_form import Setting, Stage, Wanted
from intents.callback_moves import question
from intents.conversation import State, Understanding, go_on, react
from intents.readings import reading_of
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed
from intents.when_types import TOKYO
from tests.conversation_minds import PlainBook, mind_of

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)  # Tuesday
PHONE = "03-1234-5678"
TOPICS = {
    "hours": ("店の営業時間", ["営業時間は何時までですか", "何時まで開いていますか", "営業時間を教えて"]),
    "return": ("返品の手続き", ["返品のやり方を教えて", "返品の手続きをしたい"]),
    "smoke": ("煙が出ている", ["煙が出ています", "けむりが出てる"]),
}
TO_NAME = ("オペレーター", "はい")
TO_NAME_CHECK = (*TO_NAME, "山田です")
TO_PHONE = (*TO_NAME_CHECK, "はい")
TO_PHONE_CHECK = (*TO_PHONE, "090-1234-5678")
TO_WHEN = (*TO_PHONE_CHECK, "はい")
TO_SUMMARY = (*TO_WHEN, "明日の午後")
STAGES = {
    Stage.CONSENT: TO_NAME[:1],
    Stage.NAME: TO_NAME,
    Stage.NAME_CHECK: TO_NAME_CHECK,
    Stage.PHONE: TO_PHONE,
    Stage.PHONE_CHECK: TO_PHONE_CHECK,
    Stage.WHEN: TO_WHEN,
    Stage.SUMMARY: TO_SUMMARY,
    Stage.CHANGE: (*TO_SUMMARY, "いいえ"),
}
at_every_stage = pytest.mark.parametrize("stage", STAGES)


@pytest.fixture(scope="module")
def mind() -> Understanding:
    return mind_of(
        TOPICS, PlainBook(), desk_phone=PHONE, follows_up=True, calls=Setting(now=lambda: NOW, desk_phone=PHONE)
    )


def kana(text):
    """As the embedded model hears it: morae, no kanji."""
    reading = reading_of(text)
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=1.0),), duration_ms=900)


class Talk:
    """A conversation with a desk that cannot be asked for free times and takes everything."""

    def __init__(self, mind, hear=typed):
        self.mind, self.hear, self.state, self.sent = mind, hear, State(), 0

    def __call__(self, *lines):
        for line in lines:
            self.state, self.reaction = react(self.state, self.hear(line) if line else NOTHING_HEARD, self.mind)
            says = self.reaction.says
            while self.reaction.wanted is not Wanted.NOTHING:
                self.state, self.reaction = go_on(self.state, self._carried_out())
                says += self.reaction.says
            self.said = "".join(one.text for one in says)
        return self

    def _carried_out(self):
        from intents.callback import stored, with_slots

        if self.reaction.wanted is Wanted.SLOTS:
            return with_slots(self.state.form, None, self.mind.calls)
        self.sent += 1
        return stored(self.state.form, True, self.mind.calls)

    @property
    def stage(self):
        return self.state.form.stage if self.state.form else None

    @property
    def question(self):
        return question(self.state.form, self.mind.calls).text


@at_every_stage
@pytest.mark.parametrize(
    "line", ["人と話したい", "オペレーター", "担当の方をお願いします", "オペレーターの人に代わってほしいんですけど"]
)
@pytest.mark.parametrize("hear", [typed, kana])
def test_a_human_may_be_asked_for_at_every_stage(mind, stage, line, hear):
    talk = Talk(mind)(*STAGES[stage])
    before = talk.state.form
    talk.hear = hear
    talk(line)
    assert talk.stage is stage
    assert "担当の者が、お電話いたします" in talk.said
    assert PHONE in talk.said
    assert talk.said.endswith(talk.question) or stage is Stage.CONSENT
    assert replace(talk.state.form, humans=0) == before  # nothing failed, nothing was taken down
    assert talk.reaction.understood


def test_without_a_number_none_is_told(mind):
    talk = Talk(replace(mind, desk_phone="", calls=Setting(now=lambda: NOW)))(*TO_NAME, "人と話したい")
    assert "担当の者が、お電話いたします" in talk.said
    assert "お急ぎでしたら" not in talk.said


def test_who_goes_on_asking_for_a_human_is_kept_in_no_form(mind):
    talk = Talk(mind)(*TO_PHONE, *["人と話したい"] * 4)
    assert (talk.stage, talk.sent) == (None, 0)
    assert PHONE in talk.said


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in (Stage.SUMMARY, Stage.CHANGE)])
@pytest.mark.parametrize("line", ["終わり", "さようなら", "ありがとうございました"])
def test_goodbye_ends_an_unfinished_form(mind, stage, line):
    talk = Talk(mind)(*STAGES[stage], line)
    assert (talk.stage, talk.sent, talk.reaction.finished) == (None, 0, True)
    assert "ありがとうございました" in talk.said


@pytest.mark.parametrize("stage", [Stage.SUMMARY, Stage.CHANGE])
@pytest.mark.parametrize(
    ("answer", "sent"), [("はい", 1), ("お願いします", 1), ("いいえ", 0), ("終わり", 0), ("むにゃむにゃ", 0)]
)
def test_goodbye_to_a_whole_form_asks_once_whether_to_send_it(mind, stage, answer, sent):
    talk = Talk(mind)(*STAGES[stage], "終わり")
    assert "送っても、よろしいですか" in talk.said
    assert not talk.reaction.finished
    talk(answer)
    assert (talk.stage, talk.sent) == (None, sent)
    assert ("お送りしておりません" in talk.said) is not sent


def test_thanks_with_a_yes_is_no_goodbye(mind):
    assert Talk(mind)(*TO_SUMMARY, "はい、ありがとうございます").sent == 1
    assert Talk(mind)(*TO_NAME_CHECK, "はい、ありがとうございます").stage is Stage.PHONE


def test_after_a_goodbye_something_may_still_be_changed(mind):
    talk = Talk(mind)(*TO_SUMMARY, "終わり", "電話番号が違います")
    assert talk.stage is Stage.PHONE
    assert Talk(mind)(*TO_SUMMARY, "終わり", "明後日の午前にして").stage is Stage.SUMMARY


@at_every_stage
@pytest.mark.parametrize("line", ["ところで営業時間は何時まで？", "営業時間を教えて", "何時まで開いていますか"])
@pytest.mark.parametrize("hear", [typed, kana])
def test_a_question_is_answered_and_the_form_goes_on(mind, stage, line, hear):
    talk = Talk(mind)(*STAGES[stage])
    before = talk.state.form
    talk.hear = hear
    talk(line)
    assert talk.reaction.topic.id == "hours"
    assert talk.said == f"hoursの答え。お電話の受付の、続きです。{talk.question}"  # no tip, no 「解決しましたか」
    assert talk.state.form == before


@pytest.mark.parametrize(
    "line",
    ["ところで犬は飼っていますか", "ちなみに社長は誰ですか", "この通話は録音されますか", "今日は何時に終わるんですか"],
)
def test_a_question_nobody_can_answer_is_no_name(mind, line):
    talk = Talk(mind)(*TO_NAME, line)
    assert (talk.stage, talk.state.form.name) == (Stage.NAME, None)
    assert "担当の者がお電話するときに" in talk.said


@pytest.mark.parametrize("line", ["田中です", "タナカです", "薬袋と申します", "春香です", "井塚です"])
def test_a_name_is_no_question(mind, line):
    assert Talk(mind)(*TO_NAME, line).stage is Stage.NAME_CHECK


@at_every_stage
@pytest.mark.parametrize("line", ["はい", "", "続き", "わかりました", "むにゃむにゃ"])
def test_after_a_danger_the_next_turn_comes_back_to_the_form(mind, stage, line):
    talk = Talk(mind)(*STAGES[stage])
    before = talk.state.form
    talk("煙が出ています")
    assert "受付" not in talk.said  # nobody in danger is asked for a form
    talk(line)
    assert talk.said == f"お電話の受付の、続きです。{question(before, mind.calls).text}"
    assert (replace(talk.state.form, silent=0), talk.state.put_aside, talk.sent) == (before, False, 0)


@pytest.mark.parametrize(
    ("stage", "line", "then"),
    [
        (Stage.NAME, "山田です", Stage.NAME_CHECK),
        (Stage.PHONE, "090-1234-5678", Stage.PHONE_CHECK),
        (Stage.WHEN, "明日の午後", Stage.SUMMARY),
    ],
)
def test_after_a_danger_a_plain_answer_to_the_form_is_taken(mind, stage, line, then):
    talk = Talk(mind)(*STAGES[stage], "煙が出ています", line)
    assert talk.stage is then


def test_after_a_danger_the_form_can_be_left(mind):
    assert Talk(mind)(*TO_NAME, "煙が出ています", "やめます").stage is None
    assert Talk(mind)(*TO_NAME, "煙が出ています", "終わり").reaction.finished
    assert "担当の者が、お電話いたします" in Talk(mind)(*TO_NAME, "煙が出ています", "オペレーター").said


def test_the_same_time_once_more_is_no_correction_of_the_number(mind):
    talk = Talk(mind)(*TO_SUMMARY, "明日の午後でいいですか")
    assert (talk.stage, talk.state.form.phone.digits) == (Stage.SUMMARY, "09012345678")


def test_a_question_after_a_danger_is_answered_and_then_the_form_goes_on(mind):
    talk = Talk(mind)(*TO_NAME, "煙が出ています", "営業時間を教えて")
    assert talk.said.startswith("hoursの答え。お電話の受付の、続きです。")
