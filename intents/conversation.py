"""One turn of the conversation, as a pure function: state and what was heard in, state and what to say out."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from intents import callback
from intents.answers import Answer, Spoken
from intents.callback_form import Form, Setting, Step, Wanted, is_over
from intents.complaints import is_complaint
from intents.decision import Ambiguous, Costs, Decision, Matched, danger_in, decide
from intents.matching import Candidate, Matcher, Topic
from intents.prompts import desk, prompt, which_of
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript

PHONE_NUMBER = re.compile(r"\d{2,4}[-－ー]\d{2,4}[-－ー]\d{3,4}")
WORTH_ASKING = 0.05  # probability from which a topic is more than noise
CHOICE_FLOOR = 0.005  # an answer to a question back may be vaguer than a question: 「期限のほう」
OPENINGS = {"callback": "consent_sorry", "human": "consent_human", "complaint": "consent_complaint"}
SECOND_GUESSES = 1  # more would be a quiz
CHOICE_LEAD = 4.0  # how many times likelier than the others the chosen one must be


class Outcome(StrEnum):
    """What a turn came to."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    CALLBACK = "callback"
    NOTHING_HEARD = "nothing_heard"


class Pace(StrEnum):
    """How fast to speak."""

    NORMAL = "normal"
    SLOW = "slow"


class AnswerBook(Protocol):
    """Knows what to say to a topic."""

    def answer(self, topic: Topic) -> Answer:
        """The answer to a topic the matcher found."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the conversation remembers."""

    choices: tuple[Candidate, ...] = ()  # asked about, not yet chosen
    asked_again: bool = False  # because the answer was not understood
    steps: tuple[Spoken, ...] = ()  # of the last answer
    step: int = -1  # the step last told; -1 before the first
    said: tuple[Spoken, ...] = ()  # last, for もう一度
    pace: Pace = Pace.NORMAL
    form: Form | None = None  # a request for a call that is being taken down
    asked_solved: bool = False  # the last thing said was 「解決しましたか」
    guesses: tuple[Candidate, ...] = ()  # what else may have been meant, likeliest first
    silent: int = 0  # turns in a row in which nothing was heard
    complaint: bool = False  # the customer complained
    danger: bool = False  # danger to people was reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What to do after a turn."""

    outcome: Outcome
    says: tuple[Spoken, ...]
    topic: Topic | None = None  # answered
    candidates: tuple[Candidate, ...] = ()
    finished: bool = False  # the customer is done
    wanted: Wanted = Wanted.NOTHING  # what the device does now, and tells `go_on`


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """All that is needed to react."""

    matcher: Matcher
    costs: Costs
    book: AnswerBook
    desk_phone: str = ""  # "" sends customers to where they bought
    follows_up: bool = (
        False  # after an answer ask whether it solved the matter: in a conversation, not for one question
    )
    calls: Setting | None = None  # how requests for a call are taken down; None: customers are told the number


def react(state: State, heard: Transcript, mind: Understanding) -> tuple[State, Reaction]:
    """Take one utterance; an empty transcript is silence."""
    if state.form is not None and mind.calls is not None and not state.choices:
        return _take_down(state, state.form, heard, mind)
    if heard.best is None:
        return _silence(state)
    state = replace(state, silent=0)
    reply = reply_in(heard)
    if reply:
        return _react_to_reply(state, reply, mind)
    state = replace(state, complaint=state.complaint or is_complaint(heard), asked_solved=False)
    ranked = mind.matcher.rank(heard)
    chosen = _chosen(state, ranked, mind.costs)
    return _react_to_decision(state, chosen or decide(ranked, mind.costs), ranked, mind)


def go_on(state: State, step: Step) -> tuple[State, Reaction]:
    """Take what came of `wanted`: the step that `callback.with_slots`, `stored` or `arrived` returned."""
    state, reaction = _say(replace(state, form=None if is_over(step.form) else step.form), Outcome.CALLBACK, *step.says)
    return state, replace(reaction, wanted=step.wanted)


def _take_down(state: State, form: Form, heard: Transcript, mind: Understanding) -> tuple[State, Reaction]:
    """An utterance while a request is taken down; danger is never overheard for a form."""
    reply = reply_in(heard)
    if reply in (Reply.REPEAT, Reply.SLOWER, Reply.FASTER):
        return _repeat(state, reply)
    step = callback.take(form, heard, _setting(mind))
    if reply is None and heard.best is not None:
        ranked = mind.matcher.rank(heard)
        decision = decide(ranked, mind.costs)
        reported = isinstance(decision, Matched) and decision.candidate.topic.safety
        if reported or (not step.understood and danger_in(ranked) >= mind.costs.danger_from):
            return _react_to_decision(state, decision, ranked, mind)
    return go_on(state, step)


