"""Faults of the conversation that were found and mended: numbers told from their end, aids to spelling, offers, choices."""

import pytest

from intents.callback import Stage
from intents.conversation import State, Understanding, react
from intents.conversation_state import Outcome
from intents.decision import Ambiguous, decide
from intents.name_slot import NameHeard, correct_name, name_in
from intents.readings import reading_of
from intents.replies import Reply
from intents.solved_words import solved_in
from intents.transcripts import Hypothesis, Transcript, typed
from tests.conversation_minds import mind_of
from tests.unit.test_callback import TO_NAME, TO_OFFER, TO_PHONE, TO_WHEN, Talk


def morae(reading):
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=1.0),), duration_ms=0)


@pytest.mark.parametrize(
    "line", ["最後が9", "最後は9です", "末尾は9", "下4けたが5678", "後ろから4つが5678", "最後の4桁は5678です"]
)
def test_the_end_of_a_number_nobody_told_is_no_number(line):
    for said in (line, reading_of(line)):
        talk = Talk()(*TO_PHONE, said)
        assert (talk.form.stage, talk.form.phone.digits) == (Stage.PHONE, ""), said
        assert "市外局番から順に" in talk.said
        talk("090-1234-5678")
        assert (talk.form.stage, talk.form.phone.digits) == (Stage.PHONE_CHECK, "09012345678")


@pytest.mark.parametrize("line", ["080の1234の5678", "一番は、090、1234、5678"])
def test_a_whole_number_is_one_whatever_is_said_of_its_end(line):
    talk = Talk()(*TO_PHONE, line)
    assert talk.form.stage is Stage.PHONE_CHECK


def test_nobody_is_asked_for_ever_for_a_number():
    talk = Talk()(*TO_PHONE, *["最後が9"] * 4)
    assert talk.form.stage is Stage.LEFT


@pytest.mark.parametrize(
    ("name", "line", "reading"),
    [
        ("ヤマサキ", "サは座布団のザ", "ヤマザキ"),
        ("ヤマサキ", "サは座布団のザです", "ヤマザキ"),
        ("ヤマザキ", "ザは桜のサです", "ヤマサキ"),
        ("ヤマザキ", "サは桜のサです", "ヤマサキ"),
        ("ヤマザキ", "ヤマザキのザは座布団のザです", "ヤマザキ"),
        ("ヤマダ", "サは座布団のザ", None),  # no such sound in it
        ("ヤマサキ", "サは座布団のサ", None),  # a wrong aid
        ("ヤマサキ", "アサヒのア、サクラのサ、ダイコンのダ", "アサダ"),
        ("ヤマサキ", "アサヒのア、サクラのサ、座布団のダ", None),
    ],
)
def test_a_sound_told_by_a_word(name, line, reading):
    for said in (typed(line), morae(reading_of(line))):
        found = correct_name(NameHeard(reading=name), said)
        assert (found.reading if found else None) == reading


def test_a_wrong_aid_is_asked_and_nothing_is_made_of_it():
    talk = Talk()(*TO_NAME, "山崎です", "サは座布団のザ")
    assert talk.form.stage is Stage.NAME_CHECK
    assert talk.form.name.reading == "ヤマザキ"
    assert talk.said.startswith("山崎さま")
    talk = Talk()(*TO_NAME, "サは座布団のサ")
    assert (talk.form.stage, talk.form.name) == (Stage.NAME, None)
    talk = Talk()(*TO_NAME, "アサヒのア、サクラのサ、ダイコンのダ")
    assert (talk.form.stage, talk.form.name.reading) == (Stage.NAME_CHECK, "アサダ")


@pytest.mark.parametrize(
    "name", ["クスノキです", "イワモトノブです", "井上です", "キノシタ", "イチノセ", "ヒノです", "ウエノハラ", "山の上"]
)
def test_names_with_no_in_them_are_names(name):
    assert isinstance(name_in(typed(name)), NameHeard)
    assert isinstance(name_in(morae(reading_of(name))), NameHeard)


def test_a_name_put_right_keeps_the_offers():
    talk = Talk()(*TO_OFFER)
    offers = talk.form.offers
    talk("山田じゃなくて山本です")
    assert talk.form.stage is Stage.NAME_CHECK
    talk("はい")
    assert (talk.form.stage, talk.form.offers) == (Stage.OFFER, offers)
    assert "午後3時" in talk.said
    talk("二番")
    assert (talk.form.stage, talk.form.slot) == (Stage.SUMMARY, offers[1])
    assert "ヤマモト" in talk.said


