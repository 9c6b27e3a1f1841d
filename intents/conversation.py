"""One turn of the conversation, as a pure function: state and what was heard in, state and what to say out."""

from dataclasses import replace

from intents import callback
from intents.answer_beside import PHONE_NUMBER, said_behind
from intents.answers import Answer, Spoken
from intents.callback_form import Form, Setting, Step, is_over
from intents.callback_leaving import asks_plainly, wants_human
from intents.callback_memory import ask_whether_to_forget, is_brief, is_forgetting
from intents.choosing import asked_which, chosen, others
from intents.complaints import is_complaint
from intents.conversation_state import Outcome, Pace, Reaction, State, Understanding
from intents.decision import Ambiguous, Decision, Matched, Unknown, danger_in, decide
from intents.doubt import is_doubtful
from intents.form_talk import back, beside, come_back, failed, is_complaint_to, is_question, with_apology, with_sympathy
from intents.human_hints import with_human
from intents.matching import Candidate, Topic
from intents.patience import asks_to_wait, silent_prompts, wait
from intents.prompts import desk, prompt
from intents.replies import Reply, reply_in
from intents.reply_signs import is_plain_denial
from intents.solved_words import solved_in
from intents.transcripts import Transcript

__all__ = ["PHONE_NUMBER", "Outcome", "Pace", "Reaction", "State", "Understanding", "go_on", "is_clear", "react"]

MOST_UNCHOSEN = 2  # from then on one thing is asked at a time
OPENINGS = {"callback": "consent_sorry", "human": "consent_human", "complaint": "consent_complaint"}


def react(state: State, heard: Transcript, mind: Understanding) -> tuple[State, Reaction]:
    """Take one utterance; an empty transcript is silence."""
    after, reaction = _react(state, heard, mind)
    return with_human(state, after, reaction, mind)


def _react(state: State, heard: Transcript, mind: Understanding) -> tuple[State, Reaction]:
    if state.form is not None and mind.calls is not None and not state.choices:
        return _take_down(state, state.form, heard, mind)
    if heard.best is None:
        return _silence(state, mind)
    state = replace(state, silent=0)
    if state.form is None and mind.calls is not None and is_forgetting(heard, mind.calls):
        return go_on(state, ask_whether_to_forget(mind.calls))
    reply = _reply_in(state, heard, mind)
    state = replace(state, complaint=state.complaint or (reply in (None, Reply.HUMAN) and is_complaint(heard)))
    if reply:
        return _react_to_reply(state, reply, mind)
    state = replace(state, asked_solved=False)
    ranked = mind.matcher.rank(heard)
    decision = chosen(state.choices, ranked, mind.costs) or decide(ranked, mind.costs)
    if isinstance(decision, Unknown) and mind.follows_up and _is_first_doubt(state) and is_doubtful(heard):
        return _fail(replace(state, asked_again=True), Outcome.CLARIFY, prompt("misheard"))
    return _react_to_decision(state, decision, ranked, mind)


def _reply_in(state: State, heard: Transcript, mind: Understanding) -> Reply | None:
    """The reply that an utterance is, or comes to: a human or time asked for in a sentence of one's own."""
    reply = solved_in(heard) if state.asked_solved else reply_in(heard)
    if state.steps and state.step < 0 and not state.choices and is_plain_denial(heard):
        return Reply.DECLINE  # of the offer of steps; 「違います」 is said of the answer
    wish = Reply.HUMAN if wants_human(heard) else Reply.WAIT if asks_to_wait(heard) else None
    return wish if reply is None and wish and (asks_plainly(heard) or not is_clear(heard, mind)) else reply


def _is_first_doubt(state: State) -> bool:
    return not (state.asked_again or state.choices or state.complaint)


def go_on(state: State, step: Step) -> tuple[State, Reaction]:
    """Take what came of `wanted`: the step that `callback.with_slots`, `stored` or `arrived` returned."""
    state, reaction = _say(replace(state, form=None if is_over(step.form) else step.form), Outcome.CALLBACK, *step.says)
    return state, replace(reaction, wanted=step.wanted, finished=step.finished)


