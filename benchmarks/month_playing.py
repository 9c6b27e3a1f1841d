"""Playing the month: everything that goes on at once, in the order of its time, and the desk's own nights."""

import heapq
import random
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from benchmarks.month_backend import Backend, Place, knowledge
from benchmarks.month_calls import Agents
from benchmarks.month_memory import Memory, Told
from benchmarks.month_plan import FIRST_DAY, Plan, Visit
from benchmarks.month_talk import Talk
from server.client import DeskClient
from server.demo.week import WalkingClock
from server.spans import TOKYO
from server.store.unsynced import unsynced
from server.work.insight import due_round
from server.work.watch import Watch

Seconds = Generator[float, None, None]
NIGHT_H: Final = 3.2  # after the last midnight: when the last day has been computed
ROUND_S: Final = 3600.0  # between two looks of the background work; a minute there


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a month left."""

    plan: Plan
    backend: Backend
    memory: Memory


def began() -> datetime:
    """The first midnight."""
    return datetime.combine(FIRST_DAY, datetime.min.time(), TOKYO)


class Month:
    """Plays it.  The same plan and seed make the same month."""

    def __init__(self, plan: Plan, folder: Path, cache: Path, *, agents: int, seed: int) -> None:
        self._plan, self._clock = plan, WalkingClock(began())
        self._rng = random.Random(f"month {seed}")
        self.backend = Backend(folder / "desk", plan.articles, agents=agents, clock=self._clock)
        self.memory = Memory()
        self._known = knowledge(plan.articles, cache)
        self._places: dict[str, Place] = {}
        self._events: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = count()
        self._agents = Agents(self.backend, self.memory, self._client, self.start, self._rng)
        self._watch = Watch(self.backend.office, {})

    def play(self, done: Callable[[], object]) -> Played:
        """Play until the night after the last day; `done` is told of each hour."""
        ends = self._plan.ends + timedelta(hours=NIGHT_H)
        for visit in self._plan.visits:
            if visit.at < self._plan.ends - timedelta(minutes=20):
                self._at(visit.at, lambda visit=visit: self.start(self._visit(visit)))
        self.start(self._background(done))
        with unsynced(self.backend.office.engine):
            while self._events and self._events[0][0] <= ends:
                self._clock.now, _, happen = heapq.heappop(self._events)
                happen()
        self._clock.now = ends
        return Played(plan=self._plan, backend=self.backend, memory=self.memory)

    def start(self, steps: Seconds) -> None:
        """Let something go on from now."""
        pause = next(steps, None)
        if pause is not None:
            self._at(self._clock() + timedelta(seconds=pause), lambda: self.start(steps))

    def _at(self, moment: datetime, happen: Callable[[], object]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), happen))

    def _background(self, done: Callable[[], object]) -> Seconds:
        while True:
            yield ROUND_S
            due_round(self.backend.office)
            self._watch.minute()
            done()

    def _visit(self, visit: Visit) -> Seconds:
        place = self._place(visit.device)
        yield from Talk(visit, place, self.memory, self._rng).steps(self._after)

    def _after(self, told: Told) -> None:
        if told.request is not None:
            case = self.memory.case_of(told.request)
            self._agents.follow(case)
            self.start(self._agents.change_of_mind(case, told.request))

    def _place(self, device: str) -> Place:
        if device not in self._places:
            self._places[device] = Place(device, self._known, self.backend, self.memory, self._rng)
        return self._places[device]

    def _client(self, device: str) -> DeskClient:
        return self._place(device).desk.client
