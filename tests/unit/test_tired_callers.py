"""What people say beside the answers to a form, and after it: no digit, no yes and no second request is made of it."""

from datetime import datetime

import pytest

from intents.callback import Stage
from intents.callback_form import Setting
from intents.conversation import State, Understanding, react
from intents.decision import Costs
from intents.matching import Topic, TopicIndex, Wording
from intents.name_slot import NameHeard, name_in
from intents.new_time_own import own_wish_in
from intents.phone_corrections import Corrected, Unclear, correct
from intents.phone_slot import EMPTY, PhoneDraft, hear_digits
from intents.readings import reading_of
from intents.replies import Reply, reply_in
from intents.transcripts import typed
from intents.when import when_in
from intents.when_types import TOKYO, Wishes
from tests.conversation_minds import Book
from tests.unit.test_callback import NOW, TO_PHONE, TO_SUMMARY, TO_WHEN, Talk
from tests.unit.test_conversation import text

READ_BACK = PhoneDraft(digits="09012345678", last_group=4)


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("時間を変えたい", "change"),
        ("明日の午後にしてほしい", "change"),
        ("やっぱり都合が悪い", "change"),
        ("やっぱり電話はいりません", "withdraw"),
        ("さっきお願いした電話、いらなくなったんですけど", "withdraw"),
        ("やっぱりいいです", "withdraw"),
        ("もういいです", None),
        ("いつ電話が来るの", "when"),
        ("何時に電話してもらえるんですか", "when"),
        ("電話は何時まで受け付けていますか", None),
        ("電話番号を間違えました", "details"),
        ("送料はいくらですか", None),
    ],
)
def test_what_is_said_of_the_request_just_made(line, wish):
    assert own_wish_in(typed(line)) == wish


@pytest.mark.parametrize(
    "line",
    ["カレンダーを見るから", "眼鏡を取ってくるから", "あれ、なんだっけ", "えーと何番だったかな", "手帳どこだっけ"],
)
def test_words_at_the_phone_stage_are_no_digits(line):
    assert hear_digits(EMPTY, typed(line)).draft == EMPTY
    told = Talk()(*TO_PHONE, "090の1234")
    assert told(line).form.phone.digits == "0901234"


@pytest.mark.parametrize("line", ["えー", "えーっ", "ええっ", "えええ"])
def test_reluctance_is_no_consent(line):
    talk = Talk()(line)
    assert (talk.form.stage, "よろしい" in talk.said) == (Stage.CONSENT, True)
    talk = Talk()(*TO_SUMMARY, line)
    assert (talk.form.stage, talk.stored) == (Stage.SUMMARY, None)


@pytest.mark.parametrize("line", ["ええ", "えー、はい", "ええ、どうぞ"])
def test_a_yes_stays_one(line):
    assert reply_in(typed(line)) is Reply.YES


@pytest.mark.parametrize(
    "line", ["いえ、合ってますよ", "いや、それで合ってます", "いいえ、間違いないです", "いや合ってるよ"]
)
def test_a_no_before_agreement_is_a_yes(line):
    assert reply_in(typed(line)) is Reply.YES
    assert Talk()(*TO_PHONE, "090-1234-5678", line).form.stage is Stage.WHEN


@pytest.mark.parametrize("line", ["え？", "えっ？", "えっ", "はい？"])
def test_a_bare_asking_back_is_asking_for_it_again(line):
    assert reply_in(typed(line)) is Reply.REPEAT


@pytest.mark.parametrize(
    ("digits", "line", "after"),
    [
        ("09012345678", "6と7が逆", "09012345768"),
        ("09012345678", "6と7が逆です", "09012345768"),
        ("09012345678", "2つ目の4桁が1111", "09012341111"),
        ("09012345678", "最初の090は合ってる、次が1235", "09012355678"),
        ("09012345678", "1234のあとが5677", "09012345677"),
        ("07098765432", "最後は2じゃなくて1", "07098765431"),
        ("07098765432", "最後は3じゃなくて1", None),
    ],
)
def test_corrections(digits, line, after):
    found = correct(PhoneDraft(digits=digits, last_group=4), typed(line))
    if after is None:
        assert isinstance(found, Unclear)
    else:
        assert isinstance(found, Corrected)
        assert found.draft.digits == after


def test_what_is_not_at_that_place_is_not_said_to_be_nowhere():
    asked = Talk()(*TO_PHONE, "070-9876-5432", "最後は3じゃなくて1")
    assert "うかがった番号の中にございません" not in asked.said
    assert asked("いいえ").form.phone.digits == "07098765432"


def test_one_zero_too_many():
    told = Talk()(*TO_PHONE, "0-090-1234-5678")
    told = told("0は一つ") if told.form.stage is Stage.PHONE_CHECK else told
    found = correct(PhoneDraft(digits="0900123456", last_group=4), typed("0は一つ"))
    assert isinstance(found, Unclear)


def test_any_time_then_the_earliest_by_a_word():
    talk = Talk()(*TO_WHEN, "いつでも", "はい", "一番早いので")
    assert (talk.form.stage, talk.form.slot) == (Stage.SUMMARY, Talk().slots[0])


@pytest.mark.parametrize("line", ["いつでも", "いつでもいいです", "明日の午後"])
def test_a_time_is_no_name(line):
    assert not isinstance(name_in(typed(line)), NameHeard)


@pytest.mark.parametrize(
    ("line", "written", "family", "given"),
    [
        ("鈴木一郎です", "鈴木一郎", "スズキ", "イチロー"),
        ("佐々木小次郎といいます、佐々木は普通の佐々木です", "佐々木小次郎", "ササキ", "コジロー"),
        ("山田花子です", "山田花子", "ヤマダ", "ハナコ"),
    ],
)
def test_names_in_two_parts(line, written, family, given):
    found = name_in(typed(line))
    assert isinstance(found, NameHeard)
    assert (found.written, found.family, found.given.replace("ウ", "ー")) == (written, family, given)


def test_the_hour_is_kept_when_morning_or_evening_is_told():
    talk = Talk(slots=None)(*TO_WHEN, "明日の8時", "午前")
    hours = [w.begins.hour for w in talk.form.wishes.windows] if talk.form.wishes else []
    assert hours == [8] or "担当の者がおりません" in talk.said


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("祝日の翌日", [(11, 24)]),
        ("勤労感謝の日の次の日", [(11, 24)]),
        ("明日9時から10時は無理だけどそれ以外", [(11, 20)]),
    ],
)
def test_dates_beside_holidays(line, days):
    found = when_in(line, now=datetime(2026, 11, 19, 10, 15, tzinfo=TOKYO))
    assert isinstance(found, Wishes)
    assert sorted({(w.begins.month, w.begins.day) for w in found.windows}) == days


def test_a_complaint_in_the_form_is_heard():
    words = (Wording(text="加湿器を洗いたい", reading=reading_of("加湿器を洗いたい")),)
    topics = TopicIndex([Topic(id="wash", title="wash", wordings=words)])
    costs = Costs(wrong_answer=3.0, question_back=1.0, call=4.0, missed_danger=12.0)
    calls = Setting(now=lambda: NOW, desk_phone="03-1234-5678")
    mind = Understanding(matcher=topics, costs=costs, book=Book(), follows_up=True, calls=calls)
    state = State()
    for line in ("電話をください", "はい", "山田花子です", "はい", "ふざけるな"):
        state, reaction = react(state, typed(line), mind)
    assert state.complaint
    assert text(reaction).startswith("ご不便をおかけして、申し訳ございません。")
    assert state.form.stage is Stage.PHONE
    assert state.form.phone == EMPTY
