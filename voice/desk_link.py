"""The device's side of the callback desk: asks it for free times, keeps requests, brings them there."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final
from uuid import UUID, uuid4

from intents.callback_form import Form, Known, Setting
from intents.new_time import Moved, Taken
from intents.news import REFUSED, CallNews, Rating
from intents.when_types import Window, Wishes
from server.client import DeskClient
from server.clock import Clock
from server.deliveries import Arrived, Delivery, Refused
from server.errors import OutboxUnavailable
from server.outbox import Outbox, State
from voice.desk_asking import answer, in_background
from voice.desk_calls import Change, Matter, window_of
from voice.desk_courier import Courier, DeskLine
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.desk_errands import Errands, Heartbeat, Told
from voice.desk_news import NewsBook
from voice.desk_office import FILE as HOURS_FILE
from voice.desk_office import DeskOffice
from voice.desk_promises import free_at, free_for, is_finished, move, take_back
from voice.desk_recommendations import RecommendationBook
from voice.desk_request import NOT_ENROLLED, request_from
from voice.desk_sayings import LinkSayings
from voice.desk_times import windows_of, wished_spans
from voice.knowledge_updates import KnowledgeUpdates
from voice.knowledge_watch import KnowledgeWatch
from voice.known_customers import CustomerMemory
from voice.news_watch import NewsWatch
from voice.notice_book import NoticeBook
from voice.recording_book import RecordingBook
from voice.turn_sending import TurnSender

SLOTS_WAIT_S: Final = 3.0

_REFUSED: Final = CallNews(state=REFUSED)

log = logging.getLogger(__name__)


class DeskLink:
    """A `CallDesk` that knows its `Promises`, over an outbox file and HTTP.  A context: its threads run within.

    A device that is not enrolled keeps requests until it is.
    """

    def __init__(
        self,
        enrolment: EnrolmentFile,
        outbox_path: Path,
        *,
        clock: Clock,
        jitter: Callable[[], float],
        connect: Callable[[Enrolment], DeskClient],
        turns: TurnSender | None = None,
        memory: CustomerMemory | None = None,
    ) -> None:
        """Without a `memory` no customer is remembered."""
        self._clock, self._path = clock, outbox_path
        self._memory = memory
        self._line = DeskLine(enrolment, connect)
        self._open = partial(Outbox, outbox_path, clock=clock, jitter=jitter)
        self._opened: Outbox | None = None
        self.sayings = LinkSayings(memory, self.outbox, outbox_path, clock=clock, jitter=jitter)
        self._open_news = partial(NewsBook, outbox_path, heard=self.sayings.heard)
        self._book: NewsBook | None = None
        self._opening = Lock()
        self._jitter = jitter
        self._hours = DeskOffice(outbox_path.parent / HOURS_FILE, clock)
        self._turns = turns
        self._heartbeat = Heartbeat(self.outbox, clock)
        asked = self._hours.ask_sometimes, self._send_ratings, self._heartbeat.beat, self._send_turns
        self._errands = Errands(self._line, (*asked, self._look_at_notices))
        self._courier = Courier(self.outbox, self._line, clock, errands=self._errands.go)
        self.sayings.wake = self._courier.wake
        self._watch = NewsWatch(self._line, self._look, jitter=jitter)
        self._articles: KnowledgeWatch | None = None
        self.notices: NoticeBook | None = None
        self.recordings: RecordingBook | None = None

    def __enter__(self) -> "DeskLink":
        """Begin to send."""
        self._errands.start()
        self._courier.start()
        self._watch.start()
        if self._articles:
            self._articles.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop sending; what waits is kept."""
        self._courier.close()
        self._errands.close()
        self._watch.close()
        if self._articles:
            self._articles.close()
        self._line.close()

    def keep_articles(self, updates: KnowledgeUpdates) -> "DeskLink":
        """Take the desk's articles from now on; to be told before it is entered."""
        self._articles = KnowledgeWatch(self._line, updates, jitter=self._jitter)
        return self

    def tell(self, condition: Told) -> "DeskLink":
        """Let the desk know how this device is, as `condition` says; to be told before it is entered."""
        self._heartbeat.condition = condition
        return self

    def keep_notices(self, notices: NoticeBook) -> "DeskLink":
        """Take the desk's notices from now on; to be told before it is entered."""
        self.notices = notices
        return self

    def keep_recordings(self, recordings: RecordingBook) -> "DeskLink":
        """Bring recordings to the desk from now on; to be told before it is entered."""
        self.recordings = recordings
        self._errands.add(lambda client: recordings.send(client, desk=self._line.name(), jitter=self._jitter))
        return self

    def outbox(self) -> Outbox:
        """Return the outbox.  Raises OutboxUnavailable, and tries again the next time."""
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def news_book(self) -> NewsBook:
        """Return what is known of earlier requests.  Raises OutboxUnavailable, and tries again the next time."""
        self.outbox()  # makes the file
        with self._opening:
            if self._book is None:
                self._book = self._open_news()
            return self._book

    def setting(self, now: Callable[[], datetime]) -> Setting:
        """See `CallDesk.setting`."""
        setting = Setting(now=now, office=self._hours.office, connected=self._is_connected())
        return self._memory.in_setting(setting) if self._memory else setting

    def remember(self, customer: Known, instead: Known | None) -> bool:
        """See `CallDesk.remember`."""
        return self._memory is not None and self._memory.remember(customer, instead)

    def forget(self) -> bool:
        """See `CallDesk.forget`."""
        return self.sayings.forget_everybody()

    def slots(self, wishes: Wishes, matter: Matter) -> tuple[Window, ...] | None:
        """See `CallDesk.slots`; all questions together take `SLOTS_WAIT_S` at most."""
        client = self._line.client()
        if client is None:
            return None
        until = time.monotonic() + SLOTS_WAIT_S
        asked = [in_background(partial(free_at, client, wanted, matter)) for wanted in wished_spans(wishes)]
        answers = [answer(one, until) for one in asked]
        known = [spans for spans in answers if spans is not None]
        return windows_of(known) if len(known) == len(asked) else None

    def store(self, form: Form, matter: Matter) -> UUID | None:
        """See `CallDesk.store`."""
        request_id, device = uuid4(), self._line.device() or NOT_ENROLLED
        try:
            request = request_from(form, matter, request_id=request_id, device=device, now=self._clock())
            self.outbox().put(request)
            self.sayings.kept(request_id, form.known, form.address)
        except OutboxUnavailable as error:
            log.warning("a request for a call could not be kept: %s", error)
            return None
        except ValueError as error:  # its text may quote the customer
            log.warning("a request for a call could not be made (%s)", type(error).__name__)
            return None
        return request_id

    def delivered(self, request_id: UUID, wait_s: float) -> Delivery | None:
        """See `CallDesk.delivered`."""
        if self._line.device() is None:
            return None
        self._courier.wake()
        try:
            delivery = self._courier.settled(request_id, wait_s)
        except OutboxUnavailable as error:
            log.warning("the outbox cannot be read: %s", error)
            return None
        if isinstance(delivery, Arrived):
            promise = window_of(delivery.promise)
            self.note_told(
                request_id, CallNews(state="promised" if promise else "waiting", promise=promise, tier=delivery.tier)
            )
        if isinstance(delivery, Refused):  # the customer is told at once
            self.note_told(request_id, _REFUSED)
        return delivery

    @property
    def is_away(self) -> bool:
        """Whether the desk did not answer when it was tried last; False where there is none: nobody waits for it."""
        return self._line.is_away and self._line.device() is not None

    def _is_connected(self) -> bool:
        """Whether what is kept reaches the desk by itself, sooner or later."""
        if self._line.device() is None:
            return False
        try:
            return not self.outbox().is_stopped()
        except OutboxUnavailable:
            return True  # it is said then that nothing is kept

    def _refused(self) -> list[Change]:
        """Requests that the desk refused after their customer was told that they were kept."""
        refused = [one.id for one in self.outbox().kept() if one.state is State.REJECTED]
        told = ((one, self.news_book().told(one)) for one in refused)
        return [Change(id=one, before=before, after=_REFUSED) for one, before in told if before != _REFUSED]

    def news(self) -> tuple[Change, ...]:
        """See `Promises.news`."""
        try:
            return (*map(self._with_asking, self.news_book().changes()), *self._refused())
        except OutboxUnavailable as error:
            log.warning("news of earlier requests cannot be read: %s", error)
            return ()

    def note_told(self, request_id: UUID, news: CallNews) -> None:
        """See `Promises.note_told`; where it cannot be kept the customer is told again."""
        with suppress(OutboxUnavailable):
            self.news_book().note_told(request_id, news)

    def rate(self, request_id: UUID, rating: Rating) -> None:
        """See `Promises.rate`."""
        with suppress(OutboxUnavailable):
            self.news_book().rate(request_id, rating, self._clock())
        self._courier.wake()

    def recommend(self, request_id: UUID, score: int | None) -> None:
        """See `Promises.recommend`."""
        with suppress(OutboxUnavailable):
            self._recommendations().put(request_id, score, self._clock())
        self._courier.wake()

    def offers(self, request_id: UUID, wishes: Wishes | None) -> tuple[Window, ...] | None:
        """See `Promises.offers`."""
        client = self._line.client()
        return free_for(client, request_id, wishes) if client else None

    def choose(self, request_id: UUID, slot: Window) -> Moved | Taken | None:
        """See `Promises.choose`."""
        client = self._line.client()
        found = move(client, request_id, slot) if client else None
        if isinstance(found, CallNews):
            self._note_done(request_id, found)
            return Moved(promise=found.promise) if found.promise else None
        return found

    def withdraw(self, request_id: UUID) -> bool:
        """See `Promises.withdraw`; what has never left the device is taken out of the outbox."""
        with suppress(OutboxUnavailable):
            if self.outbox().take_back(request_id):
                return True
        client = self._line.client()
        found = take_back(client, request_id) if client else None
        if found is not None:
            self._note_done(request_id, found)
        return found is not None

    def is_finished(self, request_id: UUID) -> bool:
        """See `Promises.is_finished`."""
        client = self._line.client()
        return client is not None and is_finished(client, request_id)

    def _note_done(self, request_id: UUID, news: CallNews) -> None:
        with suppress(OutboxUnavailable):
            self.news_book().note_done(request_id, news)

    def _look(self, client: DeskClient, desk: str, wait_s: int) -> bool:
        return self.news_book().look(client, desk=desk, wait_s=wait_s)

    def _send_turns(self, client: DeskClient) -> None:
        device = self._line.device()
        if self._turns is not None and device is not None:
            self._turns.send(client, device)

    def _look_at_notices(self, client: DeskClient) -> None:
        if self.notices is not None:
            self.notices.look(client, desk=self._line.name())

    def _send_ratings(self, client: DeskClient) -> None:
        self.news_book().send_ratings(client, now=self._clock(), jitter=self._jitter)
        self._recommendations().send(client, now=self._clock(), jitter=self._jitter)
        self.sayings.send(client)

    def _recommendations(self) -> RecommendationBook:
        self.outbox()  # makes the file
        return RecommendationBook(self._path)

    def _with_asking(self, change: Change) -> Change:
        until = self.news_book().recommend_until(change.id)
        may = until is not None and self._clock() < until and not self._recommendations().was_asked(change.id)
        return replace(change, may_recommend=may)
