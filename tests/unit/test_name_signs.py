"""How the signs of a name are described, and that the description reaches the desk."""

from datetime import datetime
from uuid import uuid4

import pytest

from intents.callback import Form, Setting, Stage, take
from intents.name_slot import NameHeard, SignsDescribed, name_in
from intents.phone_slot import PhoneDraft
from intents.readings import reading_of
from intents.transcripts import Hypothesis, Transcript, typed
from intents.when_types import TOKYO, Window, Wishes
from voice.desk_calls import Matter
from voice.desk_request import request_from

WINDOW = Window(begins=datetime(2026, 11, 25, 13, tzinfo=TOKYO), ends=datetime(2026, 11, 25, 14, tzinfo=TOKYO))
NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)


def kana(text):
    reading = reading_of(text)
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=1.0),), duration_ms=900)


@pytest.mark.parametrize("hear", [typed, kana])
@pytest.mark.parametrize(
    ("line", "written", "reading"),
    [
        ("山田は山に田んぼの田", "山田", "ヤマダ"),
        ("山田は山に田んぼの田です", "山田", "ヤマダ"),
        ("山田です、山に田んぼの田です", "山田", "ヤマダ"),
        ("中村は、真ん中の中に村という字です", "中村", "ナカムラ"),
        ("田中です。漢字は田んぼの田に中です", "田中", "タナカ"),
    ],
)
def test_a_name_with_its_signs(hear, line, written, reading):
    found = name_in(hear(line))
    assert isinstance(found, NameHeard)
    assert (found.written, found.reading) == (written, reading)


@pytest.mark.parametrize("line", ["山の山に田んぼの田です", "石ころの石に川の川です"])
def test_signs_alone_are_the_name_where_they_make_one(line):
    found = name_in(typed(line))
    assert found.written == {"山": "山田", "石": "石川"}[line[0]]


def test_signs_that_do_not_fit_what_was_said_are_only_remarked():
    found = name_in(typed("山田は川に田んぼの田です"))
    assert (found.reading, found.written) == ("ヤマダ", "")
    assert "川に田んぼの田" in found.remark
    assert name_in(typed("龍の難しいほうの漢字です")) == SignsDescribed("龍の難しいほうの漢字です")


def test_signs_described_at_the_read_back_are_taken():
    setting = Setting(now=lambda: NOW)
    form = Form(stage=Stage.NAME_CHECK, name=NameHeard(reading="ヤマダ", family="ヤマダ"))
    step = take(form, typed("山に田んぼの田です"), setting)
    assert (step.form.stage, step.form.name.written) == (Stage.NAME_CHECK, "山田")
    step = take(form, typed("難しい漢字です"), setting)
    assert (step.form.name.written, step.form.name.remark) == ("", "難しい漢字です")


@pytest.mark.parametrize(("written", "turns"), [("", ["山の山に田んぼの田"]), ("山田", [])])
def test_the_description_reaches_the_desk(written, turns):
    name = NameHeard(reading="ヤマダ", family="ヤマダ", written=written, remark="山の山に田んぼの田")
    form = Form(
        wishes=Wishes(windows=(WINDOW,)), name=name, phone=PhoneDraft(digits="09012345678"), consent="よろしいですか。"
    )
    made = request_from(form, Matter(), request_id=uuid4(), device="box-1", now=NOW)
    assert [turn.text for turn in made.conversation] == turns
    assert made.customer_name == (written or "ヤマダ")
