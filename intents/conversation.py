"""One turn of the conversation, as a pure function: state and what was heard in, state and what to say out."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from intents.answers import Answer, Spoken
from intents.decision import Ambiguous, Decision, Matched, Thresholds, decide
from intents.matching import Candidate, Matcher, Topic
from intents.prompts import desk, prompt, which_of
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript

SHOWN = 5  # candidates a reaction tells of
RANKED = 20  # looked at when one of those asked about may be meant
CHOICE_FLOOR = 0.1  # an answer to a question back may be this much vaguer than a question: 「期限のほう」


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
    steps: tuple[Spoken, ...] = ()  # of the last answer
    step: int = -1  # the step last told; -1 before the first
    said: tuple[Spoken, ...] = ()  # last, for もう一度
    pace: Pace = Pace.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What to do after a turn."""

    outcome: Outcome
    says: tuple[Spoken, ...]
    topic: Topic | None = None  # answered
    candidates: tuple[Candidate, ...] = ()
    finished: bool = False  # the customer is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """All that is needed to react."""

    matcher: Matcher
    thresholds: Thresholds
    book: AnswerBook
    desk_phone: str = ""  # "" tells customers to ask somebody nearby


def react(state: State, heard: Transcript, mind: Understanding) -> tuple[State, Reaction]:
    """Take one utterance; an empty transcript is silence."""
    if heard.best is None:
        return _say(state, Outcome.NOTHING_HEARD, prompt("nothing_heard"))
    reply = reply_in(heard)
    if reply:
        return _react_to_reply(state, reply, mind)
    ranked = mind.matcher.rank(heard, limit=RANKED if state.choices else SHOWN)
    chosen = _chosen(state, ranked, mind.thresholds)
    return _react_to_decision(state, chosen or decide(ranked, mind.thresholds), ranked[:SHOWN], mind)


def _chosen(state: State, ranked: tuple[Candidate, ...], thresholds: Thresholds) -> Decision | None:
    """After a question back, the candidate among those asked about that the words fit clearly better than the others."""
    asked = {c.topic.id for c in state.choices}
    fitting = [c for c in ranked if c.topic.id in asked and c.score >= thresholds.ask * CHOICE_FLOOR]
    if not fitting or (ranked[0].topic.id not in asked and ranked[0].score >= thresholds.ask):
        return None
    clear = len(fitting) == 1 or fitting[0].score >= thresholds.lead * fitting[1].score
    return Matched(candidate=fitting[0]) if clear else None


def _react_to_decision(
    state: State, decision: Decision, ranked: tuple[Candidate, ...], mind: Understanding
) -> tuple[State, Reaction]:
    if isinstance(decision, Matched):
        return _answer(state, decision.candidate.topic, mind, ranked)
    if isinstance(decision, Ambiguous):
        choices = decision.candidates
        state, reaction = _say(replace(state, choices=choices), Outcome.CLARIFY, which_of(choices))
        return state, replace(reaction, candidates=ranked)
    return _call(state, "callback", mind, ranked)


def _react_to_reply(state: State, reply: Reply, mind: Understanding) -> tuple[State, Reaction]:
    numbered = {Reply.FIRST: 0, Reply.SECOND: 1, Reply.THIRD: 2}
    if reply is Reply.HUMAN:
        return _call(state, "human", mind)
    if reply is Reply.GOODBYE:
        state, reaction = _say(replace(state, choices=(), steps=()), Outcome.ANSWER, prompt("goodbye"))
        return state, replace(reaction, finished=True)
    if state.choices:
        if reply is Reply.YES and len(state.choices) == 1:
            return _answer(state, state.choices[0].topic, mind)
        if reply in numbered and numbered[reply] < len(state.choices):
            return _answer(state, state.choices[numbered[reply]].topic, mind)
        if reply is Reply.NO:
            return _say(replace(state, choices=()), Outcome.CLARIFY, prompt("say_differently"))
    return _steer(state, reply)


def _steer(state: State, reply: Reply) -> tuple[State, Reaction]:
    """Commands about the telling itself."""
    if reply in (Reply.NEXT, Reply.PREVIOUS, Reply.RESTART) or (reply is Reply.YES and state.steps and state.step < 0):
        return _step(state, reply)
    if reply in (Reply.REPEAT, Reply.SLOWER, Reply.FASTER):
        return _repeat(state, reply)
    if reply is Reply.STOP:
        return state, Reaction(outcome=Outcome.ANSWER, says=(prompt("stopped"),))
    if state.choices:
        return _say(state, Outcome.CLARIFY, which_of(state.choices))
    return _say(replace(state, steps=()), Outcome.CLARIFY, prompt("go_ahead"))


def _step(state: State, reply: Reply) -> tuple[State, Reaction]:
    if not state.steps:
        return _say(state, Outcome.CLARIFY, prompt("step_none"))
    wanted = {Reply.PREVIOUS: max(0, state.step - 1), Reply.RESTART: 0}.get(reply, state.step + 1)
    if wanted >= len(state.steps):
        return _say(replace(state, steps=(), step=-1), Outcome.ANSWER, prompt("step_last"))
    return _say(replace(state, step=wanted), Outcome.ANSWER, state.steps[wanted])


def _repeat(state: State, reply: Reply) -> tuple[State, Reaction]:
    pace = {Reply.SLOWER: Pace.SLOW, Reply.FASTER: Pace.NORMAL}.get(reply, state.pace)
    opening = (prompt(str(reply)),) if reply is not Reply.REPEAT else ()
    says = (*opening, *state.said) or (prompt("nothing_to_repeat"),)
    return replace(state, pace=pace), Reaction(outcome=Outcome.ANSWER, says=says)


def _answer(
    state: State, topic: Topic, mind: Understanding, ranked: tuple[Candidate, ...] = ()
) -> tuple[State, Reaction]:
    answer = mind.book.answer(topic)
    offer = (prompt("steps_offer"),) if answer.steps else ()
    tip = (answer.tip,) if answer.tip and not answer.steps else ()
    state = replace(state, choices=(), steps=answer.steps, step=-1)
    state, reaction = _say(state, Outcome.ANSWER, answer.spoken, *tip, *offer)
    return state, replace(reaction, topic=topic, candidates=ranked)


def _call(state: State, name: str, mind: Understanding, ranked: tuple[Candidate, ...] = ()) -> tuple[State, Reaction]:
    spoken = prompt(name, desk=desk(mind.desk_phone))
    state, reaction = _say(replace(state, choices=(), steps=()), Outcome.CALLBACK, spoken)
    return state, replace(reaction, candidates=ranked)


def _say(state: State, outcome: Outcome, *says: Spoken) -> tuple[State, Reaction]:
    remembered = state if outcome is Outcome.NOTHING_HEARD else replace(state, said=says)
    return remembered, Reaction(outcome=outcome, says=says)
