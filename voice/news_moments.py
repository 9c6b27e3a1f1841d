"""When news is told in a conversation, and what may not wait for the answer to it."""

from dataclasses import replace
from functools import cached_property

from intents.callback_form import Stage
from intents.callback_memory import AFTERWARDS
from intents.callback_words import say
from intents.conversation import Reaction, State, Understanding
from intents.decision import Ambiguous, Decision, Matched, decide
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript
from voice.news_talk import NewsTalk


class Asking:
    """What an utterance asks for, looked up only when somebody wants to know."""

    def __init__(self, heard: Transcript, mind: Understanding) -> None:
        self._heard = heard
        self._mind = mind

    def is_question(self) -> bool:
        """Whether it asks for one of the articles, or for one of a few."""
        return isinstance(self._decision, Matched | Ambiguous)

    def is_about(self, topic: str) -> bool:
        """Whether it asks for the article of a topic."""
        found = self._decision
        return bool(topic) and isinstance(found, Matched) and found.candidate.topic.id == topic

    def is_dangerous(self) -> bool:
        """Whether it reports a danger to people."""
        if reply_in(self._heard) is not None:
            return False
        return isinstance(self._decision, Matched) and self._decision.candidate.topic.safety

    @cached_property
    def _decision(self) -> Decision | None:
        if self._heard.best is None:
            return None
        return decide(self._mind.matcher.rank(self._heard), self._mind.costs)


def is_busy(state: State) -> bool:
    """Whether a request is being taken down, steps are being told, or one of several has to be chosen."""
    return state.form is not None or bool(state.steps or state.choices)


def begins_anew(before: State, after: State) -> bool:
    """Whether a request begins to be taken down."""
    was_none = before.form is None or before.form.stage in AFTERWARDS
    return was_none and after.form is not None and after.form.stage is Stage.CONSENT


def why_another(after: State, reaction: Reaction) -> str:
    """Return what is said before it is asked whether one more request is wanted; "" for nothing.  See data/news.toml."""
    if reaction.says[:1] == (say("consent_sorry"),):
        return "sorry"
    return "complaint" if after.complaint else ""


def with_news(talk: NewsTalk, reaction: Reaction, before: State, reply: Reply | None) -> Reaction:
    """Add the news to a reaction where that is a fitting moment: the matter is solved, or the customer goes."""
    if before.asked_solved and reply is Reply.YES:
        return replace(reaction, says=(*reaction.says, *talk.tell()))
    if reaction.finished and reply is Reply.GOODBYE and not talk.has_told:
        says = talk.tell(leaving=True)
        return (
            replace(reaction, says=says, finished=False)
            if talk.asks
            else replace(reaction, says=(*says, *reaction.says))
        )
    return reaction
