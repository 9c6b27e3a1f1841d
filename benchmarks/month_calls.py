"""How agents follow cases up, with the mistakes agents make, and what customers say of it afterwards."""

import random
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from benchmarks.month_backend import Backend
from benchmarks.month_memory import Followed, Memory
from benchmarks.month_plan import Kind, given
from server.attempts import Attempt, CallOutcome, Resolution
from server.client import DeskClient
from server.errors import RatingRefused, SlotTaken
from server.ratings import Rating
from server.records import Held, Promise
from server.spans import TOKYO, Span
from server.store.notes import Note
from server.undoing import SETTLED, UNDONE, detail_of, undo, undoable

Seconds = Generator[float, None, None]
Choice = TypeVar("Choice")
RETRY_S: Final = 180.0
STAFF_LOOKS_S: Final = 1200.0
OPENS, SHUTS = 9, 18


class Agents:
    """Everybody on the phone.  `start` begins something that goes on by itself."""

    def __init__(
        self,
        backend: Backend,
        memory: Memory,
        clients: Callable[[str], DeskClient],
        start: Callable[[Seconds], object],
        rng: random.Random,
    ) -> None:
        self._office, self._desk, self._clock = backend.office, backend.office.desk, backend.clock
        self._agents, self._memory, self._clients, self._start, self._rng = (
            backend.agents, memory, clients, start, rng,
        )  # fmt: skip
        self._spec, self._texts, self._customers = given()["calls"], given()["texts"], given()["customers"]
        self._busy: dict[str, datetime] = {}
        self._planned: dict[UUID, Span | None] = {}

    def follow(self, case: Followed) -> None:
        """A request came: call when that was promised, or promise something."""
        if case.closed_at is not None:
            return
        if case.promised is None:
            self._start(self._promise(case))
        elif self._planned.get(case.id) != case.promised:
            self._planned[case.id] = case.promised
            self._start(self._call(case, case.promised))

    def change_of_mind(self, case: Followed, request: UUID) -> Seconds:
        """Some customers move the call or want none any more, over their device."""
        yield self._rng.uniform(600, 7200)
        chance, client = self._rng.random(), self._clients(case.device)
        if case.closed_at is not None or request not in case.requests or case.promised is None:
            return
        if chance < self._customers["moves"]:
            free = client.slots_for(request)
            try:
                answer = client.choose(request, self._rng.choice(free).begins) if free else None
            except SlotTaken:
                answer = None
            if answer is not None:
                case.agree(answer.promise, self._clock())
                self.follow(case)
        elif chance < self._customers["moves"] + self._customers["withdraws"]:
            client.withdraw(request)
            case.withdrawn.add(request)
            if case.withdrawn == set(case.requests):
                case.close("withdrawn", self._clock())

    def _promise(self, case: Followed) -> Seconds:
        yield STAFF_LOOKS_S
        if case.closed_at is not None or case.promised is not None:
            return
        free = self._desk.free_slots(self._desk.queue.case(case.id), count=1)
        made = self._desk.promise(case.id, free[0].span.begins, by=self._agents[0], staff=True) if free else None
        if isinstance(made, Promise):
            case.agree(made.slot.span, self._clock())
        self.follow(case)

    def _call(self, case: Followed, due: Span) -> Seconds:
        """Call some time after it was promised, unless something else was promised since."""
        yield max(0.0, (due.begins - self._clock()).total_seconds()) + self._delay_s(case)
        while (agent := self._free()) is None or not self._is_open(case):
            yield RETRY_S
        if case.closed_at is not None or case.promised not in (due, None):
            return
        if isinstance(self._desk.claim(case.id, agent), Held):
            self._desk.take_over(case.id, agent)
        attempt = self._dialled(case, agent)
        lasts = self._rng.uniform(*self._spec["minutes"]) * 60 if attempt.resolution else 60.0
        self._busy[agent] = self._clock() + timedelta(seconds=lasts + 90)
        yield lasts + 60
        yield from self._settle(case, attempt, due)

    def _settle(self, case: Followed, attempt: Attempt, due: Span) -> Seconds:
        if case.closed_at is not None:  # the customer took it back meanwhile; the call is recorded
            self._desk.settle(case.id, attempt)
            case.calls[attempt.id] = attempt
            return
        if attempt.resolution is not None and self._rng.random() < self._spec["slips"]:
            yield from self._slip(case, attempt)
        if case.closed_at is not None:
            return
        settled = self._desk.settle(case.id, attempt)
        if self._rng.random() < self._spec["double_click"]:
            self._desk.settle(case.id, attempt)
        now = self._clock()
        case.calls[attempt.id] = attempt
        if attempt.resolution is not None and (text := self._rng.choice(self._texts["notes"])):
            self._office.notes.add(case.id, Note(id=self._id(), author=attempt.agent, at=now, text=text))
        if attempt.outcome is None:
            yield RETRY_S
            self._start(self._call(case, due))
        elif settled.closed:
            self._closed(case, attempt, now)
        else:
            case.agree(settled.promise.slot.span if settled.promise else None, now)
            self._planned.pop(case.id, None)
            self.follow(case)

    def _slip(self, case: Followed, meant: Attempt) -> Seconds:
        """Record that nobody answered, notice it, and take it back; what cannot be taken back stays."""
        wrong = replace(meant, id=self._id(), outcome=CallOutcome.NO_ANSWER, resolution=None, how_solved="")
        before, was, agent = self._desk.queue.case(case.id), case.promised, meant.agent
        settled = self._desk.settle(case.id, wrong)
        journal, detail = self._office.journal, detail_of(before, wrong.id, settled)
        journal.write(at=self._clock(), actor=agent, action=SETTLED, case_id=case.id, detail=detail)
        case.calls[wrong.id] = wrong
        if settled.closed:
            case.close("unreachable", self._clock())
        else:
            case.agree(settled.promise.slot.span if settled.promise else None, self._clock())
        yield self._rng.uniform(*self._spec["slip_seconds"])
        slip = undoable(journal.of_case(case.id), agent, now=self._clock())
        if slip is None or (line := journal.line(slip.line)) is None:
            return
        restored = undo(self._desk, line, agent, self._clock)
        detail = {"line": slip.line, "restored": restored}
        journal.write(at=self._clock(), actor=agent, action=UNDONE, case_id=case.id, detail=detail)
        del case.calls[wrong.id]
        case.closed_at, case.reason = None, ""
        case.agree(was if restored else None, self._clock())

    def _closed(self, case: Followed, attempt: Attempt, now: datetime) -> None:
        unreached = {CallOutcome.WRONG_NUMBER: "wrong_number"}.get(attempt.outcome or CallOutcome.BUSY, "unreachable")
        case.close(attempt.resolution.value if attempt.resolution else unreached, now)
        if attempt.resolution is not None:
            self._start(self._rates(case, attempt.resolution))

    def _rates(self, case: Followed, resolution: Resolution) -> Seconds:
        """Be asked by the device, some time later: whether one is satisfied, and whether one would recommend us."""
        yield self._rng.uniform(1800, 200_000)
        request, client = max(case.requests, key=lambda one: case.requests[one]), self._clients(case.device)
        told = given()["answers"].get(resolution.value, given()["answers"]["other"])
        if self._rng.random() < self._customers["rates"]:
            self._rate(client, request, told)
            if self._rng.random() < self._customers["rates_anew"]:
                yield self._rng.uniform(3600, 90_000)
                self._rate(client, request, told)
        if self._rng.random() < self._customers["recommends"] and client.status(request).recommend_until:
            yield 60.0
            score = self._rng.choice(told["scores"])
            client.recommend(request, score, self._clock())
            self._memory.scores[request] = (self._clock(), score)

    def _rate(self, client: DeskClient, request: UUID, told: dict[str, Any]) -> None:
        answer = Rating(self._rng.choices(("yes", "no", "neither"), [told[one] for one in ("yes", "no", "neither")])[0])
        try:
            client.rate(request, answer, self._clock())
        except RatingRefused:
            return
        before = self._memory.ratings.get(request)
        if before is None or before[1] is not answer:  # the same once more changes nothing
            self._memory.ratings[request] = (self._clock(), answer)

    def _dialled(self, case: Followed, agent: str) -> Attempt:
        dialled = self._clock() + timedelta(seconds=self._rng.randrange(1, 30))
        facts: dict[str, Any] = {"id": self._id(), "agent": agent, "dialled_at": dialled}
        if self._rng.random() < self._spec["never_rang"]:
            return Attempt(**facts, rang_at=None, outcome=None)
        rang = dialled + timedelta(seconds=self._rng.randrange(4, 9))
        facts["rang_at"] = rang
        hour = rang.astimezone(TOKYO).hour
        share = next(share for before, share in self._spec["reached"] if hour < before)
        if case.safety or self._rng.random() < share:
            return self._reached(case, facts)
        outcome = CallOutcome(self._one_of(self._spec["missed"]))
        later = rang + timedelta(hours=self._rng.choice(self._spec["later_hours"]))
        return Attempt(**facts, outcome=outcome, later_at=later if outcome is CallOutcome.CALL_LATER else None)

    def _reached(self, case: Followed, facts: dict[str, Any]) -> Attempt:
        angry = case.matter.kind in (Kind.COMPLAINT, Kind.DANGER)
        resolution = Resolution(self._one_of(self._spec["angry" if angry else "content"]))
        solved = case.matter.solved if resolution in (Resolution.SATISFIED, Resolution.CALMED) else ""
        return Attempt(**facts, outcome=CallOutcome.REACHED, resolution=resolution, how_solved=solved)

    def _delay_s(self, case: Followed) -> float:
        if case.safety:
            return self._rng.uniform(*self._spec["urgent_minutes"]) * 60
        shares: Sequence[Sequence[float]] = self._spec["delays"]
        _, low, high = self._rng.choices(shares, [one[0] for one in shares])[0]
        return self._rng.uniform(low, high) * 60

    def _is_open(self, case: Followed) -> bool:
        local = self._clock().astimezone(TOKYO)
        return case.safety or (OPENS <= local.hour < SHUTS and self._desk.plan.hours.why_closed(local.date()) is None)

    def _free(self) -> str | None:
        free = [one for one in self._agents if one not in self._busy or self._busy[one] <= self._clock()]
        return self._rng.choice(free) if free else None

    def _one_of(self, shares: dict[Choice, float]) -> Choice:
        return self._rng.choices(list(shares), list(shares.values()))[0]

    def _id(self) -> UUID:
        return UUID(int=self._rng.getrandbits(128), version=4)
