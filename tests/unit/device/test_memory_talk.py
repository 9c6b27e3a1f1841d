"""What is asked about remembering and forgetting, from the device's side: noted rightly, asked once, carried out."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest

from intents.answers import Spoken
from intents.callback_form import Form, Known, Setting, Stage, Wanted
from intents.conversation import Outcome, Reaction, State
from intents.matching import Topic
from intents.name_slot import NameHeard
from intents.phone_slot import PhoneDraft
from intents.transcripts import typed
from intents.when_types import TOKYO
from voice.desk_calls import Matter, Notes, carry_out
from voice.recognition.asked import ASKED, Answers, name_phrases, reply_phrases

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
HANAKO = Known(name=NameHeard(reading="ヤマダハナコ"), phone=PhoneDraft(digits="09012345678"))
FORM = Form(stage=Stage.REMEMBER, consent="よろしいでしょうか。", name=HANAKO.name, phone=HANAKO.phone)
SETTING = Setting(now=lambda: NOW, known=(HANAKO,), remembers=True)


class Desk:
    """Remembers, or does not."""

    def __init__(self, can=True):
        self.can, self.calls = can, []

    def remember(self, customer, instead):
        self.calls.append((customer, instead))
        return self.can

    def forget(self):
        self.calls.append("forget")
        return self.can

    def store(self, form, matter):
        self.calls.append("store")
        return uuid4()

    def setting(self, now):
        return Setting(now=now)

    def delivered(self, request_id, wait_s):
        return None


@pytest.mark.parametrize(("can", "said"), [(True, "覚えておきます"), (False, "できませんでした")])
def test_remembering_is_carried_out(can, said):
    desk = Desk(can)
    moved = replace(FORM, phone=PhoneDraft(digits="0398765432"), known=HANAKO)
    step = carry_out(desk, Wanted.REMEMBER, moved, Matter(), SETTING)
    assert desk.calls == [(replace(HANAKO, phone=moved.phone, may_ask=False), HANAKO)]
    assert said in step.says[0].text
    assert step.form.stage is (Stage.LATER if can else Stage.DONE)


@pytest.mark.parametrize(("can", "said"), [(True, "消しました"), (False, "できませんでした")])
def test_forgetting_is_carried_out(can, said):
    desk = Desk(can)
    step = carry_out(desk, Wanted.FORGET, Form(stage=Stage.FORGET), Matter(), SETTING)
    assert desk.calls == ["forget"]
    assert said in step.says[0].text


def test_a_request_on_its_way_is_asked_about_too():
    desk = Desk()
    new = replace(FORM, stage=Stage.SUMMARY, phone=PhoneDraft(digits="0398765432"))
    step = carry_out(desk, Wanted.STORE, new, Matter(), SETTING)
    assert step.form.stage is Stage.REMEMBER
    assert desk.calls == ["store"]


ASKING = State(form=FORM)
SAID = (Spoken(text="送料は500円です。"),)


def noted(after, reaction, line="送料はいくらですか"):
    notes = Notes()
    notes.take(typed(line), ASKING, after, reaction, NOW)
    return notes


def test_the_next_question_is_noted_and_the_answer_is_not():
    topic = Topic(id="shipping", title="送料", safety=False, wordings=())
    answered = noted(State(), Reaction(outcome=Outcome.ANSWER, says=SAID, topic=topic))
    assert [line.text for line in answered.matter().lines] == ["送料はいくらですか", "送料は500円です。"]
    called = noted(State(form=Form()), Reaction(outcome=Outcome.CALLBACK, says=SAID), "火星まで行けますか")
    assert [line.text for line in called.matter().lines] == ["火星まで行けますか"]
    declined = noted(State(), Reaction(outcome=Outcome.CALLBACK, says=SAID), "いいえ")
    assert declined.matter().lines == ()


def test_whoever_did_not_say_yes_is_not_asked_again():
    assert noted(State(), Reaction(outcome=Outcome.CALLBACK, says=SAID), "いいえ").not_to_be_remembered
    agreed = noted(ASKING, Reaction(outcome=Outcome.CALLBACK, says=(), wanted=Wanted.REMEMBER), "はい")
    assert not agreed.not_to_be_remembered


def test_every_question_has_something_that_hears_the_answer():
    assert set(ASKED) == set(Stage) - {Stage.DONE, Stage.LEFT}
    assert ASKED[Stage.KNOWN] is Answers.NAME
    for phrase in ("はい", "いいえ", "違います", "鈴木です", "二番です", "四番です", "別の者です"):
        assert phrase in name_phrases().values()
    for phrase in ("はい", "いいえ", "覚えておいて", "消さないで"):
        assert phrase in reply_phrases().values()
