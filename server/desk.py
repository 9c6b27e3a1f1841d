"""What the desk does with a case, from the request to the end: rules and store together.

Each step is a transaction of the queue.  The truth goes first (a call that was made, then what follows from it), so
that a power cut between two steps leaves an open case that somebody sees, never a lost or doubled one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from server.attempts import (
    Attempt,
    CallAgain,
    Close,
    CloseReason,
    Declined,
    Done,
    NextStep,
    Resolution,
    SendSms,
    SmsSent,
    asked_anew,
)
from server.attempts import next_step as step_after
from server.clock import Clock
from server.customers import Tier
from server.errors import CaseClosed, SlotClosed
from server.plan_table import DeskSettings
from server.ports import CallbackQueue
from server.promising import offer, slot_for, taken_of
from server.promising import promise as promise_slot
from server.records import Case, Held, Lease, Promise, SlotFull, Submitted, earlier_than
from server.slots import Slot, Standing, next_free
from server.spans import Span
from server.wire import CallbackRequest, Urgency
from server.wishing import earlier_for, standing_of, wanted_by, wish_of

LEASE_LASTS: Final = timedelta(minutes=15)  # renewed while the case's page is open
RACES: Final = 5  # how often a slot may be taken from under us before we go on without
MOST_OFFERS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a call led to.  `new` is False when this call was recorded before (a double click)."""

    step: NextStep
    promise: Promise | None
    closed: bool
    new: bool = True


def _no_tier(_phone: str) -> Tier | None:
    return None


