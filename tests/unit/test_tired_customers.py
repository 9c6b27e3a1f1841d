"""What tired, hurried or cross people say in a conversation: nothing of it is a dead end or a wrong number."""

from datetime import date, datetime

import pytest

from intents.callback import Stage
from intents.callback_form import Setting
from intents.conversation import State, Understanding, react
from intents.decision import Costs
from intents.matching import Topic, TopicIndex, Wording
from intents.news import Rating, rating_in
from intents.phone_corrections import Corrected, Unclear, ask, correct
from intents.phone_slot import HeardKind, PhoneDraft, hear_digits
from intents.readings import reading_of
from intents.replies import Reply, reply_in
from intents.solved_words import solved_in
from intents.transcripts import typed
from intents.when import when_beside, when_in
from intents.when_types import TOKYO, Wishes
from tests.conversation_minds import Book
from tests.unit.test_callback import NOW, TO_NAME, TO_OFFER, TO_PHONE, TO_WHEN, Talk, slot
from tests.unit.test_conversation import text

EMPTY = PhoneDraft()
READ_BACK = PhoneDraft(digits="09012345678", last_group=4)


@pytest.fixture(scope="module")
def mind():
    words = {"descale": "加湿器を洗いたい", "hours": "何時まで開いていますか"}
    topics = [
        Topic(id=name, title=name, wordings=(Wording(text=told, reading=reading_of(told)),))
        for name, told in words.items()
    ]
    costs = Costs(wrong_answer=3.0, question_back=1.0, call=4.0, missed_danger=12.0)
    calls = Setting(now=lambda: NOW, desk_phone="03-1234-5678")
    return Understanding(matcher=TopicIndex(topics), costs=costs, book=Book(), follows_up=True, calls=calls)


@pytest.fixture
def talk(mind):
    state = State()

    def say(*lines):
        nonlocal state
        for line in lines:
            state, reaction = react(state, typed(line), mind)
        return reaction, state

    return say


@pytest.mark.parametrize("line", ["ちょっと待って", "まだできません", "まだや"])
def test_who_needs_time_in_the_steps_keeps_them(talk, line):
    talk("加湿器を洗いたい", "お願い")
    waited, state = talk(line)
    assert text(waited).startswith("はい、お待ちしております。")
    assert "「次」" in text(waited)
    assert waited.understood
    told, _ = talk("できた")
    assert text(told) == "手順二。"
    assert state.form is None


def test_who_needs_time_in_the_form_is_not_asked_again_at_once(talk):
    _, before = talk("人と話したい", "はい")
    waited, after = talk("ちょっと待ってください")
    assert text(waited) == "はい、お待ちしております。"
    assert after.form == before.form


@pytest.mark.parametrize(("line", "reply"), [("え、なんて？", Reply.REPEAT), ("もういっぺん言って", Reply.REPEAT)])
def test_asking_back_is_asking_for_it_again(line, reply):
    assert reply_in(typed(line)) is reply


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("しました", Reply.YES),
        ("うん、わかった", Reply.YES),
        ("うん、解決した", Reply.GOODBYE),
        ("だめだった", Reply.NO),
        ("いや、直らない", Reply.NO),
        ("まだです", Reply.NO),
        ("よくわからなかった", Reply.NO),
        ("送料はいくらですか", None),
        ("ありがとう、助かりました。", Reply.YES),
        ("オカゲサマデナオリマシタ", Reply.YES),
        ("わかりました、やってみます", Reply.YES),
        ("うん、できた", Reply.YES),  # anywhere else it means the next step
        ("もう大丈夫です", Reply.YES),
        ("よくわかりました。ありがとうございました", Reply.GOODBYE),
        ("ありがとう", Reply.GOODBYE),
        ("うーん、やっぱりつかない", Reply.NO),
        ("ヤッパリツカナイ", Reply.NO),
        ("変わりません", Reply.NO),
        ("電源がつかない", None),  # a question
        ("できたけど音がする", None),
        ("もう一度", Reply.REPEAT),
    ],
)
def test_answers_to_whether_it_is_solved(line, reply):
    assert solved_in(typed(line)) is reply


def test_a_solved_question_is_no_request_for_a_call(talk):
    talk("何時まで開いていますか")
    reaction, _ = talk("しました")
    assert text(reaction).startswith("よかったです")


@pytest.mark.parametrize(
    "line",
    ["人間出して", "生身の人と喋りたいんやけど", "スタッフにつないでもらえますか", "機械じゃ話にならん、人を出せ"],
)
def test_a_human_is_asked_for_in_many_ways(talk, line):
    reaction, state = talk(line)
    assert text(reaction).startswith("かしこまりました。")
    assert state.form is not None


def test_a_complaint_beside_the_wish_for_a_human_is_kept(talk):
    _, state = talk("最悪だ、人を出せ")
    assert state.complaint


@pytest.mark.parametrize(
    "line",
    [
        "番号はね、090でね、1234でね、5678なのよ",
        "ゼロキュウゼロ、一二三四、五六七八で間違いないです",
        "090の1234の5678でいいです",
    ],
)
def test_words_around_a_number_are_no_digits(line):
    found = hear_digits(EMPTY, typed(line))
    assert found.kind is HeardKind.COMPLETE
    assert found.draft.digits == "09012345678"


