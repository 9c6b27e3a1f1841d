"""From a conversation to the request the desk takes in: what is sent, what is left out, within the wire's limits."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from intents.answers import Spoken
from intents.callback_form import Form, Stage
from intents.conversation import Outcome, Reaction, State
from intents.matching import Topic
from intents.phone_slot import PhoneDraft
from intents.transcripts import typed
from intents.when_types import Wishes
from server.wire import LONGEST_CONVERSATION, LONGEST_TURN, MOST_TURNS, parse_request
from tests.form_samples import FORM, MATTER, NOW, window
from voice.desk_calls import Line, Notes, Speaker, Weight
from voice.desk_request import request_from, sent_as


def request(form=FORM, matter=MATTER):
    return request_from(form, matter, request_id=uuid4(), device="box-1", now=NOW)


def test_the_request_of_a_form():
    made = request()
    assert (made.phone, made.customer_name, made.customer_reading) == ("+819012345678", "山田花子", "ヤマダ ハナコ")
    assert [(w.begins, w.ends) for w in made.windows] == [(w.begins, w.ends) for w in FORM.wishes.windows]
    assert (made.topic, made.consent.wording) == ("refund", FORM.consent)


def test_a_chosen_slot_is_the_only_window():
    slot = window(25, 15, 30)
    assert [one.begins for one in request(replace(FORM, slot=slot)).windows] == [slot.begins]


def test_windows_fit_the_wire():
    wishes = (window(1, 0, outside_hours=True), window(2, 9, 60 * 24 * 60), *(window(3, hour) for hour in range(12)))
    made = request(replace(FORM, wishes=Wishes(windows=wishes))).windows
    assert len(made) == 10
    assert made[0].begins == wishes[1].begins


def test_no_name_and_a_topic_no_desk_can_take():
    made = request(replace(FORM, name=None), replace(MATTER, topic="あ い", article_id="x" * 80))
    assert (made.customer_name, made.topic, made.article_id) == (None, "general", None)


def test_a_long_conversation_keeps_its_end():
    lines = tuple(Line(speaker=Speaker.DEVICE, text=f"{n}\x00" + "長" * 2000) for n in range(300))
    said = request(matter=replace(MATTER, lines=lines)).conversation
    assert len(said) <= MOST_TURNS
    assert sum(len(turn.text) for turn in said) <= LONGEST_CONVERSATION
    assert said[-1].text.startswith("299長")
    assert {len(turn.text) for turn in said} == {LONGEST_TURN}


def test_an_unfinished_number_is_no_request():
    with pytest.raises(ValueError, match="number"):
        request(replace(FORM, phone=PhoneDraft(digits="0901")))


def test_kept_under_another_name_it_is_sent_as_this_device():
    made = request()
    payload = made.model_dump_json().encode()
    assert sent_as(payload, "box-1") is payload
    assert parse_request(sent_as(payload, "box-2")) == made.model_copy(update={"device": "box-2"})


TOPIC = Topic(id="smoke", title="煙", wordings=(), safety=True)
PLAIN = Topic(id="refund", title="返金", wordings=())


def reaction(text, topic=None, **changes):
    says = (Spoken(text=text),)
    return Reaction(**({"outcome": Outcome.ANSWER, "says": says, "topic": topic} | changes))


def test_notes_leave_the_taking_down_out():
    notes, idle, later = Notes(), State(), NOW + timedelta(minutes=1)
    consent, name = State(form=Form()), State(form=Form(stage=Stage.NAME))
    notes.take(typed("返金して"), idle, idle, reaction("箱に入れます。", PLAIN), NOW)
    notes.take(typed("人と話したい"), idle, consent, reaction("よろしいですか。"), NOW)
    notes.take(typed("はい"), consent, name, reaction("お名前を。"), later)
    notes.take(typed("山田です"), name, name, reaction("山田さま。"), later + timedelta(minutes=9))
    matter = notes.matter()
    assert [line.text for line in matter.lines] == ["返金して", "箱に入れます。", "人と話したい"]
    assert (matter.topic, matter.article_id, matter.weight, matter.agreed_at) == ("refund", "refund", "normal", later)


def test_a_danger_told_meanwhile_is_noted():
    notes, name = Notes(), State(form=Form(stage=Stage.NAME))
    notes.take(typed("煙が出てきた"), name, replace(name, danger=True), reaction("離れてください。", TOPIC), NOW)
    assert notes.matter().weight is Weight.SAFETY
    assert [line.text for line in notes.matter().lines] == ["煙が出てきた", "離れてください。"]


def test_a_complaint_is_one():
    notes = Notes()
    notes.take(typed("ひどい"), State(), State(form=Form(), complaint=True), reaction("よろしいですか。"), NOW)
    assert notes.matter().weight is Weight.COMPLAINT
    assert [line.text for line in notes.matter().lines] == ["ひどい"]
