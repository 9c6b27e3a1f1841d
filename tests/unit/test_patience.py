"""Silence in every state: how long it is waited, and that it always comes to an end."""

from dataclasses import replace
from datetime import datetime

import pytest

from intents.callback import with_slots
from intents.callback_form import Setting, Stage, Wanted
from intents.conversation import go_on, react
from intents.conversation_state import Outcome, State, Understanding
from intents.patience import patience
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed
from intents.when_types import TOKYO
from tests.conversation_minds import mind_of

LINES = (
    "返品は何日以内ですか", "返品", "加湿器を洗いたい", "煙が出ています", "松の木を切ってください", "はい", "いいえ", "次", "もう一度",
    "すみません", "止めて", "人と話したい", "山田です", "090-1234-5678", "明日の午後", "一番", "二番", "どちらも違います", "ありがとう",
)  # fmt: skip
MOST_PROMPTS = 3


@pytest.fixture(scope="module")
def mind() -> Understanding:
    now = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
    return mind_of(follows_up=True, calls=Setting(now=lambda: now, desk_phone="03-1234-5678"))


@pytest.fixture
def talk(mind):
    """Say lines, "" is silence; the state and the last reaction."""

    def say(*lines: str, state: State | None = None):
        state, reaction = state or State(), None
        for line in lines:
            state, reaction = turned(state, typed(line) if line else NOTHING_HEARD, mind)
        return state, reaction

    return say


def turned(state, heard, mind):
    state, reaction = react(state, heard, mind)
    while reaction.wanted is Wanted.SLOTS and state.form:
        state, reaction = go_on(state, with_slots(state.form, None, mind.calls))
    return state, replace(reaction, wanted=Wanted.NOTHING)


def text(reaction) -> str:
    return "".join(s.text for s in reaction.says)


def shape(state):
    form = state.form
    return (
        len(state.choices), state.asked_again, len(state.steps), state.step,
        form and (form.stage, form.failed, form.silent, bool(form.phone.digits)), state.asked_solved, bool(state.guesses),
        state.silent, state.put_aside,
    )  # fmt: skip


def test_in_every_state_silence_ends_after_three_prompts_at_most(mind):
    seen, waiting = {}, [State()]
    while waiting and len(seen) < 250:
        state = waiting.pop(0)
        if shape(state) in seen:
            continue
        seen[shape(state)] = state
        waiting += [turned(state, typed(line), mind)[0] for line in LINES]
    assert {s.form.stage for s in seen.values() if s.form} >= {
        Stage.CONSENT, Stage.NAME, Stage.NAME_CHECK, Stage.PHONE, Stage.PHONE_CHECK, Stage.WHEN, Stage.SUMMARY
    }  # fmt: skip
    assert any(s.choices for s in seen.values())
    assert any(s.step >= 0 for s in seen.values())
    for reached in seen.values():
        state, prompts, over = reached, 0, False
        while not over:
            state, reaction = turned(state, NOTHING_HEARD, mind)
            prompts, over = prompts + bool(text(reaction)), reaction.finished
            assert prompts <= MOST_PROMPTS, shape(reached)
        assert state.form is None or state.choices  # what is left is forgotten by the device


@pytest.mark.parametrize(
    ("lines", "wait_ms", "asks"),
    [
        (["返品は何日以内ですか"], 8_000, True),
        (["返品"], 8_000, True),
        (["加湿器を洗いたい"], 8_000, True),
        (["加湿器を洗いたい", "はい"], 120_000, True),
        (["加湿器を洗いたい", "はい", ""], 300_000, True),
        (["人と話したい"], 8_000, True),
        (["人と話したい", "はい", "山田です"], 8_000, True),
        (["すみません"], 8_000, True),
        (["返品は何日以内ですか", "はい"], 60_000, False),
        (["煙が出ています"], 60_000, False),
        (["人と話したい", "いいえ"], 60_000, False),
    ],
)
def test_how_long_it_is_waited(talk, lines, wait_ms, asks):
    state, reaction = talk(*lines)
    found = patience(state, asked=reaction.outcome is Outcome.CLARIFY)
    assert (found.wait_ms, found.asks) == (wait_ms, asks)


def test_silence_at_a_step_reminds_once_and_says_no_more(talk):
    state, reaction = talk("加湿器を洗いたい", "はい", "")
    assert text(reaction) == "終わりましたら、「次」とお話しください。"
    assert not reaction.finished
    _, reaction = talk("", state=state)
    assert (text(reaction), reaction.finished) == ("", True)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["返品"], ["期限", "番号か", "担当者"]),
        (["返品は何日以内ですか"], ["「はい」か「いいえ」", "いったん終わります"]),
        (["加湿器を洗いたい"], ["お聞きになりますか", "いったん終わります"]),
        (["人と話したい", "はい"], ["お名前", "お名前", "いったん終わります"]),
    ],
)
def test_prompts_change_and_name_what_was_asked(talk, lines, says):
    state, _ = talk(*lines)
    said, over = [], False
    for words in says:
        assert not over
        state, reaction = talk("", state=state)
        said.append(text(reaction))
        over = reaction.finished
        assert words in said[-1]
    assert over
    assert len(set(said)) == len(said)


def hazy(reading: str) -> Transcript:
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=0.21),), duration_ms=1_500)


def test_what_was_hardly_heard_is_asked_for_once_more_and_then_a_call_is_offered(mind):
    state, reaction = react(State(), hazy("ヌラメテホムコ"), mind)
    assert (reaction.outcome, state.form) == (Outcome.CLARIFY, None)
    assert "もう一度" in text(reaction)
    _, reaction = react(state, hazy("ヌラメテホムコ"), mind)
    assert reaction.outcome is Outcome.CALLBACK


def test_what_was_heard_clearly_but_is_unknown_is_offered_a_call_at_once(talk):
    assert talk("庭の松の木を切ってください")[1].outcome is Outcome.CALLBACK


def test_after_an_answer_there_is_a_second_chance_again(mind):
    state, _ = react(State(), hazy("ヌラメテホムコ"), mind)
    state, _ = react(state, typed("返品は何日以内ですか"), mind)
    _, reaction = react(state, hazy("ヌラメテホムコ"), mind)
    assert reaction.outcome is Outcome.CLARIFY


def test_a_single_question_is_not_asked_for_again(mind):
    _, reaction = react(State(), hazy("ヌラメテホムコ"), replace(mind, follows_up=False))
    assert reaction.outcome is Outcome.CALLBACK
