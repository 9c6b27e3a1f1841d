"""What older, hesitant and impatient customers say, found by playing them: heard as what they mean."""

import pytest

from intents.callback import Stage
from intents.callback_leaving import asks_plainly, wants_human
from intents.name_slot import NameHeard, name_in
from intents.readings import reading_of
from intents.replies import Reply, reply_in
from intents.transcripts import Hypothesis, Transcript, typed
from tests.unit.test_callback import TO_NAME, TO_PHONE, Talk


def morae(text):
    reading = reading_of(text)
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=1.0),), duration_ms=0)


@pytest.mark.parametrize(
    "line",
    [
        "電話が欲しいんだけどねえ", "電話してください", "電話ください", "電話ちょうだい", "電話してほしいんですけど", "担当の人おる？", "係の人いますか",
        "お電話をいただけますか", "うちに電話してもらえますか", "電話もらえないかな", "誰か呼んでください", "電話をもらいたいんだけど",
    ],
)  # fmt: skip
def test_who_asks_for_a_call_wants_a_human(line):
    assert wants_human(typed(line))
    assert wants_human(morae(line))


@pytest.mark.parametrize(
    "line",
    [
        "銀行に電話してくださいと言われた",
        "電話が欲しい人は何番",
        "電話で注文できますか",
        "電話の子機がほしい",
        "電話がつながらない",
    ],
)
def test_a_call_that_is_only_spoken_of_is_no_wish(line):
    assert not wants_human(typed(line))


@pytest.mark.parametrize(
    "line",
    [
        "鈴木だってば",
        "鈴木でいいよ",
        "鈴木でいいです",
        "鈴木でけっこうです",
        "鈴木だよ",
        "鈴木ですってば",
        "鈴木っていうんだけど",
        "鈴木ってもんだけど",
    ],
)
def test_a_family_name_said_impatiently(line):
    assert name_in(typed(line)).family == "スズキ"


@pytest.mark.parametrize("line", ["次の日曜です", "明日の午後3時", "来週の月曜", "12月3日"])
def test_a_day_is_no_name(line):
    talk = Talk()(*TO_NAME, line)
    assert (talk.form.stage, talk.form.name) == (Stage.NAME, None)


@pytest.mark.parametrize(
    "line", ["春さんです", "秋山です", "日向です", "五十嵐です", "四月一日です", "夏木マリです", "朝日です"]
)
def test_names_that_sound_like_times_are_names(line):
    assert isinstance(name_in(typed(line)), NameHeard)
    talk = Talk()(*TO_NAME, line)
    assert talk.form.stage is Stage.NAME_CHECK or line == "四月一日です"


def test_a_number_told_too_early_is_kept():
    talk = Talk()(*TO_NAME, "090-1234-5678")
    assert (talk.form.stage, talk.form.phone.digits) == (Stage.NAME, "09012345678")
    talk("山田花子です", "はい")
    assert (talk.form.stage, "090-1234-5678" in talk.said) == (Stage.PHONE_CHECK, True)


def test_who_tells_the_number_to_the_name_read_back_has_agreed():
    talk = Talk()(*TO_NAME, "鈴木です", "0312345678")
    assert (talk.form.stage, talk.form.phone.digits, talk.form.name.family) == (
        Stage.PHONE_CHECK,
        "0312345678",
        "スズキ",
    )


@pytest.mark.parametrize("line", ["うーん、どうしようかな", "どうしようかしら", "ちょっと考えさせてください"])
def test_who_hesitates_is_waited_for(line):
    assert reply_in(typed(line)) is Reply.WAIT


@pytest.mark.parametrize(
    "line",
    [
        "まあ、お願いしようかしら",
        "じゃあ頼むわ",
        "お願いしときます",
        "うん、お願いするわ",
        "せっかくだからお願いします",
    ],
)
def test_a_hesitant_yes_is_one(line):
    assert reply_in(typed(line)) is Reply.YES
    assert Talk()(line).form.stage is Stage.NAME


@pytest.mark.parametrize(
    "line", ["電話が欲しいんだけどねえ", "担当の人おる？", "ちょっと電話ちょうだい", "すみません、電話してください"]
)
def test_asking_for_a_call_is_all_that_is_said(line):
    assert asks_plainly(typed(line))
    assert asks_plainly(morae(line))


@pytest.mark.parametrize("line", ["火が出た、電話して", "銀行から電話してください", "煙が出てるから早く電話して"])
def test_what_else_is_said_counts_more(line):
    assert not asks_plainly(typed(line))


@pytest.mark.parametrize(
    "line", ["携帯でもいいですか", "家の番号でいいの", "スマホでも大丈夫？", "携帯ですか、家ですか"]
)
def test_which_number_may_be_told(line):
    talk = Talk()(*TO_PHONE, line)
    assert (talk.form.stage, "ご自宅でも" in talk.said) == (Stage.PHONE, True)


def test_the_same_number_once_more_is_a_yes():
    assert Talk()(*TO_PHONE, "090-1234-5678", "090-1234-5678").form.stage is Stage.WHEN
    talk = Talk()(*TO_PHONE, "090-1234-5678", "090-1234-5679")
    assert (talk.form.stage, talk.form.phone.digits) == (Stage.PHONE_CHECK, "09012345679")


@pytest.mark.parametrize("line", ["ちょっと待ってね", "ええと、ちょっと待ってね", "待っとって"])
def test_who_asks_for_patience_gets_it(line):
    assert reply_in(typed(line)) is Reply.WAIT


def test_a_name_with_and_what_of_it():
    assert name_in(typed("中村ですけど何か")).family == "ナカムラ"


@pytest.mark.parametrize("line", ["明日は医者だからねえ", "最後にもう一つ聞きたい", "最後の人に代わって"])
def test_other_speech_tells_no_end_of_a_number(line):
    assert "市外局番から順に" not in Talk()(*TO_PHONE, line).said


@pytest.mark.parametrize(
    "line", ["ちいと待ってくれんかのう", "ちょいと待ってね", "ちょっと待っておくれ", "すまんが待ってくれ"]
)
def test_waiting_for_a_number_is_no_number(line):
    for said in (line, reading_of(line)):
        talk = Talk()(*TO_PHONE, said)
        assert (talk.form.stage, talk.form.phone.digits, talk.step.understood) == (Stage.PHONE, "", False)
    assert talk("090-1234-5678").form.phone.digits == "09012345678"


@pytest.mark.parametrize(
    "line", ["ちょっと待って、090-1234-5678", "ゼロキューゼロ、ちょっと待ってね、イチニーサンヨン"]
)
def test_digits_beside_it_count(line):
    assert len(Talk()(*TO_PHONE, line).form.phone.digits) >= 7


def test_a_short_yes_of_an_older_man():
    assert Talk()(*TO_PHONE, "090-1234-5678", "おう").form.stage is Stage.WHEN
