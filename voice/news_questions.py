"""What is asked with news of calls, beside another time, and what comes of an answer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from intents import news
from intents.answers import Spoken
from intents.callback_form import Form
from intents.new_time_words import say
from intents.recommending import recommending_sentence
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript


class Question(StrEnum):
    """What was asked with the news, beside another time for a call."""

    RATING = "rating"
    CALL = "call"  # whether an unhappy customer wants another call
    RECOMMEND = "recommend"  # whether they would recommend us, 0 to 10
    ANOTHER = "another"  # whether one more request is wanted, beside the one of this conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What came of an answer to the news; nothing to say and nothing to do: nobody is there any more."""

    says: tuple[Spoken, ...] = ()
    is_else: bool = False  # the utterance was something else: react to it, after what is said
    wants_call: bool = False  # begin to take a request down
    is_own: bool = False  # it was about the request of this conversation
    about: str = ""  # the topic of the call that is wanted, where it is an earlier one's
    form: Form | None = None  # the request that is being taken down, as it goes on


def _another_again() -> Spoken:
    return say("another_short")


def _number_again() -> Spoken:
    return recommending_sentence("again")


QUESTIONS: Final = {
    Question.RATING: news.rating_question,
    Question.CALL: news.call_question,
    Question.ANOTHER: _another_again,
    Question.RECOMMEND: _number_again,
}


def about_another(heard: Transcript) -> Aside | None:
    """Take the answer to whether one more request is wanted; None for anything else."""
    reply = reply_in(heard)
    if reply in (Reply.YES, Reply.HUMAN):
        return Aside(wants_call=True)
    return Aside(says=(say("another_no"),)) if reply in (Reply.NO, Reply.DECLINE, Reply.STOP) else None


def about_call(heard: Transcript) -> Aside | None:
    """Take the answer to whether an unhappy customer wants another call; None for anything else."""
    reply = reply_in(heard)
    if reply in (Reply.YES, Reply.HUMAN):
        return Aside(wants_call=True)
    return Aside(says=(news.no_call_then(),)) if reply in (Reply.NO, Reply.DECLINE, Reply.STOP) else None