def _take_down(state: State, form: Form, heard: Transcript, mind: Understanding) -> tuple[State, Reaction]:
    """An utterance while a request is taken down; danger is never overheard for a form."""
    reply = reply_in(heard)
    if reply in (Reply.REPEAT, Reply.SLOWER, Reply.FASTER):
        return _repeat(replace(state, form=replace(form, silent=0)), reply)
    step = callback.take(form, heard, _setting(mind))
    if (reply is Reply.WAIT or asks_to_wait(heard)) and (reply or failed(form, step)):
        return replace(state, form=replace(form, silent=0)), wait(state, Reply.WAIT)
    if is_over(step.form) and not step.understood and (reply or _asks_something(heard, mind)):
        return _react(replace(state, form=None), heard, mind)
    complains = reply is None and is_complaint_to(form, step, heard)
    is_first, state = not state.complaint, replace(state, complaint=state.complaint or complains)
    if reply is None and heard.best is not None:
        ranked = mind.matcher.rank(beside(step, heard))
        decision = decide(ranked, mind.costs)
        reported = isinstance(decision, Matched) and decision.candidate.topic.safety
        if reported or (not step.understood and danger_in(ranked) >= mind.costs.danger_from):
            return _react_to_decision(state, decision, ranked, mind)
        if is_question(form, step, heard, decision):
            return _react_to_decision(replace(state, form=replace(form, silent=0)), decision, ranked, mind)
        step = with_sympathy(step, form, _setting(mind), is_first=is_first) if complains else step
        step = with_apology(step, form, heard) if isinstance(decision, Unknown) else step
    if state.put_aside:
        step = come_back(form, heard, step, _setting(mind))
    state, reaction = go_on(replace(state, put_aside=False), step)
    gone = heard.best is None and is_over(step.form)  # nobody is there any more
    return state, replace(reaction, finished=step.finished or gone, understood=not failed(form, step))


def _asks_something(heard: Transcript, mind: Understanding) -> bool:
    """Whether what is no answer to the last question is more than a murmur."""
    return not is_brief(heard) or not isinstance(decide(mind.matcher.rank(heard), mind.costs), Unknown)


def _setting(mind: Understanding) -> Setting:
    if mind.calls is None:
        raise ValueError("no calls are taken down here")
    return mind.calls


def is_clear(heard: Transcript, mind: Understanding) -> bool:
    """Whether what was heard so far is a reply, or asks for one article: no need to wait whether more follows."""
    return reply_in(heard) is not None or isinstance(decide(mind.matcher.rank(heard), mind.costs), Matched)


def _react_to_decision(
    state: State, decision: Decision, ranked: tuple[Candidate, ...], mind: Understanding
) -> tuple[State, Reaction]:
    if isinstance(decision, Matched):
        return _answer(state, decision.candidate.topic, mind, ranked)
    if isinstance(decision, Ambiguous):
        choices = decision.candidates
        state, reaction = _say(
            replace(state, choices=choices, guesses=(), unchosen=0, asked_again=False),
            Outcome.CLARIFY,
            asked_which(choices, mind),
        )
        return state, replace(reaction, candidates=ranked)
    if state.choices and not state.asked_again:  # not understood is no reason to forget what was asked
        return _ask_again(replace(state, asked_again=True), mind)
    return _call(state, "callback", mind, ranked)


def _react_to_reply(state: State, reply: Reply, mind: Understanding) -> tuple[State, Reaction]:
    if reply is Reply.HUMAN:
        return _call(state, "human", mind)
    if reply is Reply.GOODBYE:
        return _part(state, mind)
    if reply in (Reply.REPEAT, Reply.SLOWER, Reply.FASTER):
        return _repeat(state, reply)
    if reply in (Reply.WAIT, Reply.NOT_YET, Reply.STOP):
        return state, wait(state, reply)
    if not state.choices and (state.asked_solved or (reply is Reply.NO and state.guesses)):
        return _whether_solved(state, reply, mind)
    return _choose(state, reply, mind) if state.choices else _steer(state, reply, mind)