def test_a_number_put_right_keeps_the_offers():
    talk = Talk()(*TO_OFFER, "電話番号を間違えました", "080-1234-5678", "はい")
    assert (talk.form.stage, len(talk.form.offers)) == (Stage.OFFER, 3)
    assert talk("三番").form.slot == talk.slots[2]


@pytest.mark.parametrize("before", [TO_OFFER, (*TO_WHEN, "いつでも")])
def test_a_yes_to_three_times_takes_none(before):
    talk = Talk()(*before, "はい")
    assert (talk.form.stage, talk.form.slot, "番号" in talk.said) == (Stage.OFFER, None, True)
    assert "午後1時" not in talk.said
    talk("お願いします")
    assert talk.form.stage is Stage.OFFER
    assert all(word in talk.said for word in ("一、", "二、", "三、", "午後5時"))
    talk("はい")
    assert (talk.form.stage, talk.form.slot) == (Stage.SUMMARY, None)
    assert "担当の者に伝えます" in talk.said


def test_a_number_after_a_yes_is_taken():
    assert Talk()(*TO_OFFER, "はい", "三番").form.slot == Talk().slots[2]
    assert Talk()(*TO_OFFER, "はい", "はい", "二番").form.slot == Talk().slots[1]


def test_nothing_understood_of_three_times_takes_none():
    talk = Talk()(*TO_OFFER, "ほげほげ", "ほげほげ", "ほげほげ")
    assert (talk.form.stage, talk.form.slot) == (Stage.SUMMARY, None)


@pytest.fixture(scope="module")
def mind() -> Understanding:
    return mind_of(desk_phone="03-1234-5678")


AMBIGUOUS = "期限"


def choice_of_two(mind):
    """A state in which one of two is asked about."""
    for line in (AMBIGUOUS, "返品と予約", "返品", "予約", "料金", "営業", "配送"):
        heard = typed(line)
        decision = decide(mind.matcher.rank(heard), mind.costs)
        if isinstance(decision, Ambiguous) and len(decision.candidates) > 1:
            return react(State(), heard, mind)[0]
    raise AssertionError("no question of the sample is ambiguous")


def said(reaction):
    return "".join(spoken.text for spoken in reaction.says)


def test_a_yes_to_one_or_the_other_ends_in_one_question_after_another(mind):
    state = choice_of_two(mind)
    first, second = (one.topic.id for one in state.choices[:2])
    state, reaction = react(state, typed("はい"), mind)
    assert len(state.choices) == 2
    state, reaction = react(state, typed("はい"), mind)
    assert [one.topic.id for one in state.choices] == [first]
    assert "「はい」か「いいえ」" in said(reaction)
    yes, reaction = react(state, typed("はい"), mind)
    assert (reaction.outcome, reaction.topic.id, yes.choices) == (Outcome.ANSWER, first, ())
    state, reaction = react(state, typed("いいえ"), mind)
    assert [one.topic.id for one in state.choices] == [second]
    no, _ = react(state, typed("いいえ"), mind)
    assert no.choices == ()
    _, reaction = react(state, typed("はい"), mind)
    assert reaction.topic.id == second


@pytest.mark.parametrize("reply", ["はい", "次", "もしもし", "前に戻って"])
def test_no_reply_keeps_a_choice_for_ever(mind, reply):
    state = choice_of_two(mind)
    for _ in range(6):
        state, _ = react(state, typed(reply), mind)
        if not state.choices:
            return
    raise AssertionError(state.choices)


@pytest.mark.parametrize(
    "heard",
    [
        "ナオリマシタアリガトー", "ナオリマシターリガトー", "ナオリマシタリガトー", "ナオッタワアリガトネ", "ツキマシターリガトーゴザイマシタ",
        "オカゲサマデナオリマシターリガトーゴザイマス", "ハイナオリマシタリガトー", "タスカリマシターリガトーゴザイマス", "デキマシタアリガト",
        "ナオリマシタドーモアリガトー", "アーナオリマシタアリガトーネー", "ウゴイタワーリガトー", "ナオッタナオッタアリガトー", "キエマシターリガトー",
        "直りましたありがとう", "直りましたありがと", "つきましたありがとね", "おかげさまで直りましたありがとうございます",
    ],
)  # fmt: skip
def test_thanks_joined_to_an_answer_are_one(heard):
    assert solved_in(morae(heard)) is Reply.YES
    assert solved_in(typed(heard)) is Reply.YES


@pytest.mark.parametrize(
    "heard", ["ダメデシターリガトー", "ナオリマセンデシターリガトー", "直りませんでしたありがとう"]
)
def test_thanks_joined_to_a_no_leave_it_one(heard):
    assert solved_in(morae(heard)) is Reply.NO
    assert solved_in(typed(heard)) is Reply.NO
