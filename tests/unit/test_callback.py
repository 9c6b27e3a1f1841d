"""Taking down a request for a call: consent first, everything read back, everything changeable, nobody stuck."""

from datetime import datetime

import pytest

from intents.callback import Stage, Wanted, arrived, begin, stored, take, with_slots
from intents.callback_form import Known, Setting
from intents.callback_words import name_check
from intents.name_slot import NameHeard
from intents.phone_slot import PhoneDraft, e164_of
from intents.transcripts import NOTHING_HEARD, typed
from intents.when_types import TOKYO, Window

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)  # Tuesday
SETTING = Setting(now=lambda: NOW, desk_phone="03-1234-5678")


def slot(hour, day=25):
    return Window(
        begins=datetime(2026, 11, day, hour, 0, tzinfo=TOKYO), ends=datetime(2026, 11, day, hour, 30, tzinfo=TOKYO)
    )


SLOTS = (slot(13), slot(15), slot(17))


def heard(line):
    return typed(line) if line else NOTHING_HEARD


class Talk:
    """A conversation with a desk that has these slots free (None: it cannot be asked)."""

    def __init__(self, slots=SLOTS, setting=SETTING):
        self.slots, self.setting = slots, setting
        self.step = begin("consent_sorry", setting)
        self.stored = None

    def __call__(self, *lines):
        for line in lines:
            self.step = take(self.step.form, heard(line), self.setting)
            if self.step.wanted is Wanted.SLOTS:
                self.step = with_slots(self.step.form, self.slots, self.setting)
            if self.step.wanted is Wanted.STORE:
                self.stored = self.step.form
                self.step = stored(self.step.form, True, self.setting)
        return self

    @property
    def form(self):
        return self.step.form

    @property
    def said(self):
        return "".join(spoken.text for spoken in self.step.says)


TO_NAME = ("はい",)
TO_PHONE = (*TO_NAME, "山田花子です", "はい")
TO_WHEN = (*TO_PHONE, "090-1234-5678", "はい")
TO_OFFER = (*TO_WHEN, "明日の午後")
TO_SUMMARY = (*TO_OFFER, "二番")


def test_a_whole_request():
    talk = Talk()(*TO_SUMMARY)
    assert "山田花子さま" in talk.said
    assert "090-1234-5678" in talk.said
    assert "25日水曜日の、午後3時" in talk.said
    assert talk.stored is None
    talk("はい")
    assert (talk.stored.name.reading, e164_of(talk.stored.phone)) == ("ヤマダハナコ", "+819012345678")
    assert talk.stored.slot == slot(15)
    assert talk.stored.consent.startswith("担当の者から、お電話を差し上げます。")
    assert talk.said.startswith("受け付けました")
    assert talk.form.stage is Stage.DONE


@pytest.mark.parametrize("line", ["いいえ", "結構です", "大丈夫です"])
def test_without_consent_nothing_personal_is_asked(line):
    talk = Talk()(line)
    assert (talk.form.stage, talk.form.name) == (Stage.LEFT, None)
    assert "03-1234-5678" in talk.said


def test_a_digit_is_corrected():
    talk = Talk()(*TO_PHONE, "090の1234の5679", "最後は9じゃなくて8")
    assert "090-1234-5678" in talk.said
    talk("はい")
    assert talk.form.stage is Stage.WHEN


def test_a_number_in_pieces():
    talk = Talk()(*TO_PHONE, "えーと、ゼロキュウゼロ", "いちにいさんよん", "ごーろくななはちです")
    assert talk.form.stage is Stage.PHONE_CHECK
    assert talk.form.phone.digits == "09012345678"


def test_a_name_may_be_kept_back():
    talk = Talk()(*TO_NAME, "言いたくありません")
    assert (talk.form.stage, talk.form.name) == (Stage.PHONE, None)


def test_a_full_name_is_read_back_with_a_pause():
    asked = name_check(NameHeard(reading="ヤマダタロウ", family="ヤマダ", given="タロウ"), 0)
    assert asked.text == "ヤマダ タロウさま、でよろしいでしょうか。"
    assert asked.overrides["ヤマダ タロウ"] == "ヤマダ、タロウ"


def test_why_a_name_is_wanted_is_explained():
    talk = Talk()(*TO_NAME, "なんで名前がいるんですか")
    assert "お呼びするため" in talk.said
    assert talk.form.stage is Stage.NAME


