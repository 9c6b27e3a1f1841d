"""Nobody is stuck: a walk over the whole conversation, with a form, danger, steps, choices, from every state it reaches.

What is said again and again is tried from BEGINNINGS of them; `KOEMADO_BEGINNINGS=500` is the whole.
"""

import os
from collections import deque
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import product

import pytest

from intents.answers import Answer, Spoken
from intents.callback import stored, with_slots
from intents.callback_form import Setting, Stage, Wanted
from intents.conversation import State, Understanding, go_on, react
from intents.decision import Costs
from intents.matching import Topic, TopicIndex, Wording
from intents.readings import reading_of
from intents.transcripts import NOTHING_HEARD, typed
from intents.when_types import TOKYO, Window

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)  # Tuesday
PHONE = "03-1234-5678"
SLOTS = tuple(
    Window(begins=datetime(2026, 11, 25, hour, tzinfo=TOKYO), ends=datetime(2026, 11, 25, hour, 30, tzinfo=TOKYO))
    for hour in (13, 15)
)
TOPICS = {
    "return-period": ("返品の期限", ["返品は何日以内ですか", "返品の期限を教えて"]),
    "return-how": ("返品の手続き", ["返品のやり方を教えて", "返品の手続きをしたい"]),
    "descale": ("加湿器の掃除", ["加湿器の掃除のしかた", "加湿器を洗いたい"]),
    "smoke": ("煙が出ている", ["煙が出ています", "けむりが出てる"]),
}
SAID = (
    "", "はい", "いいえ", "むにゃむにゃぴょんぴょん", "もう一度", "ゆっくり", "次", "前", "最初から", "止めて", "結構です", "一番",
    "人と話したい", "終わり", "続き", "返品は何日以内ですか", "返品", "加湿器を洗いたい", "煙が出ています", "もう最悪だよ",
    "山田です", "090-1234-5678", "明日の午後", "電話番号が違います", "やめます",
)  # fmt: skip
COME_TO_NOTHING = ("", "むにゃむにゃぴょんぴょん", "前", "昨日")
WAYS = (
    ("人と話したい", "はい", "山田です", "はい", "090-1234-5678", "はい", "明日の午後", "一番", "いいえ"),
    ("返品", "むにゃむにゃぴょんぴょん"),
    ("加湿器を洗いたい", "はい", "次"),
    ("人と話したい", "はい", "煙が出ています"),
)
MOST_STATES = 500
MOST_KEPT = 40_000  # steps
BEGINNINGS = int(os.environ.get("KOEMADO_BEGINNINGS", "40"))  # read now: fixtures clear our variables
ROUNDS = 30  # of one and the same utterance


class Book:
    def answer(self, topic: Topic) -> Answer:
        steps = tuple(Spoken(text=f"手順{n}。") for n in "一二三") if topic.id == "descale" else ()
        return Answer(spoken=Spoken(text=f"{topic.id}の答え。"), steps=steps)


class Remembering:
    """A matcher that ranks each utterance once."""

    def __init__(self, index):
        self.rank = cache(index.rank)


def mind_of(**changes) -> Understanding:
    topics = [
        Topic(
            id=name,
            title=title,
            safety=name == "smoke",
            wordings=tuple(Wording(text=text, reading=reading_of(text)) for text in texts),
        )
        for name, (title, texts) in TOPICS.items()
    ]
    given = {
        "matcher": Remembering(TopicIndex(topics)),
        "costs": Costs(wrong_answer=3.0, question_back=1.0, call=4.0, missed_danger=12.0),
        "book": Book(),
        "desk_phone": PHONE,
        "follows_up": True,
        "calls": Setting(now=lambda: NOW, desk_phone=PHONE),
    }
    return Understanding(**(given | changes))


class Walk:
    """What one utterance leads to, with a desk that has these slots free; the same one from the same state is asked once."""

    def __init__(self, mind, slots):
        self.mind, self.slots = mind, slots
        self._known = {}  # by the state's id: states cannot be hashed, and are kept, so that no id is used again

    def __call__(self, state, line):
        kept = self._known.get((id(state), line))
        if kept is None:
            if len(self._known) > MOST_KEPT:
                self._known.clear()
            kept = self._known[id(state), line] = (state, self._taken(state, line))
        return kept[1]

    def _taken(self, state, line):
        after, reaction = react(state, typed(line) if line else NOTHING_HEARD, self.mind)
        says, finished, understood = list(reaction.says), reaction.finished, reaction.understood
        while reaction.wanted in (Wanted.SLOTS, Wanted.STORE):
            step = (
                with_slots(after.form, self.slots, self.mind.calls)
                if reaction.wanted is Wanted.SLOTS
                else stored(after.form, True, self.mind.calls)
            )
            after, reaction = go_on(after, step)
            says += reaction.says
        return after, "".join(one.text for one in says), finished or reaction.finished, understood

    def _begun(self):
        """The states along a whole request, a question back, steps and a danger."""
        yield State()
        for lines in WAYS:
            state = State()
            for line in lines:
                state = self(state, line)[0]
                yield state

    def reached(self):
        seen = {key(state): state for state in self._begun()}
        waiting = deque(seen.values())
        while waiting and len(seen) < MOST_STATES:
            state = waiting.popleft()
            for line in SAID:
                after, _, finished, _ = self(state, line)
                if not finished and key(after) not in seen:
                    seen[key(after)] = after
                    waiting.append(after)
        return list(seen.values())


