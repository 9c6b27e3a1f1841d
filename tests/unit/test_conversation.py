from dataclasses import replace
from datetime import datetime

import pytest

from intents.callback_form import Setting
from intents.complaints import is_complaint
from intents.conversation import Outcome, Pace, State, Understanding, react
from intents.transcripts import NOTHING_HEARD, typed
from intents.when_types import TOKYO
from tests.conversation_minds import mind_of


@pytest.fixture(scope="module")
def mind() -> Understanding:
    return mind_of(desk_phone="03-1234-5678")


@pytest.fixture
def talk(mind):
    """Say lines to one conversation; the reaction to the last one."""
    state = State()

    def say(*lines: str):
        nonlocal state
        for line in lines:
            state, reaction = react(state, typed(line) if line else NOTHING_HEARD, mind)
        return reaction, state

    return say


def text(reaction) -> str:
    return "".join(s.text for s in reaction.says)


def test_a_question_is_answered_with_its_tip(talk):
    reaction, _ = talk("返品は何日以内ですか")
    assert reaction.outcome is Outcome.ANSWER
    assert reaction.topic.id == "return-period"
    assert text(reaction) == "return-period の答え。".replace(" ", "") + "お早めに。"


def test_silence(talk):
    reaction, _ = talk("")
    assert reaction.outcome is Outcome.NOTHING_HEARD
    assert "もう一度" in text(reaction)


def test_out_of_scope_goes_to_a_human_with_the_number(talk):
    reaction, _ = talk("今日の野球の試合はどうなりましたか")
    assert reaction.outcome is Outcome.CALLBACK
    assert "03-1234-5678" in text(reaction)


def test_without_a_number_customers_are_sent_to_where_they_bought(mind):
    nobody = Understanding(matcher=mind.matcher, costs=mind.costs, book=mind.book)
    _, reaction = react(State(), typed("オペレーター"), nobody)
    assert reaction.outcome is Outcome.CALLBACK
    assert "お買い求めの窓口" in text(reaction)


def test_a_question_back_reads_titles_as_their_articles_say(talk):
    reaction, _ = talk("返品")
    assert reaction.outcome is Outcome.CLARIFY
    assert reaction.says[0].overrides["期限"] == "きげん"


def test_two_candidates_are_told_apart_by_their_titles(talk):
    reaction, state = talk("返品")
    assert reaction.outcome is Outcome.CLARIFY
    assert "返品の期限のことでしょうか、それとも、" in text(
        reaction
    ) or "返品の手続きのことでしょうか、それとも、" in text(reaction)
    assert {c.topic.id for c in state.choices} == {"return-period", "return-how"}


@pytest.mark.parametrize(("reply", "place"), [("一番", 0), ("二つ目です", 1)])
def test_choosing_by_number(talk, reply, place):
    _, asked = talk("返品")
    reaction, state = talk(reply)
    assert reaction.topic == asked.choices[place].topic
    assert state.choices == ()


def test_choosing_by_words(talk):
    talk("返品")
    reaction, _ = talk("期限のほう")
    assert reaction.topic.id == "return-period"


def test_neither_asks_for_other_words(talk):
    talk("返品")
    reaction, state = talk("どちらも違います")
    assert reaction.outcome is Outcome.CLARIFY
    assert state.choices == ()


def test_steps_are_told_one_at_a_time(talk):
    offered, _ = talk("加湿器を洗いたい")
    assert "はい" in text(offered)
    said = [text(talk(line)[0]) for line in ("はい", "次", "前", "次へ", "次", "次")]
    assert said == [
        "手順一。終わりましたら、「次」とお話しください。",
        "手順二。",
        "手順一。",
        "手順二。",
        "手順三。",
        "手順は、以上です。",
    ]


def test_yes_goes_on_with_the_steps(talk):
    said = [text(talk(line)[0]) for line in ("加湿器を洗いたい", "はい", "はい", "できました")]
    assert said[2:] == ["手順二。", "手順三。"]


@pytest.mark.parametrize("line", ["結構です", "いいえ", "大丈夫です", "いいです"])
def test_declining_the_steps_is_no_goodbye(talk, line):
    talk("加湿器を洗いたい")
    reaction, state = talk(line)
    assert not reaction.finished
    assert "かしこまりました" in text(reaction)
    assert state.steps == ()


def test_an_answer_that_was_not_understood_is_asked_for_once_more(talk):
    _, asked = talk("返品")
    again, state = talk("むにゃむにゃぴょんぴょん")
    assert again.outcome is Outcome.CLARIFY
    assert state.choices == asked.choices
    assert talk("一番")[0].topic == asked.choices[0].topic
    talk("返品", "むにゃむにゃぴょんぴょん")
    assert talk("むにゃむにゃぴょんぴょん")[0].outcome is Outcome.CALLBACK


def test_danger_without_a_number_in_the_article_tells_the_desk_and_offers_nothing(talk):
    reaction, _ = talk("煙が出ています")
    assert "すぐに担当の者とお話しください。03-1234-5678" in text(reaction)
    assert "手順を" not in text(reaction)