@pytest.mark.parametrize("line", ["はいはい、間違いないです", "それで間違いありません", "オッケー", "合ってますよ"])
def test_a_number_that_is_agreed_to(line):
    assert Talk()(*TO_PHONE, "090-1234-5678", line).form.stage is Stage.WHEN


def test_who_agrees_after_all_hears_the_number_again():
    asked = Talk()(*TO_PHONE, "090-1234-5678", "なんか違う気がする", "うん、合ってる")
    assert "090-1234-5678" in asked.said
    assert asked("はい").form.stage is Stage.WHEN


@pytest.mark.parametrize("line", ["いちばん最後", "一番最後です"])
def test_the_very_last_is_a_place_and_no_1(line):
    found = correct(READ_BACK, typed(line))
    assert isinstance(found, Unclear)
    assert ask(found).text == "そこは、正しくは、いくつでしょうか。"
    corrected = correct(READ_BACK, typed("9です"), found)
    assert isinstance(corrected, Corrected)
    assert corrected.draft.digits == "09012345679"


def test_what_begins_with_0_is_the_beginning():
    found = correct(READ_BACK, typed("いや、080"))
    assert isinstance(found, Corrected)
    assert found.draft.digits == "08012345678"


@pytest.mark.parametrize(
    ("line", "said"),
    [("番号は言いたくない", "番号が必要です"), ("さっきのと同じ", "こちらでは、お電話番号が分かりません")],
)
def test_no_number_is_answered_and_no_digit_is_made_up(line, said):
    told = Talk()(*TO_PHONE, line)
    assert said in told.said
    assert told.form.phone.digits == ""
    assert told("090-1234-5678").form.stage is Stage.PHONE_CHECK


def test_what_is_no_number_is_not_answered_thrice_alike():
    said = [Talk()(*TO_PHONE, *["はい"] * times).said for times in (1, 2)]
    assert said[0] != said[1]


def test_consent_explains_what_names_are_for():
    told = Talk()("なんで名前がいるの")
    assert "お名前でお呼びするため" in told.said
    assert told.form.stage is Stage.CONSENT


@pytest.mark.parametrize(
    ("line", "name"), [("わしゃ田中じゃ", "田中"), ("母は鈴木ハナです", "鈴木ハナ"), ("名乗る必要あるのか", None)]
)
def test_names_without_what_stands_around_them(line, name):
    told = Talk()(*TO_NAME, line)
    assert told.said.startswith(f"{name}さま" if name else "担当の者がお電話するときに")


@pytest.mark.parametrize("line", ["どれもだめ", "もっと遅い時間がいい", "もっと早いほうがいい", "あんまり早いと困る"])
def test_offers_of_which_none_suits(line):
    told = Talk()(*TO_OFFER, line)
    assert told.form.stage is Stage.WHEN
    assert told.form.slot is None


def test_another_time_is_one_of_the_day_that_was_spoken_of():
    talk = Talk(slots=(slot(10, 26), slot(11, 26), slot(14, 26)))(*TO_WHEN, "あさっての10時")
    assert talk.form.stage is Stage.SUMMARY
    talk.slots = (slot(11, 26),)
    talk("やっぱり11時にして")
    assert [w.begins.day for w in talk.form.wishes.windows] == [26]
    assert "26日木曜日の、午前11時" in talk.said


@pytest.mark.parametrize(
    ("line", "day", "hour"), [("11時", 27, 11), ("明日の11時", 25, 11), ("11時以降", 27, 11), ("今すぐ", 24, 10)]
)
def test_a_time_beside_a_day(line, day, hour):
    found = when_beside(line, date(2026, 11, 27), now=NOW)
    assert isinstance(found, Wishes)
    assert (found.windows[0].begins.day, found.windows[0].begins.hour) == (day, hour)


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("明日はちょっと、木曜なら", [(11, 26)]),
        ("来週なら火曜でも水曜でも", [(12, 1), (12, 2)]),
        ("明日はちょっと早めに", [(11, 25)]),
    ],
)
def test_days_as_they_are_said_in_passing(line, days):
    found = when_in(line, now=datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO))
    assert isinstance(found, Wishes)
    assert [(w.begins.month, w.begins.day) for w in found.windows] == days


def test_one_free_time_is_told_in_japanese():
    told = Talk(slots=(slot(13),))(*TO_OFFER)
    assert "午後1時から1時半の間に、お電話できます。" in told.said


def test_a_place_told_after_a_mistake_stands_alone():
    asked = correct(READ_BACK, typed("3つ目の5は6です"))
    assert isinstance(asked, Unclear)
    assert ask(asked).text.startswith("恐れ入ります。5が、そこに見当たりません。")
    found = correct(READ_BACK, typed("真ん中が4321"), asked)
    assert isinstance(found, Corrected)
    assert found.draft.digits == "09043215678"


@pytest.mark.parametrize("line", ["ちょっと待って、今出すから", "待ってくださいね、いま見てきます"])
def test_who_goes_to_look_for_something_is_waited_for(talk, line):
    _, before = talk("人と話したい", "はい", "山田花子", "はい")
    waited, after = talk(line)
    assert text(waited) == "はい、お待ちしております。"
    assert after.form == before.form


@pytest.mark.parametrize(
    ("line", "rating"),
    [("全然だめだよ、あんな態度じゃ", Rating.NO), ("よかったよ、親切な人で", Rating.YES), ("さあ、どうかな", None)],
)
def test_a_rating_with_a_reason(line, rating):
    assert rating_in(typed(line)) is rating
