"""What is asked around step-by-step help: いいえ to its offer is no complaint about the answer, its end asks whether it helped."""

from dataclasses import replace

import pytest

from intents.conversation import Outcome, State, react
from intents.transcripts import typed
from tests.conversation_minds import mind_of
from tests.unit.test_conversation import text


@pytest.fixture
def say():
    mind, state = replace(mind_of(), follows_up=True), State()

    def say(*lines):
        nonlocal state
        for line in lines:
            state, reaction = react(state, typed(line), mind)
        return reaction, state

    return say


def test_the_end_of_the_steps_asks_whether_it_helped(say):
    reaction, _ = say("加湿器を洗いたい", "はい", "次", "次", "次")
    assert "手順は、以上です。" in text(reaction)
    assert text(reaction).endswith("解決しましたか。")
    reaction, _ = say("だめでした")
    assert reaction.outcome is not Outcome.ANSWER


@pytest.mark.parametrize("line", ["いいえ", "いえ", "ううん"])
def test_no_to_the_offer_of_steps_declines_them(line):
    mind = replace(mind_of(), follows_up=True)
    state, _ = react(State(), typed("加湿器を洗いたい"), mind)
    state = replace(state, guesses=mind.matcher.rank(typed("返品の期限を教えて"))[:1])
    _, declined = react(state, typed(line), mind)
    assert "かしこまりました" in text(declined)
    _, guessed = react(state, typed("違います"), mind)
    assert "返品の期限のことでしょうか" in text(guessed)


def test_steps_of_a_wrong_answer_are_over(say):
    say("加湿器を洗いたい")
    reaction, state = say("返品", "どちらも違います", "はい")
    assert state.steps == ()
    assert "手順" not in text(reaction)
