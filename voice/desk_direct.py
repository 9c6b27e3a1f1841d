"""The callback desk for conversations in its own process: what is stored is at the desk already."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID, uuid4

from intents import when_types
from intents.callback_form import Form, Known, Setting
from intents.new_time import Moved, Taken
from intents.news import CallNews, Rating
from intents.when_types import Window, Wishes
from server.customers import Tier
from server.deliveries import Arrived, Delivery
from server.errors import DeskError, SkillUnknown, SlotClosed
from server.records import Case, Promise
from server.slots import DeskPlan, Slot
from server.spans import Span
from server.store.journal import device_actor
from voice.customer_sayings import NobodyKnown
from voice.desk_calls import Change, Matter, window_of
from voice.desk_request import request_from
from voice.desk_times import SLOTS_ASKED, SLOTS_TOLD, free_of, free_within, windows_of
from voice.latest import keep_latest

if TYPE_CHECKING:
    from server.office import Office
    from server.store.sent_requests import Sent

Found = TypeVar("Found")
MOST_DELIVERIES: Final = 16  # each is asked about once, right after it was stored

log = logging.getLogger(__name__)


class DirectDesk:
    """A `CallDesk` for one conversation.  Whoever speaks at a browser is nobody it knows: it tells no news."""

    def __init__(self, office: "Office", device: str) -> None:
        """`device` stands in the requests as the one that sent them."""
        self._office = office
        self._device = device
        self.sayings = NobodyKnown()
        self._deliveries: dict[UUID, Delivery] = {}

    def setting(self, now: Callable[[], datetime]) -> Setting:
        """See `CallDesk.setting`."""
        return Setting(now=now, office=office_of(self._office.desk.plan))

    def slots(self, wishes: Wishes, matter: Matter) -> tuple[Window, ...] | None:
        """See `CallDesk.slots`."""
        return _unless_away("what is free", lambda: free_within(self._office.desk, wishes, matter))

    def store(self, form: Form, matter: Matter) -> UUID | None:
        """See `CallDesk.store`."""
        request_id, now = uuid4(), self._office.clock()
        try:
            request = request_from(form, matter, request_id=request_id, device=self._device, now=now)
            promise = self._office.desk.receive(request).promise
        except DeskError as error:
            log.warning("a browser's request for a call could not be kept: %s", error)
            return None
        except ValueError as error:  # its text may quote the customer
            log.warning("a browser's request for a call could not be made (%s)", type(error).__name__)
            return None
        tier = tier_label(promise, self._office.settings.all_tiers)
        arrived = Arrived(new=True, promise=promise.slot.span if promise else None, tier=tier)
        keep_latest(self._deliveries, request_id, arrived, most=MOST_DELIVERIES)
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

    def recommend(self, request_id: UUID, score: int | None) -> None:
        """See `news`."""

    def offers(self, request_id: UUID, wishes: Wishes | None) -> tuple[Window, ...] | None:
        """See `Promises.offers`; none of a request whose case is closed or was erased."""
        return _unless_away("to what times a call can be moved", lambda: self._offers(request_id, wishes))

    def choose(self, request_id: UUID, slot: Window) -> Moved | Taken | None:
        """See `Promises.choose`; None also of a case that is closed."""
        return _unless_away("whether a call is moved", lambda: self._chosen(request_id, slot))

    def withdraw(self, request_id: UUID) -> bool:
        """See `Promises.withdraw`."""
        return _unless_away("whether a request is withdrawn", lambda: self._withdrawn(request_id)) or False

    def is_finished(self, request_id: UUID) -> bool:
        """See `Promises.is_finished`."""
        return _unless_away("whether a case is closed", lambda: self._is_finished(request_id)) or False

    def _is_finished(self, request_id: UUID) -> bool:
        return self._sent(request_id) is not None and self._open_case(request_id) is None

    def _offers(self, request_id: UUID, wishes: Wishes | None) -> tuple[Window, ...] | None:
        if self._sent(request_id) is None:
            return None
        case = self._open_case(request_id)
        if case is None:
            return ()
        if wishes is None:
            return windows_of([_spans(self._office.desk.offers_for(case, count=SLOTS_TOLD))])
        return free_of(
            wishes, lambda wanted: _spans(self._office.desk.offers_for(case, wanted=[wanted], count=SLOTS_ASKED))
        )

    def _chosen(self, request_id: UUID, slot: Window) -> Moved | Taken | None:
        sent = self._sent(request_id)
        if sent is None or sent.case_id is None:
            return None
        promise = self._promised(sent.case_id, slot.begins)
        if promise is None:
            return Taken(offers=self._offers(request_id, None) or ())
        moved = window_of(promise.slot.span)
        return Moved(promise=moved) if moved else None

    def _promised(self, case_id: UUID, begins: datetime) -> Promise | None:
        """None: the time is full, or none of the desk's.  Raises CaseClosed."""
        try:
            found = self._office.desk.promise(case_id, begins, by=device_actor(self._device))
        except (SlotClosed, SkillUnknown):
            return None
        return found if isinstance(found, Promise) else None

    def _withdrawn(self, request_id: UUID) -> bool:
        """What was erased since is withdrawn as well as can be."""
        sent = self._sent(request_id)
        if sent is not None and sent.case_id is not None:
            self._office.sent.withdraw(sent, by=device_actor(self._device), now=self._office.clock())
        return sent is not None

    def _sent(self, request_id: UUID) -> "Sent | None":
        return self._office.sent.find(request_id, device=self._device)

    def _open_case(self, request_id: UUID) -> Case | None:
        sent = self._sent(request_id)
        case = self._office.desk.queue.case(sent.case_id) if sent and sent.case_id else None
        return case if case and case.closed_at is None else None


def office_of(plan: DeskPlan) -> when_types.Office:
    """Return the desk's hours as the taking down knows them."""
    week = {
        day: tuple((block.opens_minute, block.closes_minute) for block in blocks)
        for day, blocks in plan.hours.week.items()
    }
    return when_types.Office(week=week, why_closed=plan.hours.why_closed, horizon_days=plan.horizon_days)


def tier_label(promise: Promise | None, tiers: Mapping[str, Tier]) -> str:
    """Return what the tier is called, because of which a promise is earlier; "" where it is not."""
    tier = tiers.get(promise.earlier.tier) if promise and promise.earlier else None
    return tier.label if tier else ""


def _unless_away(what: str, ask: Callable[[], Found]) -> Found | None:
    """None when the desk cannot say: its database is away, or the case was closed at this moment."""
    try:
        return ask()
    except DeskError as error:
        log.warning("the desk cannot say %s: %s", what, error)
        return None


def _spans(slots: tuple[Slot, ...]) -> list[Span]:
    return [slot.span for slot in slots]
