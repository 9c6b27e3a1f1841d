"""Telling a customer what became of earlier requests, and taking the answers to what is asked then."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from intents import new_time, news
from intents.answers import Spoken
from intents.callback_form import Setting, Stage
from intents.new_time import Asked, Step
from intents.new_time_words import say
from intents.news import CallNews, FollowUp, Rating
from intents.recommending import Declined, recommending_sentence, score_in
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript
from intents.when_types import Window
from voice.desk_calls import Change, Promises
from voice.latest import keep_latest
from voice.new_time_talk import NewTimeTalk
from voice.news_questions import QUESTIONS, Aside, Question, about_another, about_call

MOST_PIECES: Final = 3  # told at once; the rest the next time
MOST_KNOWN: Final = 100  # requests whose last news is known; as many are never open at one device
REPEATING: Final = frozenset({Reply.REPEAT, Reply.SLOWER, Reply.FASTER})

_STAGES: Final = {Asked.OFFER: Stage.OFFER, Asked.WHEN: Stage.WHEN}  # in which answers of the same kind are heard


class NewsTalk:
    """What is told beside a conversation about something new.  One customer, one thread."""

    def __init__(self, promises: Promises, now: Callable[[], datetime], setting: Callable[[], Setting]) -> None:
        self._promises = promises
        self._now = now
        self._setting = setting
        self._known: dict[UUID, CallNews] = {}  # told by this process: a full disk must not make it a parrot
        self._question: Question | None = None
        self._rated: UUID | None = None
        self._recommends: UUID | None = None  # who may be asked that after the rating
        self._time: NewTimeTalk | None = None
        self._own: NewTimeTalk | None = None  # the request of this conversation
        self._said: tuple[Spoken, ...] = ()
        self._was_reminded = self._has_told = False

    @property
    def asks(self) -> bool:
        """Whether the last thing told was a question."""
        return self._question is not None or any(time.asks for time in (self._time, self._own) if time)

    @property
    def asks_number(self) -> bool:
        """Whether the last thing told asks for a number."""
        return self._question is Question.RECOMMEND

    @property
    def asked(self) -> Asked | None:
        """What was asked of another time for a call; None when no such call is spoken of."""
        if self._own and self._own.asks:
            return self._own.asked
        return self._time.asked if self._time else None

    @property
    def has_own(self) -> bool:
        """Whether a request was kept in this conversation, and not withdrawn since."""
        return self._own is not None

    @property
    def stage(self) -> Stage | None:
        """The stage of a form in which the same would be asked."""
        return _STAGES.get(self.asked) if self.asked else None

    @property
    def invites(self) -> bool:
        """Whether the last thing told was that the time may be changed."""
        return self._time is not None and bool(self._said)

    @property
    def said(self) -> tuple[Spoken, ...]:
        """What was told, while nothing else was said since: for もう一度."""
        return self._said

    @property
    def has_told(self) -> bool:
        """Whether there was news in this conversation."""
        return self._has_told

    def forget(self) -> None:
        """The next customer begins anew."""
        self._own = None
        self.let_go()
        self._has_told = False

    def keep(self, request_id: UUID, promise: Window | None, *, arrived: bool) -> None:
        """Know the request that was kept just now: what is said of a call from now on is meant for it."""
        self._own = NewTimeTalk.of_own(request_id, promise, self._promises, arrived=arrived)

    def take_own(self, heard: Transcript, is_question: Callable[[], bool]) -> Aside | None:
        """Take what is plainly said of the request of this conversation; None: nothing is.  May take some seconds."""
        if self._own is None:
            return None
        for change in self._promises.news() if not self._own.asks else ():
            self._own.told(change.id, change.after)
        step = self._own.take(heard, self._setting(), is_question)
        if self._own.asked is Asked.OVER:
            self._own = None
        return Aside(says=self._ended(step), is_else=step.let_go, is_own=True) if step else None

    def ask_another(self, opening: str = "") -> tuple[Spoken, ...]:
        """Ask whether one more request is wanted: nobody gets two calls for one matter by mistake."""
        self._question, self._was_reminded, self._time = Question.ANOTHER, False, None
        first = (say(f"another_{opening}"),) if opening else ()
        self._said = (*first, say("another"))
        return self._said

    def let_go(self) -> None:
        """Ask nothing any more; what is promised is remembered."""
        if self._own:
            self._own.let_go()
        self._question = self._rated = self._time = self._recommends = None
        self._said, self._was_reminded = (), False

    def tell(self, *, leaving: bool = False) -> tuple[Spoken, ...]:
        """Return the news, each of which is told once, in the order it came; empty where there is none.

        What asks something comes last, all else the next time.  May take some seconds while the desk is asked for free
        times.  `leaving`: no invitation to say more is wanted.
        """
        if self.asks:
            return ()
        says: list[Spoken] = []
        changeable: list[Change] = []
        for change, follow in self._pieces():
            says += news.changes(change.before, change.after, self._now())
            self._note(change)
            self._own = None if self._own and self._own.request_id == change.id else self._own  # told like any other
            if follow in (FollowUp.RATING, FollowUp.OFFER):
                return self._told(*says, *self._asking(change, follow))
            changeable += [change] if follow is FollowUp.CHANGE else []
        if len(changeable) == 1 and not leaving:  # of two nobody knows which is meant
            self._time = NewTimeTalk(changeable[0].id, changeable[0].after.promise, self._promises)
            says.append(new_time.hint())
        return self._told(*says) if says else ()

    def take(self, heard: Transcript, is_question: Callable[[], bool]) -> Aside | None:
        """Take an answer to what was asked; None: it is something else, and what was asked is let go.

        Silence is asked once more; when it goes on nothing is said.  May take some seconds while the desk is asked.
        `is_question` tells whether the utterance asks for something the device knows.
        """
        if self._said and reply_in(heard) in REPEATING:
            return None  # `said` once more; nothing is let go
        if self._own and (self._own.asks or not (self.asks or self.invites)):
            aside = self.take_own(heard, is_question)
        else:
            aside = self._answered(heard, is_question) if self._question else self._retimed(heard, is_question)
        self._said = aside.says if aside and self.asks else ()
        return aside

    def _pieces(self) -> Iterator[tuple[Change, FollowUp]]:
        """What has something to say, a few at a time; the rest is noted, for nobody wants to know it."""
        told = 0
        for change in self._promises.news():
            if told == MOST_PIECES:
                return
            if change.after.state in news.SILENT or self._known.get(change.id) == change.after:
                continue
            if news.changes(change.before, change.after, self._now()):
                told += 1
                yield change, news.follow_up(change.before, change.after)
            else:
                self._note(change)

    def _note(self, change: Change) -> None:
        keep_latest(self._known, change.id, change.after, most=MOST_KNOWN)
        self._promises.note_told(change.id, change.after)

    def _asking(self, change: Change, follow: FollowUp) -> tuple[Spoken, ...]:
        if follow is FollowUp.RATING:
            self._question, self._rated = Question.RATING, change.id
            self._recommends = change.id if change.may_recommend else None
            return (news.rating_question(),)
        self._time = NewTimeTalk(change.id, change.after.promise, self._promises)
        return self._time.begin(self._setting())

    def _told(self, *says: Spoken) -> tuple[Spoken, ...]:
        self._has_told, self._was_reminded = True, False
        self._said = (news.opening(), *says)
        return self._said

    def _answered(self, heard: Transcript, is_question: Callable[[], bool]) -> Aside | None:
        """Take the answer to whether the customer is satisfied, or wants another call."""
        if heard.best is None:
            return self._unanswered()
        question, rated = self._question, self._rated
        self._question = self._rated = None
        if question is Question.CALL:
            return self._asking_on(about_call(heard))
        if question is Question.ANOTHER:
            return about_another(heard) or self.take_own(heard, is_question)
        if question is Question.RECOMMEND:
            return self._recommended(heard, rated, is_question)
        return self._rating(heard, question, rated, is_question)

    def _rating(
        self, heard: Transcript, question: Question | None, rated: UUID | None, is_question: Callable[[], bool]
    ) -> Aside | None:
        """Take the answer to whether the customer is satisfied."""
        rating = news.rating_in(heard)
        if rated is None or rating is None:
            if self._was_reminded or reply_in(heard) or is_question():
                return None
            self._question, self._rated, self._was_reminded = question, rated, True
            return Aside(says=(news.rating_question(),))
        self._promises.rate(rated, rating)
        self._question = Question.CALL if rating is Rating.NO else None
        self._was_reminded = False
        told = Aside(says=(news.thanks_for(rating),))
        return told if rating is Rating.NO else self._asking_on(told)

    def _asking_on(self, told: Aside | None) -> Aside | None:
        """Ask, where the desk lets it, whether the customer would recommend us; that they were asked is kept at once."""
        asked, self._recommends = self._recommends, None
        if told is None or told.wants_call or asked is None:
            return told
        self._promises.recommend(asked, None)
        self._question, self._rated, self._was_reminded = Question.RECOMMEND, asked, False
        return Aside(says=(recommending_sentence("asked"),))

    def _recommended(self, heard: Transcript, asked: UUID | None, is_question: Callable[[], bool]) -> Aside | None:
        """Take the answer; once it is asked again for what is none, and nobody is pressed."""
        score = score_in(heard)
        if asked is None or isinstance(score, Declined):
            return Aside(says=(recommending_sentence("declined"),))
        if score is not None:
            self._promises.recommend(asked, score)
            return Aside(says=(recommending_sentence("thanks"),))
        if self._was_reminded or reply_in(heard) or is_question():
            return None
        self._question, self._rated, self._was_reminded = Question.RECOMMEND, asked, True
        return Aside(says=(recommending_sentence("again"),))

    def _unanswered(self) -> Aside:
        again = QUESTIONS[self._question or Question.CALL]()
        if self._was_reminded:
            self.let_go()
            return Aside()
        self._was_reminded = True
        return Aside(says=(again,))

    def _retimed(self, heard: Transcript, is_question: Callable[[], bool]) -> Aside | None:
        """Take what is said of another time for a call."""
        if self._time is None:
            return None
        step = self._time.take(heard, self._setting(), is_question)
        if self._time.asked is Asked.OVER:
            self._time = None
        return Aside(says=self._ended(step), is_else=step.let_go) if step else None

    def _ended(self, step: Step) -> tuple[Spoken, ...]:
        """Ask, where the desk has done with the case meanwhile, whether another call is wanted."""
        if not step.closed:
            return step.says
        self._question, self._was_reminded = Question.CALL, False
        return (*step.says, news.call_question())
