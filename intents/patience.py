"""How long somebody who says nothing is waited for, and what is said to them then."""

import re
from dataclasses import dataclass
from typing import Final

from intents.conversation_state import Outcome, Reaction, State
from intents.prompts import prompt
from intents.readings import reading_of
from intents.replies import Reply, wordings
from intents.transcripts import Transcript

ANSWER_MS: Final = 8_000  # after a question; people of 75 begin to answer within 2 to 4 s
STEP_MS: Final = 120_000  # while somebody does what a step says
LONG_STEP_MS: Final = 300_000  # the same once more, when they have been told how to go on
AFTERWARDS_MS: Final = 60_000  # when nothing is open: until the next who speaks is somebody else


_WAITING: Final = re.compile(
    "^.{0,8}マッテ(?:クレ|クダサ|ネ|ナ|ヨ|エナ|オクレ|ツカー|チョーダ|モラ|$)"
)  # 「ちいと待ってくれんかのう」


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for somebody to begin to speak, in audio time after the last thing said."""

    wait_ms: int
    asks: bool = True  # then silence is to be reacted to; False: the conversation is over without a word


ANSWER: Final = Patience(wait_ms=ANSWER_MS)


def patience(state: State, *, asked: bool) -> Patience:
    """Return how long to wait after a turn; `asked`: what was said last wants an answer, whatever the state says."""
    if state.put_aside:
        return Patience(wait_ms=AFTERWARDS_MS)  # somebody may be pulling a plug
    if state.form or state.choices or state.asked_solved:
        return ANSWER
    if state.steps and state.step >= 0:
        return Patience(wait_ms=LONG_STEP_MS if state.silent else STEP_MS)
    return ANSWER if asked or state.steps or state.silent else Patience(wait_ms=AFTERWARDS_MS, asks=False)


def asks_to_wait(heard: Transcript) -> bool:
    """Whether an utterance that is nothing else begins with 「ちょっと待って」: 「…、カレンダーを見るから」."""
    if heard.best is None:
        return False
    reading = heard.best.reading
    return reading.startswith(tuple(map(reading_of, wordings()[Reply.WAIT]))) or _WAITING.match(reading) is not None


def wait(state: State, reply: Reply) -> Reaction:
    """Give whoever needs time, or wants quiet, what they want; what was said last stays what もう一度 repeats."""
    if reply is Reply.STOP:
        return Reaction(outcome=Outcome.ANSWER, says=(prompt("stopped"),))
    hint = (prompt("step_hint"),) if state.steps and state.step >= 0 and state.form is None else ()
    return Reaction(outcome=Outcome.ANSWER, says=(prompt("waiting"), *hint))


def silent_prompts(state: State) -> tuple[str, ...]:
    """Return the names of what is said after each wait in vain; with the last the conversation is over, "" is no word."""
    if state.choices:
        choose = "silent_choose" if len(state.choices) > 1 else "silent_yes_no"
        return ("silent_choices", choose, "nothing_heard_still")
    if state.asked_solved:
        return ("silent_yes_no", "silent_end")
    if state.steps:
        return ("step_hint", "") if state.step >= 0 else ("silent_offer", "silent_end")
    return ("nothing_heard", "nothing_heard_again", "nothing_heard_still")
