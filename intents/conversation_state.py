"""What a conversation remembers, what a turn comes to, and all that is needed for one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from intents.answers import Answer, Spoken
from intents.callback_form import Form, Setting, Wanted
from intents.decision import Costs
from intents.matching import Candidate, Matcher, Topic


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
    unchosen: int = 0  # replies to a choice that chose nothing, 「はい」 to one of two
    guesses: tuple[Candidate, ...] = ()  # what else may have been meant, likeliest first
    silent: int = 0  # turns in a row in which nothing was heard
    complaint: bool = False  # the customer complained
    danger: bool = False  # danger to people was reported
    put_aside: bool = False  # the form, for a danger: the next utterance comes back to it
    troubles: int = 0  # turns in a row that came to nothing since a human was offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What to do after a turn."""

    outcome: Outcome
    says: tuple[Spoken, ...]
    topic: Topic | None = None  # answered
    candidates: tuple[Candidate, ...] = ()
    finished: bool = False  # the customer is done
    wanted: Wanted = Wanted.NOTHING  # what the device does now, and tells `go_on`
    understood: bool = True  # False: the turn came to nothing, the customer has to say it again


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
    tips_later: bool = False  # the device tells tips itself, once the matter is solved
    calls: Setting | None = None  # how requests for a call are taken down; None: customers are told the number