def test_a_wrong_name_is_said_again():
    talk = Talk()(*TO_NAME, "山田です", "ちがいます、山本です")
    assert "ヤマモト" in (talk.form.name.reading or "")
    assert talk.form.stage is Stage.NAME_CHECK


def test_an_exact_time_that_is_free_is_not_asked_about_again():
    talk = Talk()(*TO_WHEN, "明日の午後3時")
    assert (talk.form.stage, talk.form.slot) == (Stage.SUMMARY, slot(15))


def test_wishes_that_are_full_lead_to_others():
    talk = Talk()(*TO_WHEN, "明後日の午前")
    assert "空きがございません" in talk.said
    talk("最初の")
    assert (talk.form.stage, talk.form.slot) == (Stage.SUMMARY, slot(13))


def test_another_time_instead_of_the_offered():
    talk = Talk()(*TO_WHEN, "明後日の午前", "明日の午後5時")
    assert (talk.form.stage, talk.form.slot) == (Stage.SUMMARY, slot(17))


def test_offline_the_wishes_are_taken_as_they_are():
    talk = Talk(slots=None)(*TO_WHEN, "明日の午後")
    assert (talk.form.stage, talk.form.slot) == (Stage.SUMMARY, None)
    assert "明日" in talk.said
    assert "午後" in talk.said
    talk("はい")
    assert talk.stored.wishes.windows[0].begins.hour == 12


def test_the_desk_may_have_nothing_free():
    talk = Talk(slots=())(*TO_WHEN, "明日の午後")
    assert "空きがございません" in talk.said
    assert talk.form.stage is Stage.SUMMARY


def test_a_time_when_nobody_is_there():
    talk = Talk()(*TO_WHEN, "日曜の夜9時")
    assert "担当の者がおりません" in talk.said
    assert talk.form.stage is Stage.WHEN


@pytest.mark.parametrize(
    ("change", "lines", "check"),
    [
        (
            "名前が違います",
            ("佐藤です", "はい"),
            lambda form: form.name.reading == "サトー" or "サト" in form.name.reading,
        ),
        ("電話番号を直して", ("03-3456-7890", "はい"), lambda form: form.phone.digits == "0334567890"),
        ("時間を変えたい", ("明日の5時",), lambda form: form.slot == slot(17)),
        ("最後は8じゃなくて9", ("はい",), lambda form: form.phone.digits == "09012345679"),
        ("やっぱり明日の1時", (), lambda form: form.slot == slot(13)),
    ],
)
def test_anything_is_changed_before_the_end(change, lines, check):
    talk = Talk()(*TO_SUMMARY, change, *lines)
    assert talk.form.stage is Stage.SUMMARY
    assert check(talk.form)
    talk("はい")
    assert talk.stored is not None


def test_no_to_the_summary_asks_what():
    talk = Talk()(*TO_SUMMARY, "いいえ")
    assert "どこを直しましょうか" in talk.said
    talk("電話番号")
    assert talk.form.stage is Stage.PHONE


@pytest.mark.parametrize("lines", [(), TO_NAME, TO_PHONE, TO_WHEN, TO_OFFER, TO_SUMMARY])
def test_it_is_cancelled_anywhere(lines):
    talk = Talk()(*lines, "やっぱりやめます")
    assert talk.form.stage is Stage.LEFT
    assert talk.stored is None
    assert "取りやめました" in talk.said


def test_prompts_become_shorter():
    talk, said = Talk()(*TO_NAME), []
    for _ in range(2):
        talk("")
        said.append(talk.said)
    assert len(said[1]) < len(said[0])
    talk("")
    assert talk.form.stage is Stage.LEFT
    assert "いつでもお声がけください" in talk.said


def test_a_known_customer_is_not_asked_again():
    known = Known(name=NameHeard(reading="ヤマダ"), phone=PhoneDraft(digits="09012345678"))
    talk = Talk(setting=Setting(now=lambda: NOW, known=(known,)))("はい")
    assert "5678" in talk.said
    assert "1234" not in talk.said  # others in the room may listen
    talk("はい")
    assert talk.form.stage is Stage.WHEN


def test_what_could_not_be_kept_is_not_confirmed():
    form = Talk()(*TO_SUMMARY).form
    told = stored(form, False, SETTING)
    assert "受け付けました" not in told.says[0].text
    assert "03-1234-5678" in told.says[0].text


def test_the_promise_is_told_with_its_weekday():
    form = Talk()(*TO_SUMMARY, "はい").form
    assert "水曜日" in arrived(form, slot(15), SETTING).says[0].text
    assert "決まりましたら" in arrived(form, None, SETTING).says[0].text