def _part(state: State, mind: Understanding) -> tuple[State, Reaction]:
    """A goodbye; one said to a question back in the middle of a form is one to the form."""
    if state.form is not None and mind.calls is not None:
        return go_on(replace(state, choices=()), callback.end(state.form, mind.calls))
    state, reaction = _say(replace(state, choices=(), steps=()), Outcome.ANSWER, prompt("goodbye"))
    return state, replace(reaction, finished=True)


def _whether_solved(state: State, reply: Reply, mind: Understanding) -> tuple[State, Reaction]:
    """A reply to 「解決しましたか」, or 「違います」 to an answer: then what else may have been meant, or a human."""
    state = replace(state, asked_solved=False)
    if reply is Reply.YES:
        return _say(replace(state, guesses=(), steps=()), Outcome.ANSWER, prompt("solved_yes"))
    if reply is not Reply.NO:
        return _steer(state, reply, mind)
    if not state.guesses:
        return _call(state, "callback", mind)
    guess, rest = state.guesses[:1], state.guesses[1:]
    state = replace(state, choices=guess, guesses=rest, asked_again=False)
    return _fail(state, Outcome.CLARIFY, prompt("second_guess"), asked_which(guess, mind))


def _silence(state: State, mind: Understanding) -> tuple[State, Reaction]:
    """Say ever less; with the last the conversation is over."""
    names = silent_prompts(state)
    name = names[min(state.silent, len(names) - 1)]
    asked = (asked_which(state.choices, mind),) if name == "silent_choices" else ()
    said = (prompt(name), *asked) if name else ()
    working = bool(state.steps) and state.step >= 0  # silence is no failure
    state, reaction = _say(replace(state, silent=state.silent + 1), Outcome.NOTHING_HEARD, *said)
    return state, replace(reaction, finished=state.silent >= len(names), understood=working)


def _choose(state: State, reply: Reply, mind: Understanding) -> tuple[State, Reaction]:
    """A reply to 「〜のことでしょうか」."""
    place = {Reply.FIRST: 0, Reply.SECOND: 1, Reply.THIRD: 2}.get(reply, -1)
    if reply is Reply.YES and len(state.choices) == 1:
        place = 0
    if 0 <= place < len(state.choices):
        return _answer(state, state.choices[place].topic, mind)
    return _none_of_them(state, mind) if reply in (Reply.NO, Reply.DECLINE) else _not_chosen(state, mind)


def _none_of_them(state: State, mind: Understanding) -> tuple[State, Reaction]:
    """「違います」: the next of them, where they are asked one after another."""
    if len(state.choices) == 1 and state.guesses and state.unchosen:  # one after another
        return _whether(replace(state, choices=state.guesses), mind)
    if state.asked_again and mind.follows_up:  # twice not understood: a human
        return _call(state, "callback", mind)
    return _fail(replace(state, choices=(), steps=(), asked_again=True), Outcome.CLARIFY, prompt("say_differently"))


def _not_chosen(state: State, mind: Understanding) -> tuple[State, Reaction]:
    """A reply that chooses none of them: asked again once, then one after another, then no more."""
    state = replace(state, unchosen=state.unchosen + 1)
    if state.unchosen < MOST_UNCHOSEN:
        return _ask_again(state, mind)
    if len(state.choices) > 1:
        return _whether(state, mind)
    return _fail(replace(state, choices=(), guesses=(), unchosen=0), Outcome.CLARIFY, prompt("say_differently"))


def _whether(state: State, mind: Understanding) -> tuple[State, Reaction]:
    """Ask of the first choice alone whether it is meant; the others are asked after it."""
    state = replace(state, choices=state.choices[:1], guesses=state.choices[1:], asked_again=False)
    return _fail(state, Outcome.CLARIFY, asked_which(state.choices, mind), prompt("silent_yes_no"))


