"""One conversation on the device: transcripts in, turns out, over a knowledge base that may change meanwhile."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from intents import callback
from intents.answers import Spoken
from intents.callback_fill import fill
from intents.callback_form import Setting, Stage, Wanted
from intents.callback_memory import AFTERWARDS
from intents.conversation import Outcome, Reaction, State, Understanding, go_on, react
from intents.greeting import greeting
from intents.patience import ANSWER, Patience, patience
from intents.prompts import prompt
from intents.replies import Reply, reply_in
from intents.transcripts import NOTHING_HEARD, Transcript
from server.deliveries import Arrived, Delivery
from voice.customer_sayings import NobodyKnown
from voice.customer_talk import CustomerTalk
from voice.desk_calls import CallDesk, Notes, carry_out, window_of, with_calls
from voice.mind import Known, Mind
from voice.news_moments import Asking, begins_anew, is_busy, why_another, with_news
from voice.news_questions import Aside
from voice.news_talk import REPEATING, NewsTalk
from voice.notice_talk import NoticeTalk
from voice.recording_talk import NoBoard, RecordingTalk
from voice.tokyo import tokyo_time
from voice.turn import Turn
from voice.turn_notes import Exchange

if TYPE_CHECKING:
    from voice.turn_log import TurnLog

__all__ = ["Assistant", "Turn", "tokyo_time"]


class Assistant:
    """Holds one conversation's state.  One customer, one thread.

    Without a `desk` nobody's request for a call is taken down: customers are told the number.  `follows_up`: after an
    answer it asks whether the matter is solved, as in a conversation and not for one question.  Without `notices`
    nothing is told unasked but news of calls.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of the composition root
        self,
        knowledge: Known,
        *,
        desk: CallDesk | None = None,
        follows_up: bool = False,
        turn_log: "TurnLog | None" = None,
        notices: NoticeTalk | None = None,
        recordings: RecordingTalk | None = None,
        now: Callable[[], datetime] = tokyo_time,
        monotonic: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._knowledge = knowledge
        self._desk = desk
        self._follows_up = follows_up
        self._turn_log = turn_log
        self._notices = notices
        self._recordings = recordings or RecordingTalk(NoBoard(), now, share=0.0, place=lambda: None)
        self._customers = CustomerTalk(desk.sayings if desk else NobodyKnown())
        self._request: UUID | None = None  # kept in this turn
        self._now = now
        self._monotonic = monotonic
        self._state, self._notes = State(), Notes()
        self._news = NewsTalk(desk, now, partial(desk.setting, now)) if desk else None
        self._was_greeted = self._asked = False  # in this conversation; by the last thing said, whatever the state says

    @property
    def mind(self) -> Mind:
        """What is known now."""
        return self._knowledge.current()

    @property
    def stage(self) -> Stage | None:
        """What the customer is asked while a request for a call is taken down or moved; None at other times."""
        if self._news and self._news.stage:
            return self._news.stage
        return self._state.form.stage if self._state.form and not self._state.choices else None

    @property
    def is_idle(self) -> bool:
        """Whether no conversation has begun."""
        return self._state == State()

    @property
    def patience(self) -> Patience | None:
        """How long to wait for who was spoken to and says nothing; None: for ever, there is no conversation."""
        if self._recordings.asks or self._customers.asks or (self._news and self._news.asks):
            return ANSWER
        return patience(self._state, asked=self._asked) if self._asked or not self.is_idle else None

    @property
    def state(self) -> State:
        """What it remembers."""
        return self._state

    @property
    def expecting(self) -> object:
        """Changes when other words are to be expected: another base, or another question."""
        return id(self.mind), self.stage, self.asks_yes_or_no

    @property
    def asks_yes_or_no(self) -> bool:
        """Whether the last thing said asks for はい or いいえ, or for one of some choices, outside of a request."""
        asked = self._news is not None and (self._news.asks or self._news.invites) and not self._news.asks_number
        asked = asked or self._recordings.asks or self._customers.asks_yes_or_no
        return asked or self._state.asked_solved or bool(self._state.steps or self._state.choices)

    def forget(self) -> None:
        """The next customer begins anew."""
        self._state, self._notes = State(), Notes()
        self._was_greeted = self._asked = False
        self._recordings.forget()
        self._customers.forget()
        if self._news:
            self._news.forget()
        if self._notices:
            self._notices.forget()
        if self._turn_log:
            self._turn_log.end()

    def greet(self) -> Turn:
        """Return what the device says when it is switched on, with a hint what may be said."""
        return self._greeted(NOTHING_HEARD, prompt("greeting_hint"))

    def _greeted(self, heard: Transcript, *more: Spoken) -> Turn:
        self._was_greeted = True
        turn = self._said(heard, greeting(self._now()), *more, outcome=Outcome.CLARIFY)
        self._state = replace(self._state, said=turn.reaction.says)
        return turn

    def opening(self) -> Turn | None:
        """Return what a conversation begins with when there is news of earlier requests; it is told once."""
        if self._turn_log:
            self._turn_log.rest()
        if is_busy(self._state):
            return None
        says = (self._news.tell() if self._news else ()) or (self._notices.to_the_room() if self._notices else ())
        return self._said(NOTHING_HEARD, *says) if says else None

    def _aside(self, transcript: Transcript) -> Turn | None:
        """Answer the first hello with the news, or a greeting; begin a request that was wanted after the news."""
        if reply_in(transcript) is not Reply.HELLO or is_busy(self._state):
            return None
        says = self._news.tell() if self._news else ()
        if says:
            return self._said(transcript, *says)
        if not (self.is_idle and self._follows_up) or self._was_greeted:
            return None
        return self._greeted(transcript, *(self._notices.at_hello() if self._notices else ()))

    def _answered(self, transcript: Transcript) -> Aside | None:
        """Take what is said to the news, unless it is something that cannot wait."""
        if self._news is None:
            return None
        asking = Asking(transcript, self.mind.understanding)
        if is_busy(self._state) and not self._news.asks:
            return self._own_answered(transcript, asking)
        if self._news.asks and asking.is_dangerous():
            self._news.let_go()
        if self._news.said and reply_in(transcript) in REPEATING:
            self._state = replace(self._state, said=self._news.said)
        return self._news.take(transcript, asking.is_question)

    def _own_answered(self, transcript: Transcript, asking: Asking) -> Aside | None:
        """Take what is said of the request of this conversation though steps are told, or something is asked after it."""
        form = self._state.form
        if self._news is None or (form and form.stage not in AFTERWARDS) or asking.is_dangerous():
            return None
        aside = self._news.take_own(transcript, asking.is_question)
        if aside and form:
            self._notes.not_to_be_remembered = True
        self._state = replace(self._state, form=None, choices=()) if aside else self._state
        return aside

    def _with_call(self, transcript: Transcript) -> Turn:
        """Begin to take a request down, for a customer whom the last call did not help."""
        calls = self._with_calls(self.mind.understanding).calls
        if calls is None:
            return self._said(transcript, prompt("go_ahead"))
        self._state, reaction = go_on(self._state, callback.begin("consent_human", calls))
        return replace(self._said(transcript), reaction=reaction)

    def _said(self, heard: Transcript, *says: Spoken, outcome: Outcome = Outcome.ANSWER) -> Turn:
        self._asked = outcome is Outcome.CLARIFY
        reaction = Reaction(outcome=outcome, says=says, finished=not says)
        return Turn(heard=heard, reaction=reaction, article=None, pace=self._state.pace, match_ms=0.0)

    def hear(self, transcript: Transcript) -> Turn:
        """React to one utterance; an empty transcript is silence.

        May take some seconds while a request for a call is kept and brought to the desk.
        """
        before, self._request = self._state, None
        aside = self._about_notices(transcript)
        answered = None if aside else (self._about_customer(transcript) or self._answered(transcript))
        aside = aside or (None if answered else self._aside(transcript))
        if answered and not answered.is_else:
            aside = self._with_call(transcript) if answered.wants_call else self._said(transcript, *answered.says)
        turn = aside or self._heard(transcript, *(answered.says if answered else ()))
        self._customers.ask(self._notices.asked() if self._notices else None)
        exchange = self._exchange(turn, before, aside, answered)
        if self._turn_log:
            self._turn_log.take(exchange, self._now())
        self._recordings.note(exchange)
        return turn

    def _about_notices(self, transcript: Transcript) -> Turn | None:
        """Do what the customer wants of recordings and notices; nothing else is let go for it."""
        says = self._recordings.take(transcript, Asking(transcript, self.mind.understanding).is_question)
        if says is None and self._notices:
            says = self._notices.wished(transcript, self._state)
        if says is None:
            return None
        self._state = replace(self._state, said=says)
        return self._said(transcript, *says)

    def _about_customer(self, transcript: Transcript) -> Aside | None:
        """Take what is said to how things are since an earlier case, and of how the customer is called."""
        understanding = self._with_calls(self.mind.understanding)
        asking = Asking(transcript, understanding)
        aside = self._customers.take(transcript, self._state, asking, understanding.calls)
        if aside and aside.about and transcript.best:
            self._notes.about(aside.about, transcript.best.text)
        if aside:
            self._state = replace(self._state, form=aside.form or self._state.form, said=aside.says)
        return aside

    def _exchange(self, turn: Turn, before: State, aside: Turn | None, answered: Aside | None) -> Exchange:
        """The turn as the log wants it: news of requests is nothing to be written down."""
        told = self._news is not None and self._news.has_told and turn.reaction.topic is None
        is_news = aside is not None and aside.reaction.outcome is Outcome.ANSWER
        return Exchange(
            turn=turn, before=before, after=self._state, news=is_news, says_news=answered is not None or told,
            request=self._request,
        )  # fmt: skip

    def fill(self, fields: Mapping[str, str]) -> Turn:
        """Take name, phone and when of a request as they were written into a form; none of them is logged."""
        calls = self._with_calls(self.mind.understanding).calls
        if calls is None:
            return self._said(NOTHING_HEARD, prompt("go_ahead"))
        before = self._state
        self._state, reaction = go_on(self._state, fill(before.form, fields, calls))
        self._notes.take(NOTHING_HEARD, before, self._state, reaction, self._now())
        turn = self._said(NOTHING_HEARD, outcome=Outcome.CLARIFY)
        return replace(turn, reaction=self._carried_out(reaction, calls))

    def _heard(self, transcript: Transcript, *first: Spoken) -> Turn:
        mind, before = self.mind, self._customers.in_form(self._state)
        understanding = self._with_calls(mind.understanding)
        began = self._monotonic()
        self._state, reaction = react(before, transcript, understanding)
        if self._news and self._news.has_own and begins_anew(before, self._state):
            reaction = replace(reaction, says=self._news.ask_another(why_another(self._state, reaction)))
            self._state = replace(self._state, form=None, said=reaction.says)
        match_ms = (self._monotonic() - began) * 1000
        self._asked = reaction.outcome is Outcome.CLARIFY
        self._notes.take(transcript, before, self._state, reaction, self._now())
        reaction = self._carried_out(replace(reaction, says=(*first, *reaction.says)), understanding.calls)
        plain = reaction.says
        if self._news and not is_busy(self._state):
            reaction = with_news(self._news, reaction, before, reply_in(transcript))
        if self._notices and not (self._news and self._news.asks):
            self._state, reaction = self._notices.beside(before, self._state, reaction, transcript, mind.answers)
        is_alone = reaction.says == plain and not (self._news and (self._news.asks or self._news.has_told))
        self._state, reaction = self._recordings.beside(
            before, self._state, reaction, transcript, request=self._request, is_alone=is_alone
        )
        article = mind.answers.article(reaction.topic) if reaction.topic else None
        return Turn(heard=transcript, reaction=reaction, article=article, pace=self._state.pace, match_ms=match_ms)

    def _with_calls(self, understanding: Understanding) -> Understanding:
        tips_later = self._notices is not None and self._follows_up
        understanding = replace(understanding, follows_up=self._follows_up, tips_later=tips_later)
        return understanding if self._desk is None else with_calls(understanding, self._desk, self._notes, self._now)

    def _carried_out(self, reaction: Reaction, setting: Setting | None) -> Reaction:
        """Do what the taking down of a request wants, until it wants to hear the customer again."""
        while reaction.wanted is not Wanted.NOTHING and self._desk and self._state.form and setting:
            step = carry_out(
                self._desk, reaction.wanted, self._state.form, self._notes.matter(), setting,
                self._keep_in_mind, self._follow,
            )  # fmt: skip
            self._state, more = go_on(self._state, step)
            reaction = replace(reaction, says=(*reaction.says, *more.says), wanted=more.wanted)
        return reaction

    def _keep_in_mind(self, request: UUID) -> None:
        self._request = request
        self._customers.keep(request, self._state.form)

    def _follow(self, request: UUID, delivery: Delivery | None) -> None:
        if self._news:
            promise = window_of(delivery.promise) if isinstance(delivery, Arrived) else None
            self._news.keep(request, promise, arrived=isinstance(delivery, Arrived))
