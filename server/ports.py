"""What the desk needs of a store.  All times passed in are timezone-aware; all moments handed out are UTC.

Operations are atomic and safe from many threads and, on a database, from many processes.  They raise
StoreUnavailable when trying again may help; nothing of the operation was kept then.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from server.attempts import CallEvent
from server.records import Case, Earlier, Held, Lease, Promise, SlotFull, SlotWish, Submitted
from server.slots import OpenSeats, Slot
from server.spans import Span
from server.wire import CallbackRequest


class Inbox(Protocol):
    """Takes requests in and finds them again."""

    def submit(self, request: CallbackRequest, *, now: datetime, wish: SlotWish | None = None) -> Submitted:
        """Keep the request once; it joins the open case of the same phone and topic heard of within a day.

        With a `wish` its case is promised a slot in the same step, when one is free that suits; a promise that
        suits the request stands.
        """
        ...

    def case(self, case_id: UUID) -> Case:
        """Return all that is known.  Raises CaseUnknown."""
        ...

    def cases_of(self, phone: str) -> tuple[UUID, ...]:
        """Return the cases of an E.164 number, oldest first."""
        ...

    def close(self, case_id: UUID, *, reason: str, by: str, now: datetime) -> None:
        """End the case; frees its slot and lease.  Closing twice changes nothing.  Raises CaseUnknown."""
        ...

    def reopen(self, case_id: UUID, *, by: str, now: datetime) -> bool:
        """Open a closed case again, without slot or lease; False when it is open.  Raises CaseUnknown."""
        ...


class PromiseBook(Protocol):
    """Keeps slots free for cases.  A case has one promise at most."""

    def taken(self, span: Span, open_seats: OpenSeats | None = None) -> tuple[Slot, ...]:
        """Return a slot for each seat promised that overlaps the span, in order; of `open_seats` alone, where given."""
        ...

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
        """Take one of `seats` seats, moving the case's earlier promise; the same slot again is the same promise.

        With `among` only one of these, the first that is free.  `earlier` is kept with it.  Never are more than `seats` promises of a skill running at any moment of the slot, on any grid of slots.
        Opening hours are not asked: use `promising.promise`.  Raises CaseUnknown, CaseClosed.
        """
        ...

    def free(self, case_id: UUID, *, due_at: datetime, by: str, now: datetime) -> bool:
        """Give the case's slot back and have it due without a promise; False when it had none.  Raises CaseUnknown."""
        ...


class LeaseDesk(Protocol):
    """Lets one agent at a time work on a case."""

    def claim(self, case_id: UUID, agent: str, *, now: datetime, lasting: timedelta) -> Lease | Held:
        """Lease a case that nobody has, or whose lease expired; the holder's own claim renews it.

        Raises CaseUnknown, CaseClosed.
        """
        ...

    def take_over(self, case_id: UUID, agent: str, *, now: datetime, lasting: timedelta) -> Lease:
        """Lease it whoever has it; the lease names the one it was taken from.  Raises CaseUnknown, CaseClosed."""
        ...

    def release(self, case_id: UUID, agent: str, *, now: datetime) -> bool:
        """Give it back; False when the agent did not have it.  Raises CaseUnknown."""
        ...

    def leases(self, case_id: UUID) -> tuple[Lease, ...]:
        """Return every lease there ever was, oldest first.  Raises CaseUnknown."""
        ...


class AttemptLog(Protocol):
    """Remembers what was tried."""

    def record(self, case_id: UUID, event: CallEvent) -> bool:
        """Keep the event; False when its id is known already.  Raises CaseUnknown.

        Neither lease nor an open case is needed: a call that was made is the truth.
        """
        ...

    def withdraw(self, case_id: UUID, event_id: UUID, *, by: str, now: datetime) -> bool:
        """Take an event back that was a slip; False when it is not there.  Raises CaseUnknown."""
        ...


class CallbackQueue(Inbox, PromiseBook, LeaseDesk, AttemptLog, Protocol):
    """All of it: what a store is."""