def key(state):
    form = state.form
    of_form = form and (
        form.stage, form.failed, form.silent, form.rounds, form.changing, form.phone.digits, form.name is None,
        form.phone_asked, len(form.offers), form.slot is None, form.humans, form.leaving,
    )  # fmt: skip
    return (
        of_form, tuple(one.topic.id for one in state.choices), state.asked_again, len(state.steps), state.step,
        state.asked_solved, len(state.guesses), state.silent, state.put_aside, state.troubles, bool(state.said),
    )  # fmt: skip


def is_offered(before, after, said):
    """A human: the number, the word for one, or the question whether one may call."""
    return PHONE in said or "担当者" in said or (before.form is None and after.form is not None)


def is_idle(state):
    return state.form is None and not state.choices and not state.steps and not state.asked_solved


WALKS = {
    "slots": (mind_of, SLOTS),
    "offline": (mind_of, None),
    "no desk": (lambda: mind_of(calls=None), None),
}


@pytest.fixture(scope="module", params=WALKS)
def walk(request):
    make, slots = WALKS[request.param]
    return Walk(make(), slots)


@pytest.fixture(scope="module")
def states(walk):
    found = walk.reached()
    assert len(found) > (30 if walk.mind.calls is None else 400)
    if walk.mind.calls:
        asked = {state.form.stage for state in found if state.form}
        needs = {Stage.CONSENT, Stage.NAME, Stage.NAME_CHECK, Stage.PHONE, Stage.PHONE_CHECK, Stage.WHEN, Stage.SUMMARY}
        assert asked >= needs
        assert any(state.put_aside for state in found)
    assert any(state.choices for state in found)
    assert any(state.step > 0 for state in found)
    return found


def test_a_human_and_the_end_are_one_word_away(walk, states):
    for state in states:
        after, said, finished, _ = walk(state, "人と話したい")
        assert finished or is_offered(state, after, said), key(state)
        after, said, finished, _ = walk(state, "終わり")
        if not finished:  # whether to send what is whole
            assert "送っても、よろしいですか" in said, (key(state), said)
            assert walk(after, "終わり")[2], key(state)


def test_at_most_two_turns_come_to_nothing_before_a_human_is_offered(walk, states):
    """Turn by turn, from every state: what came to nothing is counted, and the count ends with an offer only."""
    for state, line in product(states, SAID):
        after, said, finished, understood = walk(state, line)
        assert after.troubles <= 2, (key(state), line)
        if not understood and not finished:
            assert after.troubles == state.troubles + 1 or is_offered(state, after, said), (key(state), line, said)
        if line == "むにゃむにゃぴょんぴょん" and state.form is None and understood:
            assert is_offered(state, after, said) or finished, (key(state), said)


def test_three_turns_that_come_to_nothing_lead_somewhere(walk, states):
    """The same without the count: within three such turns there is an offer, the end, or the form has gone on."""
    for state, lines in product(states[:: max(1, len(states) // 150)], product(COME_TO_NOTHING, repeat=3)):
        before, now = state, state
        for line in lines:
            now, said, finished, _ = walk(before, line)
            if finished or is_offered(before, now, said) or _has_gone_on(state, now) or _works(state, line):
                break
            before = now
        else:
            pytest.fail(f"{key(state)}: {lines}: {said}")


def _has_gone_on(before, after):
    if before.form is None or after.form is None:
        return after.form is not before.form
    same = (before.form.stage, before.form.name, before.form.phone, before.form.rounds, before.put_aside)
    return same != (after.form.stage, after.form.name, after.form.phone, after.form.rounds, after.put_aside)


def _works(state, line):
    """Steps are gone through one by one, and silence is work."""
    return bool(state.steps) and line in ("前", "")


def test_whatever_is_said_again_and_again_comes_to_an_end(walk, states):
    for state, line in product(states[:: max(1, len(states) // BEGINNINGS)], SAID):
        now, came = state, False
        for _ in range(ROUNDS):
            before = now
            now, said, finished, _ = walk(now, line)
            came = came or finished or is_idle(now) or is_offered(before, now, said)
            if came:
                break
        assert came or line in ("もう一度", "ゆっくり", "前", "最初から", "止めて") or _answers(line), (
            key(state),
            line,
            said,
        )


def _answers(line):
    """An answer as often as it is asked for."""
    return line in ("返品は何日以内ですか", "加湿器を洗いたい", "煙が出ています", "返品")


def test_from_every_state_the_way_to_the_end_is_short(walk, states):
    """Whatever three things were said before (a sample), one more word ends it or brings a human."""
    spoken = SAID[:: len(SAID) // 6]
    for state, lines in product(states[:: max(1, len(states) // 40)], product(spoken, repeat=2)):
        now = state
        for line in lines:
            now, _, finished, _ = walk(now, line)
            now = State() if finished else now
        after, said, finished, _ = walk(now, "人と話したい")
        assert finished or is_offered(now, after, said), (key(state), lines)


def test_the_count_begins_anew_with_what_is_understood(walk):
    state = replace(State(), troubles=1)
    assert walk(state, "返品は何日以内ですか")[0].troubles == 0
    assert walk(state, "はい")[0].troubles == 0  # offered
    assert "担当者" in walk(state, "はい")[1]
