from dataclasses import replace
from datetime import datetime

import pytest

from intents.callback import Stage, Wanted, take
from intents.callback_fill import fill
from intents.callback_form import Form, Setting
from intents.phone_slot import e164_of
from intents.transcripts import typed
from intents.when_types import TOKYO

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
SETTING = Setting(now=lambda: NOW)
WHOLE = {"name": "山田 花子", "phone": "０９０ー１２３４ー５６７８", "when": "明日の午後3時"}


def test_a_whole_form_asks_the_desk_for_its_time():
    step = fill(None, WHOLE, SETTING)
    assert step.wanted is Wanted.SLOTS
    assert step.form.name.written == "山田花子"
    assert e164_of(step.form.phone) == "+819012345678"
    assert step.form.wishes.windows[0].begins == datetime(2026, 11, 25, 15, tzinfo=TOKYO)
    assert "お名前とお電話番号" in step.form.consent


@pytest.mark.parametrize("phone", ["1234", "九時", "", "0900-00"])
def test_without_a_number_that_can_be_called_it_is_asked_for(phone):
    step = fill(None, WHOLE | {"phone": phone}, SETTING)
    assert step.form.stage is Stage.PHONE
    assert not step.form.phone.digits
    assert step.says


def test_what_is_not_given_stays_as_it_was():
    spoken = fill(None, WHOLE, SETTING).form
    step = fill(spoken, {"phone": "03-1234-5678"}, SETTING)
    assert step.form.stage is Stage.SUMMARY
    assert step.form.name == spoken.name
    assert e164_of(step.form.phone) == "+81312345678"


def test_a_number_that_was_right_is_not_lost_to_one_that_is_not():
    step = fill(fill(None, WHOLE, SETTING).form, {"phone": "99"}, SETTING)
    assert step.form.stage is Stage.PHONE


def test_without_a_name_a_call_is_asked_for_all_the_same():
    assert fill(None, {"phone": "0312345678", "when": "いつでも"}, SETTING).wanted is Wanted.SLOTS


def test_without_a_time_any_will_do():
    step = fill(None, {"phone": "0312345678"}, SETTING)
    assert (step.wanted, len(step.form.wishes.windows) > 0) == (Wanted.SLOTS, True)


def test_a_time_that_cannot_be_read_is_asked_for():
    assert fill(None, WHOLE | {"when": "そのうち"}, SETTING).form.stage is Stage.WHEN


def test_after_the_form_the_talk_goes_on_by_voice():
    step = fill(fill(None, WHOLE, SETTING).form, {}, SETTING)
    assert step.form.stage is Stage.SUMMARY
    assert take(step.form, typed("はい"), SETTING).wanted is Wanted.STORE


def test_one_field_changed_by_voice_does_not_hold_up_the_form():
    form = replace(Form(stage=Stage.PHONE), changing=True)
    assert fill(form, WHOLE, SETTING).wanted is Wanted.SLOTS
