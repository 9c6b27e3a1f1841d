"""A queue in memory, for tests and demonstrations; it passes the contract suite of the databases."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID, uuid4

from server.attempts import Attempt, CallEvent, moment_of
from server.due import due_at
from server.errors import CaseClosed, CaseUnknown
from server.records import (
    SAME_CASE_WITHIN,
    Case,
    Earlier,
    Held,
    Lease,
    Promise,
    SlotFull,
    SlotWish,
    StoredRequest,
    Submitted,
    Verdict,
    earlier_than,
)
from server.slots import OpenSeats, Slot
from server.spans import Span, in_utc
from server.wire import CallbackRequest, Urgency


@dataclass(slots=True)
class _Shelf:
    case: Case
    leases: list[Lease] = field(default_factory=list)


class MemoryCallbackQueue:
    """Keeps everything in dictionaries under one lock; gone when the process ends."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shelves: dict[UUID, _Shelf] = {}
        self._case_of: dict[UUID, UUID] = {}  # request id -> case id
        self._known_events: set[UUID] = set()

    def submit(self, request: CallbackRequest, *, now: datetime, wish: SlotWish | None = None) -> Submitted:
        """See `ports.Inbox`."""
        with self._lock:
            if request.id in self._case_of:
                shelf = self._shelf(self._case_of[request.id])
                return Submitted(verdict=Verdict.DUPLICATE, case_id=shelf.case.id, promise=shelf.case.promise)
            stored = StoredRequest(request=request, received_at=in_utc(now))
            joined = self._joinable(request, stored.received_at)
            shelf = self._join(joined, stored) if joined else self._open(stored, wish)
            self._case_of[request.id] = shelf.case.id
            self._wish(shelf, request, wish)
            self._move_in_queue(shelf, stored)
            promise = shelf.case.promise
            return Submitted(verdict=Verdict.CREATED, case_id=shelf.case.id, joined=joined is not None, promise=promise)

    def case(self, case_id: UUID) -> Case:
        """See `ports.Inbox`."""
        with self._lock:
            return self._shelf(case_id).case

    def cases_of(self, phone: str) -> tuple[UUID, ...]:
        """See `ports.Inbox`."""
        with self._lock:
            cases = [shelf.case for shelf in self._shelves.values() if shelf.case.requests[0].request.phone == phone]
            return tuple(case.id for case in sorted(cases, key=lambda case: case.opened_at))

    def close(self, case_id: UUID, *, reason: str, by: str, now: datetime) -> None:
        """See `ports.Inbox`."""
        with self._lock:
            shelf = self._shelf(case_id)
            if shelf.case.closed_at is None:
                shelf.case = replace(shelf.case, closed_at=in_utc(now), close_reason=reason, promise=None, lease=None)

    def reopen(self, case_id: UUID, *, by: str, now: datetime) -> bool:
        """See `ports.Inbox`."""
        in_utc(now)
        with self._lock:
            shelf = self._shelf(case_id)
            was_closed = shelf.case.closed_at is not None
            shelf.case = replace(shelf.case, closed_at=None, close_reason=None)
            return was_closed

    def taken(self, span: Span, open_seats: OpenSeats | None = None) -> tuple[Slot, ...]:
        """See `ports.PromiseBook`."""
        with self._lock:
            return self._taken(span, open_seats)

    def promise(
        self,
        case_id: UUID,
        slot: Slot,
        *,
        seats: int,
        by: str,
        now: datetime,
        among: Sequence[int] | None = None,
        earlier: Earlier | None = None,
    ) -> Promise | SlotFull:
        """See `ports.PromiseBook`."""
        in_utc(now)
        with self._lock:
            shelf = self._open_shelf(case_id)
            found = self._take(shelf, slot, seats, among, earlier)
            if isinstance(found, Promise) and not _waits_in_danger(shelf.case):
                shelf.case = replace(shelf.case, due_at=slot.span.begins)
            return found

    def free(self, case_id: UUID, *, due_at: datetime, by: str, now: datetime) -> bool:
        """See `ports.PromiseBook`."""
        in_utc(now)
        with self._lock:
            shelf = self._shelf(case_id)
            had_one = shelf.case.promise is not None
            due = shelf.case.due_at if _waits_in_danger(shelf.case) else in_utc(due_at)
            shelf.case = replace(shelf.case, promise=None, due_at=due)
            return had_one

    def claim(self, case_id: UUID, agent: str, *, now: datetime, lasting: timedelta) -> Lease | Held:
        """See `ports.LeaseDesk`."""
        now = in_utc(now)
        with self._lock:
            shelf = self._open_shelf(case_id)
            held = shelf.case.lease
            if held is None or held.expires_at <= now:
                return self._lease(shelf, agent, now, lasting)
            if held.agent != agent:
                return Held(held)
            shelf.leases[-1] = replace(held, expires_at=now + lasting)
            shelf.case = replace(shelf.case, lease=shelf.leases[-1])
            return shelf.leases[-1]

    def take_over(self, case_id: UUID, agent: str, *, now: datetime, lasting: timedelta) -> Lease:
        """See `ports.LeaseDesk`."""
        now = in_utc(now)
        with self._lock:
            shelf = self._open_shelf(case_id)
            held = shelf.case.lease
            taken_from = held.agent if held and held.expires_at > now and held.agent != agent else None
            return self._lease(shelf, agent, now, lasting, taken_from)

    def release(self, case_id: UUID, agent: str, *, now: datetime) -> bool:
        """See `ports.LeaseDesk`."""
        now = in_utc(now)
        with self._lock:
            shelf = self._shelf(case_id)
            held = shelf.case.lease
            if held is None or held.agent != agent or held.expires_at <= now:
                return False
            shelf.case = replace(shelf.case, lease=None)
            return True

    def leases(self, case_id: UUID) -> tuple[Lease, ...]:
        """See `ports.LeaseDesk`."""
        with self._lock:
            return tuple(self._shelf(case_id).leases)

    def record(self, case_id: UUID, event: CallEvent) -> bool:
        """See `ports.AttemptLog`."""
        with self._lock:
            shelf = self._shelf(case_id)
            if event.id in self._known_events:
                return False
            self._known_events.add(event.id)
            events = sorted((*shelf.case.events, event), key=moment_of)
            shelf.case = replace(shelf.case, events=tuple(events))
            return True

    def withdraw(self, case_id: UUID, event_id: UUID, *, by: str, now: datetime) -> bool:
        """See `ports.AttemptLog`."""
        in_utc(now)
        with self._lock:
            shelf = self._shelf(case_id)
            kept = tuple(event for event in shelf.case.events if event.id != event_id)
            found = len(kept) < len(shelf.case.events)
            self._known_events.discard(event_id)
            shelf.case = replace(shelf.case, events=kept)
            return found

    def _shelf(self, case_id: UUID) -> _Shelf:
        if case_id not in self._shelves:
            raise CaseUnknown(case_id)
        return self._shelves[case_id]

    def _open_shelf(self, case_id: UUID) -> _Shelf:
        shelf = self._shelf(case_id)
        if shelf.case.closed_at is not None:
            raise CaseClosed(case_id)
        return shelf

    def _joinable(self, request: CallbackRequest, now: datetime) -> _Shelf | None:
        for shelf in self._shelves.values():
            latest = shelf.case.requests[-1]
            same = latest.request.phone == request.phone and shelf.case.topic == request.topic
            if same and shelf.case.closed_at is None and now - latest.received_at <= SAME_CASE_WITHIN:
                return shelf
        return None

    def _join(self, shelf: _Shelf, stored: StoredRequest) -> _Shelf:
        urgency = min(shelf.case.urgency, stored.request.urgency, key=lambda urgency: urgency.rank)
        shelf.case = replace(shelf.case, requests=(*shelf.case.requests, stored), urgency=urgency)
        return shelf

    def _open(self, stored: StoredRequest, wish: SlotWish | None) -> _Shelf:
        case = Case(
            id=uuid4(),
            topic=stored.request.topic,
            urgency=stored.request.urgency,
            skill=wish.skill if wish else "general",
            agent=self._former_agent(stored.request.phone),
            due_at=stored.received_at,
            opened_at=stored.received_at,
            closed_at=None,
            close_reason=None,
            requests=(stored,),
            promise=None,
            lease=None,
            events=(),
        )
        self._shelves[case.id] = _Shelf(case)
        return self._shelves[case.id]

    def _former_agent(self, phone: str) -> str | None:
        cases = [shelf.case for shelf in self._shelves.values() if shelf.case.requests[0].request.phone == phone]
        known = [case for case in cases if case.agent is not None]
        return max(known, key=lambda case: case.opened_at).agent if known else None

    def _wish(self, shelf: _Shelf, request: CallbackRequest, wish: SlotWish | None) -> None:
        held = shelf.case.promise
        if wish is None or (held and any(window.span.contains(held.slot.span) for window in request.windows)):
            return
        slot = self._wished(wish)
        if slot is not None:
            earlier = earlier_than(slot, self._wished(wish.others), wish.tier) if wish.others else None
            self._take(shelf, slot, wish.seats, wish.among and wish.among(slot), earlier)

    def _wished(self, wish: SlotWish) -> Slot | None:
        return wish.choose(self._taken(wish.span, wish.open_seats))

    def _taken(self, span: Span, open_seats: OpenSeats | None) -> tuple[Slot, ...]:
        running = (promise for promise in self._promises() if promise.slot.span.overlaps(span))
        return tuple(sorted(promise.slot for promise in running if _counts(promise, open_seats)))

    def _take(
        self, shelf: _Shelf, slot: Slot, seats: int, among: Sequence[int] | None, earlier: Earlier | None
    ) -> Promise | SlotFull:
        if shelf.case.promise and shelf.case.promise.slot == slot:
            return shelf.case.promise
        used = {p.seat for p in self._promises() if _clash(p, slot) and p.case_id != shelf.case.id}
        if len(used) >= seats:
            return SlotFull(slot)
        seat = next((n for n in (range(seats) if among is None else among) if n not in used), None)
        if seat is None:
            return SlotFull(slot)
        promise = Promise(case_id=shelf.case.id, slot=slot, seat=seat, earlier=earlier)
        shelf.case = replace(shelf.case, promise=promise)
        return promise

    @staticmethod
    def _move_in_queue(shelf: _Shelf, stored: StoredRequest) -> None:
        """Put the case where its latest request belongs; a danger reported earlier stays in front."""
        if shelf.case.urgency is Urgency.SAFETY and stored.request.urgency is not Urgency.SAFETY:
            if shelf.case.promise is not None and not _waits_in_danger(shelf.case):
                shelf.case = replace(shelf.case, due_at=shelf.case.promise.slot.span.begins)
            return
        due = due_at(stored.request, shelf.case.promise, received_at=stored.received_at)
        shelf.case = replace(shelf.case, due_at=due)

    def _promises(self) -> list[Promise]:
        return [shelf.case.promise for shelf in self._shelves.values() if shelf.case.promise]

    @staticmethod
    def _lease(shelf: _Shelf, agent: str, now: datetime, lasting: timedelta, taken_from: str | None = None) -> Lease:
        lease = Lease(case_id=shelf.case.id, agent=agent, taken_at=now, expires_at=now + lasting, taken_from=taken_from)
        shelf.leases.append(lease)
        shelf.case = replace(shelf.case, lease=lease, agent=agent)
        return lease


def _waits_in_danger(case: Case) -> bool:
    """Until a call rang, danger is due since it was reported, whatever is promised."""
    called = any(isinstance(event, Attempt) and event.rang_at for event in case.events)
    return case.urgency is Urgency.SAFETY and not called


def _counts(promise: Promise, open_seats: OpenSeats | None) -> bool:
    return open_seats is None or promise.slot.span.begins <= open_seats.until or promise.seat < open_seats.number


def _clash(promise: Promise, slot: Slot) -> bool:
    return promise.slot.skill == slot.skill and promise.slot.span.overlaps(slot.span)
