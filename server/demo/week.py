"""Seven days at the desk, event by event, through its real operations, with a clock that walks up to now."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Final
from uuid import UUID

from server.demo.calls import Calls, Dialled
from server.demo.customers import Customers, Person
from server.demo.texts import Matter, Texts
from server.desk import CallbackDesk, Settled
from server.records import Held, Promise, Submitted
from server.slots import Slot, slots_on
from server.spans import TOKYO
from server.store.notes import Note, NoteStore
from server.wire import Urgency, Window

DAYS: Final = 7
CALLERS: Final = ("sato", "suzuki", "takahashi")
# How many customers ask in each hour from 8 to 20 o'clock; 23 a day.
HOURLY: Final = (1, 2, 3, 3, 1, 2, 2, 2, 2, 2, 1, 1, 1)
FIRST_HOUR: Final = 8
SECOND_VOICES: Final = 0.08
NOTED: Final = 0.22
TAKEN_OVER: Final = 0.03
RARE: Final = 0.06  # how often a safety case comes among all
RETRY: Final = timedelta(minutes=3)
STAFF_ANSWERS: Final = timedelta(minutes=20)


class WalkingClock:
    """A clock that stands where the week is."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the moment the week has come to."""
        return self.now


@dataclass(slots=True)
class _Open:
    """What the week knows of an open case."""

    matter: Matter
    person: Person
    due: datetime | None = None
    agent: str | None = None
    left_alone: bool = False  # nobody calls: it waits for the newcomer