def _setting(mind: Understanding) -> Setting:
    if mind.calls is None:
        raise ValueError("no calls are taken down here")
    return mind.calls


def is_clear(heard: Transcript, mind: Understanding) -> bool:
    """Whether what was heard so far is a reply, or asks for one article: no need to wait whether more follows."""
    return reply_in(heard) is not None or isinstance(decide(mind.matcher.rank(heard), mind.costs), Matched)


def _chosen(state: State, ranked: tuple[Candidate, ...], costs: Costs) -> Decision | None:
    """After a question back, the candidate among those asked about that the words fit clearly better than the others."""
    asked = {c.topic.id for c in state.choices}
    if danger_in([c for c in ranked if c.topic.id not in asked]) >= costs.danger_from:
        return None
    fitting = [c for c in ranked if c.topic.id in asked and c.score >= CHOICE_FLOOR]
    if not fitting or (ranked[0].topic.id not in asked and ranked[0].score >= WORTH_ASKING):
        return None
    clear = len(fitting) == 1 or fitting[0].score >= CHOICE_LEAD * fitting[1].score
    return Matched(candidate=fitting[0]) if clear else None


def _react_to_decision(
    state: State, decision: Decision, ranked: tuple[Candidate, ...], mind: Understanding
) -> tuple[State, Reaction]:
    if isinstance(decision, Matched):
        return _answer(state, decision.candidate.topic, mind, ranked)
    if isinstance(decision, Ambiguous):
        choices = decision.candidates
        state, reaction = _say(
            replace(state, choices=choices, asked_again=False), Outcome.CLARIFY, _which(choices, mind)
        )
        return state, replace(reaction, candidates=ranked)
    if state.choices and not state.asked_again:  # not understood is no reason to forget what was asked
        return _ask_again(replace(state, asked_again=True), mind)
    return _call(state, "callback", mind, ranked)


def _react_to_reply(state: State, reply: Reply, mind: Understanding) -> tuple[State, Reaction]:
    if reply is Reply.HUMAN:
        return _call(state, "human", mind)
    if reply is Reply.GOODBYE:
        state, reaction = _say(replace(state, choices=(), steps=()), Outcome.ANSWER, prompt("goodbye"))
        return state, replace(reaction, finished=True)
    if reply in (Reply.REPEAT, Reply.SLOWER, Reply.FASTER):
        return _repeat(state, reply)
    if reply is Reply.STOP:
        return state, Reaction(outcome=Outcome.ANSWER, says=(prompt("stopped"),))
    if not state.choices and (state.asked_solved or (reply is Reply.NO and state.guesses)):
        return _whether_solved(state, reply, mind)
    return _choose(state, reply, mind) if state.choices else _steer(state, reply)


def _whether_solved(state: State, reply: Reply, mind: Understanding) -> tuple[State, Reaction]:
    """A reply to 「解決しましたか」, or 「違います」 to an answer: then what else may have been meant, or a human."""
    state = replace(state, asked_solved=False)
    if reply is Reply.YES:
        return _say(replace(state, guesses=(), steps=()), Outcome.ANSWER, prompt("solved_yes"))
    if reply is not Reply.NO:
        return _steer(state, reply)
    if not state.guesses:
        return _call(state, "callback", mind)
    guess, rest = state.guesses[:1], state.guesses[1:]
    state = replace(state, choices=guess, guesses=rest, asked_again=False)
    return _say(state, Outcome.CLARIFY, prompt("second_guess"), _which(guess, mind))


def _silence(state: State) -> tuple[State, Reaction]:
    """Say ever less, and at last how to reach a human."""
    names = ("nothing_heard", "nothing_heard_again", "nothing_heard_still")
    said = prompt(names[min(state.silent, len(names) - 1)])
    return _say(replace(state, silent=state.silent + 1), Outcome.NOTHING_HEARD, said)


def _choose(state: State, reply: Reply, mind: Understanding) -> tuple[State, Reaction]:
    """A reply to 「〜のことでしょうか」."""
    place = {Reply.FIRST: 0, Reply.SECOND: 1, Reply.THIRD: 2}.get(reply, -1)
    if reply is Reply.YES and len(state.choices) == 1:
        place = 0
    if 0 <= place < len(state.choices):
        return _answer(state, state.choices[place].topic, mind)
    if reply in (Reply.NO, Reply.DECLINE):
        if state.asked_again and mind.follows_up:  # twice not understood: a human
            return _call(state, "callback", mind)
        return _say(replace(state, choices=(), asked_again=True), Outcome.CLARIFY, prompt("say_differently"))
    return _ask_again(state, mind)