def test_hello_is_answered(talk):
    assert "ご質問" in text(talk("もしもし")[0])


def test_from_the_beginning(talk):
    talk("加湿器を洗いたい", "はい", "次")
    assert text(talk("最初から")[0]) == "手順一。"


def test_steps_without_an_answer_that_has_any(talk):
    assert talk("次")[0].outcome is Outcome.CLARIFY


def test_again_and_slowly(talk):
    first, _ = talk("返品は何日以内ですか")
    again, _ = talk("もう一度")
    assert again.says == first.says
    slow, state = talk("ゆっくり話してください")
    assert state.pace is Pace.SLOW
    assert slow.says[1:] == first.says
    assert talk("もっと速く")[1].pace is Pace.NORMAL


def test_nothing_to_repeat_yet(talk):
    assert "まだ" in text(talk("もう一度")[0])


def test_a_human_any_time(talk):
    talk("返品")
    reaction, state = talk("人と話したい")
    assert reaction.outcome is Outcome.CALLBACK
    assert state.choices == ()


def test_danger_is_answered_at_once(talk):
    assert talk("けむりが出てるんですけど")[0].topic.id == "smoke"


def test_goodbye_ends_it(talk):
    reaction, _ = talk("ありがとうございました")
    assert reaction.finished


def test_yes_to_nothing_asks_for_the_question(talk):
    reaction, _ = talk("はい")
    assert reaction.outcome is Outcome.CLARIFY
    assert reaction.candidates == ()


def test_danger_goes_before_the_answer_to_a_question_back(talk):
    reaction, state = talk("返品")
    assert state.choices
    reaction, _ = talk("返品じゃなくて煙が出てるんです")
    assert reaction.topic
    assert reaction.topic.id == "smoke"


# --- in a live conversation


@pytest.fixture
def live(mind):
    """Say lines to one conversation that follows its answers up; the last reaction and state."""
    following, state = replace(mind, follows_up=True), State()

    def say(*lines: str):
        nonlocal state
        for line in lines:
            state, reaction = react(state, typed(line) if line else NOTHING_HEARD, following)
        return reaction, state

    return say


def test_after_an_answer_it_is_asked_whether_that_helped(live):
    reaction, _ = live("返品は何日以内ですか")
    assert text(reaction).endswith("解決しましたか。")
    reaction, state = live("はい")
    assert "よかったです" in text(reaction)
    assert not state.asked_solved


def test_no_leads_to_a_second_guess_and_then_to_a_human(mind):
    following = replace(mind, follows_up=True)
    guess = mind.matcher.rank(typed("返品のやり方を教えて"))[:1]
    state, reaction = react(State(guesses=guess, asked_solved=True), typed("いいえ"), following)
    assert reaction.outcome is Outcome.CLARIFY
    assert "返品の手続きのことでしょうか" in text(reaction)
    state, reaction = react(state, typed("はい"), following)
    assert reaction.topic.id == "return-how"
    _, reaction = react(state, typed("いいえ"), following)
    assert reaction.outcome is Outcome.CALLBACK


def test_danger_is_not_followed_by_small_talk(live):
    reaction, state = live("煙が出ています")
    assert "解決" not in text(reaction)
    assert state.danger


def test_a_new_question_instead_of_yes_or_no(live):
    live("返品は何日以内ですか")
    reaction, _ = live("加湿器を洗いたい")
    assert reaction.topic.id == "descale"


def test_silence_is_answered_in_ever_fewer_words(live):
    said = [text(live("")[0]) for _ in range(4)]
    assert len(set(said[:3])) == 3
    assert "担当者" in said[2] == said[3]
    live("返品は何日以内ですか")
    live("")
    live("もう一度")
    assert "はい" in text(live("")[0])  # after a word of the customer it begins anew, with what was asked


def test_a_complaint_is_welcomed(live):
    reaction, state = live("もうひどすぎる、話にならないよ")
    assert state.complaint
    assert reaction.outcome is Outcome.CALLBACK
    assert "申し訳ございません" in text(reaction)


@pytest.mark.parametrize(
    ("line", "complains"), [("最悪だよ", True), ("サイテーダネ", True), ("返品したい", False), ("", False)]
)
def test_what_is_a_complaint(line, complains):
    assert is_complaint(typed(line) if line else NOTHING_HEARD) is complains


def test_a_call_is_taken_down_and_danger_interrupts_it(mind):
    calls = Setting(now=lambda: datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO), desk_phone="03-1234-5678")
    taking, state = replace(mind, follows_up=True, calls=calls), State()
    said = []
    for line in ("オペレーター", "はい", "煙が出ています", "山田です", "はい"):
        state, reaction = react(state, typed(line), taking)
        said.append(text(reaction))
    assert "お名前とお電話番号" in said[0]
    assert "お名前" in said[1]
    assert said[2].startswith("smokeの答え")
    assert "お電話番号" in said[4]
    assert state.danger
    assert state.form is not None