class Week:
    """Plays it.  The same texts, seed and moment make the same week."""

    def __init__(
        self, desk: CallbackDesk, notes: NoteStore, clock: WalkingClock, customers: Customers, texts: Texts, seed: int
    ) -> None:
        self._desk = desk
        self._notes = notes
        self._clock = clock
        self._customers = customers
        self._texts = texts
        self._random = Random(seed)  # noqa: S311  # a play, no secret
        self._calls = Calls(texts, self._random)
        self._open: dict[UUID, _Open] = {}
        self._busy: dict[str, datetime] = {}
        self._events: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = count()
        self._normal = [matter for matter in texts.matters if matter.urgency is not Urgency.SAFETY]
        self._dangers = [matter for matter in texts.matters if matter.urgency is Urgency.SAFETY]

    def play(self, now: datetime) -> None:
        """Go through the seven days before `now`, which the clock shows in the end."""
        self._plan_arrivals(now)
        self._plan_the_present(now)
        while self._events and self._events[0][0] <= now:
            self._clock.now, _, happen = heapq.heappop(self._events)
            happen()
        self._clock.now = now

    def _at(self, moment: datetime, happen: Callable[[], object]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), happen))

    def _plan_arrivals(self, now: datetime) -> None:
        start = now - timedelta(days=DAYS)
        for hour in range(DAYS * 24 + 1):
            begins = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=hour)
            nth = begins.astimezone(TOKYO).hour - FIRST_HOUR
            for _ in range(HOURLY[nth] if 0 <= nth < len(HOURLY) else 0):
                moment = begins + timedelta(seconds=self._random.randrange(3600))
                if start <= moment < now:
                    self._at(moment, self._somebody_asks)

    def _plan_the_present(self, now: datetime) -> None:
        """Have something of everything at the end: late, soon due, in work, dangerous."""
        slots = self._slots_around(now)
        late = max(slot.span.begins for slot in slots if slot.span.ends <= now - timedelta(minutes=4))
        soon = min(slot.span.begins for slot in slots if slot.span.begins > now)
        first, second, third = self._random.sample(self._normal, 3)
        self._at(late - timedelta(minutes=95), lambda: self._asks_for(first, late))
        self._at(soon - timedelta(minutes=130), lambda: self._asks_for(second, soon))
        self._at(soon - timedelta(minutes=110), lambda: self._asks_for(third, soon, held_by="suzuki", at=now))
        self._at(now - timedelta(minutes=4), lambda: self._asks(self._dangers[-1], left_alone=True))

    def _slots_around(self, now: datetime) -> list[Slot]:
        day = now.astimezone(TOKYO).date()
        days = (day - timedelta(days=1), day, day + timedelta(days=1))
        return [slot for one in days for slot in slots_on(self._desk.plan, one, next(iter(self._desk.plan.capacity)))]

    def _asks_for(
        self, matter: Matter, begins: datetime, *, held_by: str | None = None, at: datetime | None = None
    ) -> None:
        window = Window(begins=begins, ends=begins + timedelta(minutes=self._desk.plan.slot_minutes))
        case_id = self._asks(matter, window=window, left_alone=True)
        if held_by and at:
            self._at(at - timedelta(minutes=2), lambda: self._hold(case_id, held_by))

    def _hold(self, case_id: UUID, agent: str) -> None:
        self._desk.claim(case_id, agent)
        self._write_note(case_id, agent, "first")

    def _somebody_asks(self) -> None:
        rare = self._random.random() < RARE
        self._asks(self._random.choice(self._dangers if rare else self._normal))

    def _asks(self, matter: Matter, *, window: Window | None = None, left_alone: bool = False) -> UUID:
        person = self._customers.somebody()
        now = self._clock.now
        request = self._customers.request(person, matter, at=now, windows=(window,) if window else ())
        case_id = _case_of(self._desk.receive(request))
        known = self._open.setdefault(case_id, _Open(matter=matter, person=person))
        known.left_alone |= left_alone
        self._arrange(case_id, self._desk.queue.case(case_id).promise)
        if left_alone or self._random.random() < SECOND_VOICES:
            wait = 2 if left_alone and matter.urgency is Urgency.SAFETY else self._random.randrange(20, 300)
            self._at(now + timedelta(minutes=wait), lambda: self._asks_again(case_id))
        return case_id

    def _asks_again(self, case_id: UUID) -> None:
        known = self._open.get(case_id)
        if known is None:
            return
        relative = self._customers.relative_of(known.person)
        case = self._desk.queue.case(case_id)
        windows = case.requests[0].request.windows
        request = self._customers.request(relative, known.matter, at=self._clock.now, windows=windows, second=True)
        self._arrange(_case_of(self._desk.receive(request)), self._desk.queue.case(case_id).promise)

    def _arrange(self, case_id: UUID, promise: Promise | None) -> None:
        """Have the case called when it was promised, or promised when somebody has looked at it."""
        known = self._open[case_id]
        if promise is None:
            self._at(self._clock.now + STAFF_ANSWERS, lambda: self._promise(case_id))
        elif known.due != promise.slot.span.begins:
            known.due = promise.slot.span.begins
            due = known.due
            self._at(due + timedelta(seconds=self._random.randrange(400)), lambda: self._call(case_id, due))

    def _promise(self, case_id: UUID) -> None:
        if case_id not in self._open:
            return
        case = self._desk.queue.case(case_id)
        free = self._desk.free_slots(case, count=1)
        if case.promise or not free:
            return
        made = self._desk.promise(case_id, free[0].span.begins, by=self._random.choice(CALLERS), staff=True)
        if isinstance(made, Promise):
            self._arrange(case_id, made)

    def _call(self, case_id: UUID, due: datetime) -> None:
        known = self._open.get(case_id)
        if known is None or known.left_alone or known.due != due:
            return
        agent = self._free_agent(known.agent)
        if agent is None:
            self._at(self._clock.now + RETRY, lambda: self._call(case_id, due))
            return
        self._take(case_id, agent)
        known.agent = agent
        dialled = self._calls.dial(self._customers.new_id(), agent, known.matter, self._clock.now)
        over = dialled.attempt.dialled_at + dialled.lasts
        self._busy[agent] = over + timedelta(minutes=1)
        self._at(over, lambda: self._hang_up(case_id, dialled, due))

    def _free_agent(self, before: str | None) -> str | None:
        free = [
            agent for agent in CALLERS if self._busy.get(agent, datetime.min.replace(tzinfo=UTC)) <= self._clock.now
        ]
        return before if before in free else self._random.choice(free or [None])

    def _take(self, case_id: UUID, agent: str) -> None:
        if self._random.random() < TAKEN_OVER:
            self._desk.claim(case_id, self._random.choice([other for other in CALLERS if other != agent]))
        if isinstance(self._desk.claim(case_id, agent), Held):
            self._desk.take_over(case_id, agent)
        if self._random.random() < NOTED:
            self._write_note(case_id, agent, "first")

    def _hang_up(self, case_id: UUID, dialled: Dialled, due: datetime) -> None:
        settled = self._desk.settle(case_id, dialled.attempt)
        if settled.closed:
            del self._open[case_id]
        elif dialled.attempt.outcome is None:
            self._at(self._clock.now + RETRY, lambda: self._call(case_id, due))
        else:
            self._goes_on(case_id, settled, dialled.attempt.agent)

    def _goes_on(self, case_id: UUID, settled: Settled, agent: str) -> None:
        if self._random.random() < NOTED:
            self._write_note(case_id, agent, "follow")
        self._arrange(case_id, settled.promise)

    def _write_note(self, case_id: UUID, author: str, kind: str) -> None:
        text = self._random.choice(self._texts.phrases["notes"][kind])
        self._notes.add(case_id, Note(id=self._customers.new_id(), author=author, at=self._clock.now, text=text))


def _case_of(submitted: Submitted) -> UUID:
    if submitted.case_id is None:
        raise ValueError("nothing is erased in the demo")
    return submitted.case_id
