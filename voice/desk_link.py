"""The device's side of the callback desk: asks it for free times, keeps requests, brings them there."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Final
from uuid import UUID, uuid4

from intents.callback_form import Form, Setting
from intents.news import CallNews, Rating
from intents.when_types import Window, Wishes
from server.client import DeskClient
from server.clock import Clock
from server.deliveries import Arrived, Delivery
from server.errors import DeskUnavailable, OutboxUnavailable
from server.outbox import Outbox
from server.spans import Span
from voice.desk_calls import Change, Matter, window_of
from voice.desk_courier import Courier, DeskLine
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.desk_news import NewsBook
from voice.desk_request import NOT_ENROLLED, request_from, topic_of

SLOTS_WAIT_S: Final = 3.0
MOST_ASKED: Final = 4  # windows the desk is asked about
SLOTS_ASKED: Final = 10  # of each window
SLOTS_TOLD: Final = 3  # of each window, early, middle and late: more nobody remembers

log = logging.getLogger(__name__)


class DeskLink:
    """A `CallDesk` that knows its `Promises`, over an outbox file and HTTP.  A context: its thread runs within.

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
    ) -> None:
        self._clock = clock
        self._line = DeskLine(enrolment, connect)
        self._open = partial(Outbox, outbox_path, clock=clock, jitter=jitter)
        self._opened: Outbox | None = None
        self._open_news = partial(NewsBook, outbox_path)
        self._book: NewsBook | None = None
        self._opening = Lock()
        self._courier = Courier(self.outbox, self._line, clock, look=lambda client: self.news_book().look(client))

    def __enter__(self) -> "DeskLink":
        """Begin to send."""
        self._courier.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop sending; what waits is kept."""
        self._courier.close()
        self._line.close()

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
        return Setting(now=now)

    def slots(self, wishes: Wishes, matter: Matter) -> tuple[Window, ...] | None:
        """See `CallDesk.slots`; all questions together take `SLOTS_WAIT_S` at most."""
        client = self._line.client()
        if client is None:
            return None
        until = time.monotonic() + SLOTS_WAIT_S
        wished = [window for window in wishes.windows if not window.outside_hours][:MOST_ASKED]
        asked = [_in_background(partial(_free, client, window, matter)) for window in wished]
        answers = [_answer(one, until) for one in asked]
        if None in answers:
            return None
        found = {span for spans in answers if spans is not None for span in spans}
        return tuple(window for span in sorted(found) if (window := window_of(span)))

    def store(self, form: Form, matter: Matter) -> UUID | None:
        """See `CallDesk.store`."""
        request_id, device = uuid4(), self._line.device() or NOT_ENROLLED
        try:
            request = request_from(form, matter, request_id=request_id, device=device, now=self._clock())
            self.outbox().put(request)
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
            self.note_told(request_id, CallNews(state="promised" if promise else "waiting", promise=promise))
        return delivery

    def news(self) -> tuple[Change, ...]:
        """See `Promises.news`."""
        try:
            return self.news_book().changes()
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


def _free(client: DeskClient, window: Window, matter: Matter) -> list[Span] | None:
    wanted = Span(window.begins, window.ends)
    try:
        found = client.slots(topic=topic_of(matter), urgency=matter.weight, wanted=wanted, count=SLOTS_ASKED)
    except DeskUnavailable:
        return None
    fitting = sorted(span for span in found if wanted.begins <= span.begins < wanted.ends)
    return _spread(fitting) or found[:SLOTS_TOLD]


def _spread(spans: list[Span]) -> list[Span]:
    """The first, the last, and what lies evenly between: 「午後」 is not three half hours in a row."""
    if len(spans) <= SLOTS_TOLD:
        return spans
    return [spans[place * (len(spans) - 1) // (SLOTS_TOLD - 1)] for place in range(SLOTS_TOLD)]


def _in_background(work: Callable[[], list[Span] | None]) -> SimpleQueue[list[Span] | None]:
    """Begin in a thread that nobody waits for: the network's own time-outs are too long for a conversation."""
    found: SimpleQueue[list[Span] | None] = SimpleQueue()
    Thread(target=lambda: found.put(work()), name="slots", daemon=True).start()
    return found


def _answer(asked: SimpleQueue[list[Span] | None], until: float) -> list[Span] | None:
    try:
        return asked.get(timeout=max(0.0, until - time.monotonic()))
    except Empty:
        return None