def _ask_again(state: State, mind: Understanding) -> tuple[State, Reaction]:
    opening = (prompt("ask_again"),) if len(state.choices) > 1 else ()
    return _fail(state, Outcome.CLARIFY, *opening, asked_which(state.choices, mind))


def _steer(state: State, reply: Reply, mind: Understanding) -> tuple[State, Reaction]:
    """A reply while nothing is being asked: about the steps, or a beginning."""
    if reply in (Reply.NEXT, Reply.PREVIOUS, Reply.RESTART) or (reply is Reply.YES and state.steps):
        return _step(state, reply, mind)
    if reply is Reply.DECLINE or reply is Reply.NO:
        return _say(replace(state, steps=()), Outcome.ANSWER, prompt("declined"))
    state, reaction = _say(state, Outcome.CLARIFY, prompt("go_ahead"))
    return state, replace(reaction, understood=reply is Reply.HELLO)


def _step(state: State, reply: Reply, mind: Understanding) -> tuple[State, Reaction]:
    if not state.steps:
        return _fail(state, Outcome.CLARIFY, prompt("step_none"))
    wanted = {Reply.PREVIOUS: max(0, state.step - 1), Reply.RESTART: 0}.get(reply, state.step + 1)
    if wanted >= len(state.steps):
        asks, state = mind.follows_up, replace(state, steps=(), step=-1, asked_solved=mind.follows_up)
        return _say(state, Outcome.ANSWER, prompt("step_last"), *((prompt("solved"),) if asks else ()))
    hint = (prompt("step_hint"),) if state.step < 0 and len(state.steps) > 1 else ()
    return _say(replace(state, step=wanted), Outcome.ANSWER, state.steps[wanted], *hint)


def _repeat(state: State, reply: Reply) -> tuple[State, Reaction]:
    pace = {Reply.SLOWER: Pace.SLOW, Reply.FASTER: Pace.NORMAL}.get(reply, state.pace)
    opening = (prompt(str(reply)),) if reply is not Reply.REPEAT else ()
    says = (*opening, *state.said) or (prompt("nothing_to_repeat"),)
    return replace(state, pace=pace), Reaction(outcome=Outcome.ANSWER, says=says, understood=bool(state.said))


def _answer(
    state: State, topic: Topic, mind: Understanding, ranked: tuple[Candidate, ...] = ()
) -> tuple[State, Reaction]:
    answer = mind.book.answer(topic)
    if state.form is not None and mind.calls is not None and not topic.safety:
        return _answer_aside(state, answer, topic, back(state.form, mind.calls))
    asks = mind.follows_up and not topic.safety and not answer.steps
    state = replace(state, choices=(), steps=answer.steps, step=-1, asked_solved=asks, asked_again=False)
    state = replace(state, guesses=others(topic, ranked or state.guesses), danger=state.danger or topic.safety)
    state = replace(state, put_aside=state.form is not None)
    before = (prompt("complaint_heard"),) if state.complaint and not topic.safety and mind.follows_up else ()
    after = (prompt("solved"),) if asks else ()
    says = (*before, answer.spoken, *said_behind(answer, topic, mind), *after)
    state, reaction = _say(state, Outcome.ANSWER, *says)
    return state, replace(reaction, topic=topic, candidates=ranked)


def _answer_aside(state: State, answer: Answer, topic: Topic, back_to: tuple[Spoken, ...]) -> tuple[State, Reaction]:
    """Answer a question in the middle of the form, shortly; then the form goes on."""
    state, reaction = _say(replace(state, choices=(), asked_again=False), Outcome.ANSWER, answer.spoken, *back_to)
    return state, replace(reaction, topic=topic)


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


def _fail(state: State, outcome: Outcome, *says: Spoken) -> tuple[State, Reaction]:
    """Say something to a turn that came to nothing."""
    state, reaction = _say(state, outcome, *says)
    return state, replace(reaction, understood=False)