def _ask_again(state: State, mind: Understanding) -> tuple[State, Reaction]:
    opening = (prompt("ask_again"),) if len(state.choices) > 1 else ()
    return _say(state, Outcome.CLARIFY, *opening, _which(state.choices, mind))


def _which(choices: tuple[Candidate, ...], mind: Understanding) -> Spoken:
    """The question back, with the articles' own readings of their titles."""
    asked = which_of(choices)
    own = {word: kana for c in choices for word, kana in mind.book.answer(c.topic).spoken.overrides.items()}
    return replace(asked, overrides={**asked.overrides, **own})


def _steer(state: State, reply: Reply) -> tuple[State, Reaction]:
    """A reply while nothing is being asked: about the steps, or a beginning."""
    if reply in (Reply.NEXT, Reply.PREVIOUS, Reply.RESTART) or (reply is Reply.YES and state.steps):
        return _step(state, reply)
    if reply is Reply.DECLINE or reply is Reply.NO:
        return _say(replace(state, steps=()), Outcome.ANSWER, prompt("declined"))
    return _say(state, Outcome.CLARIFY, prompt("go_ahead"))


def _step(state: State, reply: Reply) -> tuple[State, Reaction]:
    if not state.steps:
        return _say(state, Outcome.CLARIFY, prompt("step_none"))
    wanted = {Reply.PREVIOUS: max(0, state.step - 1), Reply.RESTART: 0}.get(reply, state.step + 1)
    if wanted >= len(state.steps):
        return _say(replace(state, steps=(), step=-1), Outcome.ANSWER, prompt("step_last"))
    hint = (prompt("step_hint"),) if state.step < 0 and len(state.steps) > 1 else ()
    return _say(replace(state, step=wanted), Outcome.ANSWER, state.steps[wanted], *hint)


def _repeat(state: State, reply: Reply) -> tuple[State, Reaction]:
    pace = {Reply.SLOWER: Pace.SLOW, Reply.FASTER: Pace.NORMAL}.get(reply, state.pace)
    opening = (prompt(str(reply)),) if reply is not Reply.REPEAT else ()
    says = (*opening, *state.said) or (prompt("nothing_to_repeat"),)
    return replace(state, pace=pace), Reaction(outcome=Outcome.ANSWER, says=says)


def _answer(
    state: State, topic: Topic, mind: Understanding, ranked: tuple[Candidate, ...] = ()
) -> tuple[State, Reaction]:
    answer = mind.book.answer(topic)
    asks = mind.follows_up and not topic.safety and not answer.steps
    state = replace(state, choices=(), steps=answer.steps, step=-1, asked_solved=asks, asked_again=False)
    state = replace(state, guesses=_others(topic, ranked or state.guesses), danger=state.danger or topic.safety)
    before = (prompt("complaint_heard"),) if state.complaint and not topic.safety and mind.follows_up else ()
    after = (prompt("solved"),) if asks else ()
    says = (*before, answer.spoken, *_beside(answer, topic, mind.desk_phone), *after)
    state, reaction = _say(state, Outcome.ANSWER, *says)
    return state, replace(reaction, topic=topic, candidates=ranked)


def _others(topic: Topic, ranked: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    return tuple(c for c in ranked if c.topic.id != topic.id and c.score >= WORTH_ASKING)[:SECOND_GUESSES]


def _beside(answer: Answer, topic: Topic, desk_phone: str) -> tuple[Spoken, ...]:
    """What is said after the answer: in danger where a human is, at once; else the offer of steps, or a tip."""
    if topic.safety:
        told = PHONE_NUMBER.search(answer.spoken.text)
        return () if told else (prompt("safety_human", desk=desk(desk_phone)),)
    if answer.steps:
        return (prompt("steps_offer"),)
    return (answer.tip,) if answer.tip else ()


def _call(state: State, name: str, mind: Understanding, ranked: tuple[Candidate, ...] = ()) -> tuple[State, Reaction]:
    state = replace(state, choices=(), steps=(), guesses=(), asked_solved=False, asked_again=False)
    if state.complaint and name == "callback":
        name = "complaint"
    if mind.calls is not None:
        state, reaction = go_on(state, callback.begin(OPENINGS[name], mind.calls, state.form))
        return state, replace(reaction, candidates=ranked)
    state, reaction = _say(state, Outcome.CALLBACK, prompt(name, desk=desk(mind.desk_phone)))
    return state, replace(reaction, candidates=ranked)


def _say(state: State, outcome: Outcome, *says: Spoken) -> tuple[State, Reaction]:
    remembered = state if outcome is Outcome.NOTHING_HEARD else replace(state, said=says)
    return remembered, Reaction(outcome=outcome, says=says)
