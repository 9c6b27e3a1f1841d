"""Desks for simulated conversations: one in memory with the real desk's rules, and a witness of what was stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from intents.callback_form import Form, Known, Setting
from intents.callback_moves import within
from intents.new_time import Moved, Taken
from intents.news import CallNews, Rating
from intents.when_types import TOKYO, Window, Wishes
from server.deliveries import Arrived, Delivery
from server.desk import CallbackDesk
from server.fakes import MemoryCallbackQueue
from server.plan_table import shipped_settings
from server.spans import Span
from server.wire import CallbackRequest
from voice.customer_sayings import CustomerSayings
from voice.desk_calls import CallDesk, Change, Matter, window_of
from voice.desk_request import request_from
from voice.desk_times import free_within
from voice.simulation.promises import Became, GivenPromises
from voice.simulation.sayings import GivenSayings
from voice.simulation.script import GivenDesk

DEVICE: Final = "simulated"
DAYS_LOOKED_AT: Final = 7  # for the next free times

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Stored:
    """A request that was kept, and the time the desk promised; None: none yet."""

    request: CallbackRequest
    promised: datetime | None = None


class WitnessedDesk:
    """A desk whose requests can be looked at afterwards."""

    def __init__(self, desk: CallDesk, now: Clock) -> None:
        self._desk = desk
        self._now = now
        self._stored: dict[UUID, Stored] = {}

    @property
    def stored(self) -> tuple[Stored, ...]:
        """All requests, in their order."""
        return tuple(self._stored.values())

    @property
    def became(self) -> tuple[Became, ...]:
        """How the earlier calls that a script gave stand now."""
        return self._desk.promises.became if isinstance(self._desk, MemoryDesk) else ()

    @property
    def sayings(self) -> CustomerSayings:
        """See `CallDesk.sayings`."""
        return self._desk.sayings

    @property
    def said(self) -> dict[str, str]:
        """What customers said of themselves, as scripts write it."""
        return dict(self._desk.sayings.said) if isinstance(self._desk, MemoryDesk) else {}

    def setting(self, now: Clock) -> Setting:
        """See `CallDesk.setting`."""
        return self._desk.setting(now)

    def remember(self, customer: Known, instead: Known | None) -> bool:
        """See `CallDesk.remember`."""
        return self._desk.remember(customer, instead)

    def forget(self) -> bool:
        """See `CallDesk.forget`."""
        return self._desk.forget()

    def slots(self, wishes: Wishes, matter: Matter) -> tuple[Window, ...] | None:
        """See `CallDesk.slots`."""
        return self._desk.slots(wishes, matter)

    def store(self, form: Form, matter: Matter) -> UUID | None:
        """See `CallDesk.store`."""
        request_id = self._desk.store(form, matter)
        if request_id is not None:
            request = request_from(form, matter, request_id=request_id, device=DEVICE, now=self._now())
            self._stored[request_id] = Stored(request)
        return request_id

    def delivered(self, request_id: UUID, wait_s: float) -> Delivery | None:
        """See `CallDesk.delivered`."""
        delivery = self._desk.delivered(request_id, wait_s)
        if isinstance(delivery, Arrived) and delivery.promise:
            promised = delivery.promise.begins.astimezone(TOKYO)
            self._stored[request_id] = replace(self._stored[request_id], promised=promised)
        return delivery

    def news(self) -> tuple[Change, ...]:
        """See `CallDesk.news`."""
        return self._desk.news()

    def note_told(self, request_id: UUID, news: CallNews) -> None:
        """See `CallDesk.note_told`."""
        self._desk.note_told(request_id, news)

    def rate(self, request_id: UUID, rating: Rating) -> None:
        """See `CallDesk.rate`."""
        self._desk.rate(request_id, rating)

    def recommend(self, request_id: UUID, score: int | None) -> None:
        """See `CallDesk.recommend`."""
        self._desk.recommend(request_id, score)

    def offers(self, request_id: UUID, wishes: Wishes | None) -> tuple[Window, ...] | None:
        """See `CallDesk.offers`."""
        return self._desk.offers(request_id, wishes)

    def choose(self, request_id: UUID, slot: Window) -> Moved | Taken | None:
        """See `CallDesk.choose`."""
        return self._desk.choose(request_id, slot)

    def withdraw(self, request_id: UUID) -> bool:
        """See `CallDesk.withdraw`."""
        return self._desk.withdraw(request_id)

    def is_finished(self, request_id: UUID) -> bool:
        """See `CallDesk.is_finished`."""
        return self._desk.is_finished(request_id)


class MemoryDesk:
    """A `CallDesk` with the shipped hours and rules, gone when the process ends; or with given free times."""

    def __init__(self, given: GivenDesk, now: Clock) -> None:
        self._given = given
        self._now = now
        self._desk = CallbackDesk(MemoryCallbackQueue(), shipped_settings(), now)
        self._kept: dict[UUID, CallbackRequest] = {}
        self.promises = GivenPromises(given, self._free_within)
        self.sayings = GivenSayings(given)

    def setting(self, now: Clock) -> Setting:
        """See `CallDesk.setting`."""
        known = self.sayings.known if self._given.remembers else ()
        return Setting(now=now, known=known, remembers=self._given.remembers, kept=bool(self.sayings.known))

    def remember(self, customer: Known, instead: Known | None) -> bool:
        """See `CallDesk.remember`."""
        return self.sayings.remember(customer, instead)

    def forget(self) -> bool:
        """See `CallDesk.forget`."""
        return self.sayings.forget()

    def slots(self, wishes: Wishes, matter: Matter) -> tuple[Window, ...] | None:
        """See `CallDesk.slots`."""
        if not self._given.reachable:
            return None
        if self._given.slots is not None:
            return _fitting(self._given.slots, wishes)
        return free_within(self._desk, wishes, matter)

    def store(self, form: Form, matter: Matter) -> UUID | None:
        """See `CallDesk.store`."""
        if not self._given.keeps:
            return None
        request_id = uuid4()
        now = self._now()
        self._kept[request_id] = request_from(form, matter, request_id=request_id, device=DEVICE, now=now)
        return request_id

    def delivered(self, request_id: UUID, wait_s: float) -> Delivery | None:
        """See `CallDesk.delivered`."""
        self.promises.adopt(request_id, None)
        if not self._given.reachable:
            return None
        delivery = self._arrived(request_id)
        self.promises.adopt(request_id, window_of(delivery.promise))
        return delivery

    def _arrived(self, request_id: UUID) -> Arrived:
        request = self._kept[request_id]
        if self._given.slots is not None:
            free = [slot for slot in self._given.slots if any(slot.begins == w.begins for w in request.windows)]
            return Arrived(new=True, promise=Span(free[0].begins, free[0].ends) if free else None)
        promise = self._desk.receive(request).promise
        return Arrived(new=True, promise=promise.slot.span if promise else None)

    def news(self) -> tuple[Change, ...]:
        """See `CallDesk.news`."""
        return self.promises.news()

    def note_told(self, request_id: UUID, news: CallNews) -> None:
        """See `CallDesk.note_told`."""
        self.promises.note_told(request_id, news)

    def rate(self, request_id: UUID, rating: Rating) -> None:
        """See `CallDesk.rate`."""
        self.promises.rate(request_id, rating)

    def recommend(self, request_id: UUID, score: int | None) -> None:
        """See `CallDesk.recommend`."""
        self.promises.recommend(request_id, score)

    def offers(self, request_id: UUID, wishes: Wishes | None) -> tuple[Window, ...] | None:
        """See `CallDesk.offers`."""
        return self.promises.offers(request_id, wishes)

    def choose(self, request_id: UUID, slot: Window) -> Moved | Taken | None:
        """See `CallDesk.choose`."""
        return self.promises.choose(request_id, slot)

    def withdraw(self, request_id: UUID) -> bool:
        """See `CallDesk.withdraw`."""
        return self.promises.withdraw(request_id)

    def is_finished(self, request_id: UUID) -> bool:
        """See `CallDesk.is_finished`."""
        return self.promises.is_finished(request_id)

    def _free_within(self, wishes: Wishes) -> tuple[Window, ...] | None:
        """What a call can be moved to; without any windows: the next free times."""
        if wishes.windows or self._given.slots is not None:
            return self.slots(wishes, Matter())
        now = self._now()
        soon = Wishes(windows=(Window(begins=now, ends=now + timedelta(days=DAYS_LOOKED_AT)),))
        return free_within(self._desk, soon, Matter())


def _fitting(slots: Sequence[Window], wishes: Wishes) -> tuple[Window, ...]:
    liked = tuple(slot for slot in slots if any(within(slot, window) for window in wishes.windows))
    return liked or tuple(slots)
