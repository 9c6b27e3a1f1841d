"""Moving or withdrawing a call that was asked for earlier: the talk about it, and having the desk do it."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from intents import new_time
from intents.answers import Spoken
from intents.callback_form import Setting
from intents.new_time import Asked, Moved, NewTime, Step, Wanted
from intents.news import CLOSED, WITHDRAWN, CallNews
from intents.transcripts import Transcript
from intents.when_types import Window
from voice.desk_calls import Promises


class NewTimeTalk:
    """The talk about one call.  One customer, one thread."""

    def __init__(self, request_id: UUID, promise: Window | None, promises: Promises) -> None:
        self._id = request_id
        self._promises = promises
        self._state = NewTime(promise=promise)

    @classmethod
    def of_own(cls, request_id: UUID, promise: Window | None, promises: Promises, *, arrived: bool) -> "NewTimeTalk":
        """The talk about a call that was asked for in this conversation; `arrived`: the desk has it."""
        talk = cls(request_id, promise, promises)
        talk._state = NewTime(promise=promise, own=True, arrived=arrived)
        return talk

    @property
    def request_id(self) -> UUID:
        """Whose call it is."""
        return self._id

    def told(self, request_id: UUID, news: CallNews) -> None:
        """Take news of the call, where it is of this one."""
        if request_id == self._id and not self.asks:
            is_closed = news.state == CLOSED and news.close_reason != WITHDRAWN
            self._state = replace(self._state, promise=news.promise, arrived=True, closed=is_closed)

    @property
    def asked(self) -> Asked:
        """What was asked last."""
        return self._state.asked

    @property
    def asks(self) -> bool:
        """Whether the last thing said was a question."""
        return self.asked not in (Asked.NOTHING, Asked.OVER)

    def begin(self, setting: Setting) -> tuple[Spoken, ...]:
        """Offer free times where nothing is promised.  Takes some seconds at most."""
        promise = self._state.promise
        offers = self._promises.offers(self._id, None) if promise is None else None
        step = new_time.begin(promise, offers, setting)
        self._state = step.state
        return step.says

    def let_go(self) -> None:
        """Ask nothing any more; the call stays as it is."""
        if self.asks:
            self._state = replace(self._state, asked=Asked.NOTHING, offers=(), failed=0, silent=0)

    def take(self, heard: Transcript, setting: Setting, is_question: Callable[[], bool]) -> Step | None:
        """Take an utterance and do what it wants; None: it has nothing to do with the call.  Takes some seconds at most."""
        step = new_time.take(self._state, heard, setting, is_question=is_question)
        if step is None:
            self._state = replace(self._state, moved=False)
            return None
        says = step.says
        while step.wanted is not Wanted.NOTHING:
            step = self._carried_out(step, setting)
            says = (*says, *step.says)
        self._state = step.state
        return replace(step, says=says)

    def _carried_out(self, step: Step, setting: Setting) -> Step:
        state = step.state
        if step.wanted is Wanted.OFFERS:
            offers = self._promises.offers(self._id, state.wishes)
            if offers == () and self._promises.is_finished(self._id):
                return new_time.finished(state)
            return new_time.with_offers(state, offers, setting)
        if step.wanted is Wanted.CHOOSE and state.chosen:
            found = self._promises.choose(self._id, state.chosen)
            if not isinstance(found, Moved) and self._promises.is_finished(self._id):
                return new_time.finished(state)
            return new_time.chosen(state, found, setting)
        return new_time.withdrawn(state, self._promises.withdraw(self._id))
