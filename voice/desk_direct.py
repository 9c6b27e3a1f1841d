"""The callback desk for conversations in its own process: what is stored is at the desk already."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from intents.callback_form import Form, Known, Setting
from intents.callback_moves import within
from intents.new_time import Moved, Taken
from intents.news import CallNews, Rating
from intents.when_types import Office, Window, Wishes
from server.clock import Clock
from server.deliveries import Arrived, Delivery
from server.desk import CallbackDesk
from server.errors import DeskError
from server.slots import DeskPlan
from server.spans import Span
from server.wire import Urgency
from voice.desk_calls import Change, Matter, window_of
from voice.desk_request import request_from, topic_of

SLOTS_ASKED: Final = 10  # of each window
SLOTS_TOLD: Final = 3  # of each window, early, middle and late: more nobody remembers

log = logging.getLogger(__name__)


class DirectDesk:
    """A `CallDesk` for one conversation.  Whoever speaks at a browser is nobody it knows: it tells no news."""

    def __init__(self, desk: CallbackDesk, device: str, clock: Clock) -> None:
        self._desk = desk
        self._device = device
        self._clock = clock
        self._deliveries: dict[UUID, Delivery] = {}

    def setting(self, now: Callable[[], datetime]) -> Setting:
        """See `CallDesk.setting`."""
        return Setting(now=now, office=office_of(self._desk.plan))

    def slots(self, wishes: Wishes, matter: Matter) -> tuple[Window, ...] | None:
        """See `CallDesk.slots`."""
        try:
            return free_within(self._desk, wishes, matter)
        except DeskError as error:
            log.warning("the desk cannot say what is free: %s", error)
            return None

    def store(self, form: Form, matter: Matter) -> UUID | None:
        """See `CallDesk.store`."""
        request_id = uuid4()
        try:
            request = request_from(form, matter, request_id=request_id, device=self._device, now=self._clock())
            promise = self._desk.receive(request).promise
        except DeskError as error:
            log.warning("a browser's request for a call could not be kept: %s", error)
            return None
        except ValueError as error:  # its text may quote the customer
            log.warning("a browser's request for a call could not be made (%s)", type(error).__name__)
            return None
        self._deliveries[request_id] = Arrived(new=True, promise=promise.slot.span if promise else None)
        return request_id

    def delivered(self, request_id: UUID, wait_s: float) -> Delivery | None:
        """See `CallDesk.delivered`."""
        return self._deliveries.get(request_id)

    def remember(self, customer: Known, instead: Known | None) -> bool:
        """Nobody is remembered: the next one at the page is somebody else."""
        return False

    def forget(self) -> bool:
        """There is nobody to forget."""
        return True

    def news(self) -> tuple[Change, ...]:
        """There is nobody to whom it could be told."""
        return ()

    def note_told(self, request_id: UUID, news: CallNews) -> None:
        """See `news`."""

    def rate(self, request_id: UUID, rating: Rating) -> None:
        """See `news`."""

    def offers(self, request_id: UUID, wishes: Wishes | None) -> tuple[Window, ...] | None:
        """See `news`."""
        return None

    def choose(self, request_id: UUID, slot: Window) -> Moved | Taken | None:
        """See `news`."""
        return None

    def withdraw(self, request_id: UUID) -> bool:
        """See `news`."""
        return False


def office_of(plan: DeskPlan) -> Office:
    """Return the desk's hours as the taking down knows them."""
    week = {
        day: tuple((block.opens_minute, block.closes_minute) for block in blocks)
        for day, blocks in plan.hours.week.items()
    }
    return Office(week=week, why_closed=plan.hours.why_closed, horizon_days=plan.horizon_days)


def free_within(desk: CallbackDesk, wishes: Wishes, matter: Matter) -> tuple[Window, ...]:
    """Return what is free, soonest first.  Raises DeskError."""
    wished = [window for window in wishes.windows if not window.outside_hours]
    found = {window for one in wished for window in _free(desk, one, matter)}
    return tuple(sorted(found, key=lambda window: window.begins))


def _free(desk: CallbackDesk, window: Window, matter: Matter) -> Sequence[Window]:
    wanted = Span(window.begins, window.ends)
    found = desk.offers(topic=topic_of(matter), urgency=Urgency(matter.weight), wanted=[wanted], count=SLOTS_ASKED)
    windows = tuple(one for slot in found if (one := window_of(slot.span)))
    return spread([one for one in windows if within(one, window)]) or windows[:SLOTS_TOLD]


def spread(windows: Sequence[Window]) -> Sequence[Window]:
    """The first, the last, and what lies evenly between: 「午後」 is not three half hours in a row."""
    if len(windows) <= SLOTS_TOLD:
        return windows
    return [windows[place * (len(windows) - 1) // (SLOTS_TOLD - 1)] for place in range(SLOTS_TOLD)]