class CallbackDesk:
    """The operations of the desk; may be shared by threads.

    `passes_sms`: somebody behind the webhook sends SMS.  `tier_of` returns the tier of an E.164 number.
    """

    def __init__(
        self,
        queue: CallbackQueue,
        settings: DeskSettings,
        clock: Clock,
        *,
        passes_sms: bool = False,
        tier_of: Callable[[str], Tier | None] = _no_tier,
    ) -> None:
        self.queue = queue
        self.plan = settings.plan
        self.policy = settings.policy
        self._clock = clock
        self._passes_sms = passes_sms
        self._tier_of = tier_of

    def receive(self, request: CallbackRequest) -> Submitted:
        """Keep a request and promise it the first free time that suits."""
        now = self._clock()
        return self.queue.submit(request, now=now, wish=wish_of(self.plan, request, self._tier_of(request.phone), now))

    def offers(
        self, *, topic: str, urgency: Urgency, wanted: Sequence[Span] = (), count: int = 3, phone: str = ""
    ) -> tuple[Slot, ...]:
        """Return free slots, those wished for first; not kept free.  `phone`, as E.164, is whose call it is."""
        skill = self.plan.skill_for(topic)
        tier = self._tier_of(phone) if phone else None
        standing = standing_of(tier, danger=urgency is Urgency.SAFETY)
        count = max(1, min(count, MOST_OFFERS))
        return offer(
            self.queue, self.plan, skill=skill, wanted=wanted, now=self._clock(), count=count, standing=standing
        )

    def promise(self, case_id: UUID, begins: datetime, *, by: str, staff: bool = False) -> Promise | SlotFull:
        """Promise the slot that begins then.  Staff may promise nearer than customers.

        Raises SlotClosed, CaseUnknown, CaseClosed.
        """
        case, now = self.queue.case(case_id), self._clock()
        if begins > self.plan.latest(now):  # sums with times at the calendar's end have no result
            raise SlotClosed(f"{begins.isoformat()} is too far")
        slot = Slot(Span(begins, begins + timedelta(minutes=self.plan.slot_minutes)), self._skill_of(case))
        standing, tier = self._standing(case, staff=staff), self.tier(case)
        earlier = earlier_for(self.queue, self.plan, slot, standing, tier, now)
        return promise_slot(self.queue, self.plan, case_id, slot, by=by, now=now, standing=standing, earlier=earlier)

    def sooner(self, case: Case) -> Slot | None:
        """Return to what time, of those wished for, a promise can be moved forward because of the customer's tier."""
        if self.tier(case) is None or case.promise is None or case.closed_at is not None:
            return None
        skill, now, standing = self._skill_of(case), self._clock(), self._standing(case)
        taken = taken_of(self.queue, self.plan, skill, now, standing)
        found = next_free(
            self.plan, skill=skill, now=now, taken=taken, within=wanted_by(case), count=1, standing=standing
        )
        return found[0] if found and found[0].span.begins < case.promise.slot.span.begins else None

    def bring_forward(self, case_id: UUID, begins: datetime, *, by: str) -> Promise | SlotFull | None:
        """Move a promise to `begins`, which `sooner` found; None where that is no longer so.

        Raises CaseUnknown, CaseClosed.
        """
        case, now = self.queue.case(case_id), self._clock()
        slot, tier = self.sooner(case), self.tier(case)
        if slot is None or slot.span.begins != begins or tier is None or case.promise is None:
            return None
        earlier, standing = earlier_than(slot, case.promise.slot, tier.key), self._standing(case, staff=True)
        return promise_slot(self.queue, self.plan, case_id, slot, by=by, now=now, standing=standing, earlier=earlier)

    def tier(self, case: Case) -> Tier | None:
        """Return the tier of a case's customer."""
        return self._tier_of(case.requests[-1].request.phone)

    def free_slots(self, case: Case, *, count: int = MOST_OFFERS) -> tuple[Slot, ...]:
        """Return what staff can promise for a case: the wished times first, then the next."""
        skill, now, standing = self._skill_of(case), self._clock(), self._standing(case, staff=True)
        return offer(
            self.queue, self.plan, skill=skill, wanted=wanted_by(case), now=now, count=count, standing=standing
        )

    def offers_for(self, case: Case, *, wanted: Sequence[Span] = (), count: int = 3) -> tuple[Slot, ...]:
        """Return what the customer of a case may be offered: what `promise` would grant.

        First those wanted now, or else those the requests wished for.  The slot that is promised is none of them.
        """
        skill, now, standing = self._skill_of(case), self._clock(), self._standing(case)
        more = count + 1  # the promised slot may be among them
        wanted = wanted or wanted_by(case)
        found = offer(self.queue, self.plan, skill=skill, wanted=wanted, now=now, count=more, standing=standing)
        promised = case.promise.slot if case.promise else None
        return tuple(slot for slot in found if slot != promised)[:count]

    def claim(self, case_id: UUID, agent: str) -> Lease | Held:
        """Take a case to work on, or keep it.  Raises CaseUnknown, CaseClosed."""
        return self.queue.claim(case_id, agent, now=self._clock(), lasting=LEASE_LASTS)

    def take_over(self, case_id: UUID, agent: str) -> Lease:
        """Take a case from whoever has it.  Raises CaseUnknown, CaseClosed."""
        return self.queue.take_over(case_id, agent, now=self._clock(), lasting=LEASE_LASTS)

    def release(self, case_id: UUID, agent: str) -> bool:
        """Give a case back; False when the agent did not have it.  Raises CaseUnknown."""
        return self.queue.release(case_id, agent, now=self._clock())

    def decline(self, case_id: UUID, event_id: UUID, agent: str) -> None:
        """Pass a case by; counts for nothing.  Raises CaseUnknown."""
        now = self._clock()
        self.queue.record(case_id, Declined(id=event_id, agent=agent, at=now))
        self.queue.release(case_id, agent, now=now)

    def close(self, case_id: UUID, *, reason: str, by: str) -> None:
        """End a case by hand.  Raises CaseUnknown."""
        self.queue.close(case_id, reason=reason, by=by, now=self._clock())

    def settle(self, case_id: UUID, attempt: Attempt) -> Settled:
        """Record a call and do what follows from it: another promise, a message, or the end.  Raises CaseUnknown.

        A call that never rang changes nothing but is kept; whoever holds the case may dial again.
        """
        new = self.queue.record(case_id, attempt)
        case = self.queue.case(case_id)
        if attempt.outcome is None or case.closed_at is not None or not new:
            return self._as_it_is(case, new=new)
        return self._follow(case, by=attempt.agent)

    def _as_it_is(self, case: Case, *, new: bool) -> Settled:
        step = self.next_step(case)
        return Settled(step=step, promise=case.promise, closed=case.closed_at is not None, new=new)

    def follow_up(self, case_id: UUID, *, by: str) -> Settled:
        """Do what a case's history asks for now; what the watch runs for cases whose wait is over.

        Nothing for a closed case.  Raises CaseUnknown.
        """
        case = self.queue.case(case_id)
        return self._follow(case, by=by) if case.closed_at is None else self._as_it_is(case, new=False)

    def after(self, case: Case, attempt: Attempt) -> NextStep:
        """Return what would follow such a call; nothing is kept."""
        step = self.next_step(replace(case, events=(*case.events, attempt)))
        return self._tried_again(step) if isinstance(step, Done) else step

    def slot_after(self, case: Case, step: CallAgain) -> Slot | None:
        """Return the slot that would be promised for it."""
        skill, standing = self._skill_of(case), self._standing(case, staff=True)
        return slot_for(self.queue, self.plan, step, skill=skill, now=self._clock(), standing=standing)

    def _tried_again(self, step: Done) -> NextStep:
        """What was not solved is called about again; all else is done."""
        if step.resolution is not Resolution.UNSOLVED:
            return step
        begins = self._clock() + timedelta(minutes=self.policy.gap_minutes[0])
        return CallAgain(Span(begins, begins + timedelta(minutes=self.policy.window_minutes)))

    def next_step(self, case: Case) -> NextStep:
        """Return what the policy proposes for a case of such a history."""
        anew_at = asked_anew(case.events, [stored.received_at for stored in case.requests])
        return self._in_our_means(step_after(case.events, self.policy, self._clock(), anew_at=anew_at))

    def _in_our_means(self, step: NextStep) -> NextStep:
        """Where nobody sends SMS, what would be one is the end, with a word on the device."""
        if isinstance(step, SendSms) and not self._passes_sms:
            return Close(CloseReason.UNREACHABLE, self._clock())
        return step

    def _follow(self, case: Case, *, by: str) -> Settled:
        step = self.next_step(case)
        now = self._clock()
        step = self._tried_again(step) if isinstance(step, Done) else step
        if isinstance(step, CallAgain):
            try:
                promise = self._promise_again(case, step, by=by, now=now)
            except CaseClosed:  # somebody closed it meanwhile; the call is recorded
                return Settled(step=step, promise=None, closed=True)
            self.queue.release(case.id, by, now=now)
            return Settled(step=step, promise=promise, closed=False)
        if isinstance(step, Done):
            self.queue.close(case.id, reason=step.resolution.value, by=by, now=now)
        elif isinstance(step, Close) and step.at <= now:
            self.queue.close(case.id, reason=step.reason.value, by=by, now=now)
        else:
            self._wait_for_answer(case, step, by=by, now=now)
            return Settled(step=step, promise=None, closed=False)
        return Settled(step=step, promise=None, closed=True)

    def _promise_again(self, case: Case, step: CallAgain, *, by: str, now: datetime) -> Promise | None:
        standing = self._standing(case, staff=True)
        for _ in range(RACES):
            slot = slot_for(self.queue, self.plan, step, skill=self._skill_of(case), now=now, standing=standing)
            if slot is None:
                break
            seats, among = self.plan.seats(slot.skill), self.plan.seat_numbers(slot, now, standing)
            found = self.queue.promise(case.id, slot, seats=seats, among=among, by=by, now=now)
            if isinstance(found, Promise):
                return found
        due_at = step.window.begins if step.window.begins > now else min(case.due_at, now)  # what is late stays late
        self.queue.free(case.id, due_at=due_at, by=by, now=now)
        return None

    def _wait_for_answer(self, case: Case, step: NextStep, *, by: str, now: datetime) -> None:
        """Ask by SMS once, then leave the customer time to get in touch."""
        if isinstance(step, SendSms):
            self.queue.record(case.id, SmsSent(id=_sms_id(case), at=now))
        over = step.at if isinstance(step, Close) else now + timedelta(minutes=self.policy.sms_wait_minutes)
        self.queue.free(case.id, due_at=over, by=by, now=now)
        self.queue.release(case.id, by, now=now)

    def _skill_of(self, case: Case) -> str:
        """Return who calls: the case's skill, or, when the plan has changed and knows it no more, that of the topic."""
        return case.skill if case.skill in self.plan.capacity else self.plan.skill_for(case.topic)

    def _standing(self, case: Case, *, staff: bool = False) -> Standing:
        return standing_of(self.tier(case), danger=case.urgency is Urgency.SAFETY, staff=staff)


def _sms_id(case: Case) -> UUID:
    """One SMS after so many calls, whichever process sends it."""
    return uuid5(case.id, f"sms {len(case.events)}")
