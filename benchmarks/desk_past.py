"""A desk that has worked for years: closed cases by the million, and the queue of today.

Everything is encrypted and found as the desk itself would have written it.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from benchmarks.desk_customers import Customer, customer, half_day, invented, rare_customer, uuid_of
from benchmarks.desk_loading import Loader, plain
from server.slots import DeskPlan, Slot, slots_on
from server.spans import TOKYO, Span
from server.store.rows import request_values
from server.store.search_keys import DIGEST_BYTES, _beginnings, _ends
from server.store.vault import Vault
from server.wire import CallbackRequest, Channel, Consent, TextTurn, Urgency, Window

AT_ONCE = 2_000  # cases
PAST_DAYS = 700  # nothing is old enough to be erased
TALK_DAYS = 180  # what was said before is forgotten
OPEN_DAYS = 10
LATE_OF_ALL = 0.008
UNPROMISED_OF_ALL = 0.1
Tables = dict[str, list[Sequence[Any]]]
COLUMNS = {
    name: columns.split()
    for name, columns in {
        "cases": "id phone_digest topic urgency_rank lane skill agent due_at opened_at closed_at close_reason",
        "requests": "id case_id received_at name_locked reading_locked phone_locked address_locked conversation_locked"
        " topic article_id urgency windows channel consent_at consent_wording device language",
        "matters": "phone_digest topic case_id heard_at",
        "promises": "case_id skill begins_at ends_at seat made_at ended_at",
        "leases": "case_id agent taken_from taken_at expires_at ended_at",
        "call_events": "id case_id kind at agent rang_at outcome resolution",
        "journal": "id at actor action case_id detail",
        "search_keys": "digest case_id",
    }.items()
}
RESOLUTIONS = ("satisfied", "satisfied", "calmed", "unsolved", "passed_on")


@dataclass(slots=True)
class _Case:
    """One matter as it happened."""

    number: int
    who: Customer
    opened_at: datetime
    agent: str
    urgency: Urgency
    slot: Slot | None = None
    seat: int = 0
    due_at: datetime | None = None  # where it has no promise
    closed_at: datetime | None = None
    rang: int = 0  # calls without an answer before the last
    id: UUID = field(default_factory=lambda: UUID(int=0))


class Past:
    """Writes cases into desks that have the same key."""

    def __init__(self, vault: Vault, plan: DeskPlan, agents: Sequence[str], now: datetime) -> None:
        self._vault = vault
        self._plan = plan
        self._agents = agents
        self._now = now
        self._rng = random.Random(20261124)
        self._line = 1_000  # the accounts have the first ones
        self._name_keys = lru_cache(maxsize=None)(self._digests_of_names)

    def write(self, closed: int, opened: int, loaders: Sequence[Loader], done: Callable[[int], object]) -> None:
        """Write them; calls `done` with how many more are written."""
        for loader in loaders:
            loader.begin()
            loader.write("skills", ["name"], [[skill] for skill in self._plan.capacity])
        cases = self._cases(closed, opened)
        while batch := list(islice(cases, AT_ONCE)):
            tables = self._rows(batch)
            for loader in loaders:
                for table, rows in tables.items():
                    loader.write(table, COLUMNS[table], rows)
            done(len(batch))
        for loader in loaders:
            loader.end()

    def _cases(self, closed: int, opened: int) -> Iterator[_Case]:
        rare_at = closed // 2
        for number in range(closed):
            share = number / max(1, closed)
            began = self._now - timedelta(days=PAST_DAYS) + timedelta(days=PAST_DAYS - 16) * share
            case = self._case(number, rare_customer() if number == rare_at else customer(number, self._rng), began)
            begins = (began + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
            case.slot = _slot(begins, self._plan)
            case.closed_at = begins + timedelta(minutes=20)
            case.rang = self._rng.choice((0, 0, 1, 2))
            yield case
        free = self._free_slots()
        for number in range(opened):
            began = self._now - timedelta(minutes=self._rng.randrange(60, OPEN_DAYS * 24 * 60))
            case = self._case(closed + number, customer(closed + number, self._rng), began)
            self._place(case, number / opened, free)
            yield case

    def _case(self, number: int, who: Customer, began: datetime) -> _Case:
        urgency = self._rng.choices(list(Urgency), (1, 9, 90))[0]
        agent = self._rng.choice(self._agents)
        return _Case(number=number, who=who, opened_at=began, agent=agent, urgency=urgency, id=uuid_of(self._rng))

    def _place(self, case: _Case, share: float, free: Iterator[tuple[Slot, int]]) -> None:
        """Have some late, some without a promise, all others promised from now on."""
        if share < LATE_OF_ALL:
            case.due_at = self._now - timedelta(minutes=40 + case.number % 300)
        elif share < LATE_OF_ALL + UNPROMISED_OF_ALL:
            case.due_at = self._now + timedelta(hours=1 + case.number % 200)
        else:
            case.slot, case.seat = next(free)
            case.rang = self._rng.choice((0, 0, 0, 1))

    def _free_slots(self) -> Iterator[tuple[Slot, int]]:
        skill, days = next(iter(self._plan.capacity)), range(self._plan.horizon_days + 30)
        today = self._now.astimezone(TOKYO).date()
        coming = [slot for day in days for slot in slots_on(self._plan, today + timedelta(days=day), skill)]
        for slot in coming:
            for seat in range(self._plan.capacity[skill] if slot.span.begins > self._now else 0):
                yield slot, seat

    def _rows(self, cases: Sequence[_Case]) -> Tables:
        """Return the rows of all tables in the order in which they refer to each other."""
        tables: Tables = {name: [] for name in COLUMNS}
        for case in cases:
            self._add(tables, case)
        return tables

    def _add(self, tables: Tables, case: _Case) -> None:
        request, digest, id_ = self._request(case), self._vault.digest(case.who.phone), case.id.hex
        skill, opened = next(iter(self._plan.capacity)), plain(case.opened_at)
        due = case.slot.span.begins if case.slot else case.due_at
        reason = self._rng.choice(RESOLUTIONS) if case.closed_at else None
        rank, closed = case.urgency.rank, plain(case.closed_at)
        tables["cases"].append(
            (id_, digest, request.topic, rank, min(rank, 1), skill, case.agent, plain(due), opened, closed, reason)
        )
        values = request_values(request, case.id, case.opened_at, self._vault)
        tables["requests"].append([plain(values[name]) for name in COLUMNS["requests"]])
        tables["matters"].append((digest, request.topic, id_, opened))
        keys = self._name_keys(case.who.name, case.who.reading) | self._digests(_ends(case.who.phone))
        tables["search_keys"].extend([(key, id_) for key in keys])
        self._add_work(tables, case)

    def _add_work(self, tables: Tables, case: _Case) -> None:
        """Write what was promised and done."""
        self._note(tables, plain(case.opened_at), f"device:box-{case.number % 40}", "received", case)
        closed = plain(case.closed_at)
        if case.slot is not None:
            span, made = case.slot.span, plain(case.opened_at)
            promise = (case.id.hex, case.slot.skill, plain(span.begins), plain(span.ends), case.seat, made, closed)
            tables["promises"].append(promise)
        for call in range(case.rang):
            self._call(tables, case, case.opened_at + timedelta(hours=2 + call), "no_answer", None)
        if case.closed_at is not None:
            called = case.closed_at - timedelta(minutes=15)
            tables["leases"].append((case.id.hex, case.agent, None, plain(called), closed, closed))
            self._note(tables, plain(called), case.agent, "claimed", case)
            self._note(tables, plain(called), case.agent, "viewed", case)
            self._call(tables, case, called, "reached", self._rng.choice(RESOLUTIONS))
            self._note(tables, closed, case.agent, "closed", case)

    def _call(self, tables: Tables, case: _Case, at: datetime, outcome: str, resolution: str | None) -> None:
        rang = plain(at + timedelta(seconds=8))
        call = (uuid_of(self._rng).hex, case.id.hex, "attempt", plain(at), case.agent, rang, outcome, resolution)
        tables["call_events"].append(call)
        self._note(tables, plain(at), case.agent, "attempt", case)

    def _note(self, tables: Tables, at: str, actor: str, action: str, case: _Case) -> None:
        self._line += 1
        tables["journal"].append((self._line, at, actor, action, case.id.hex, "{}"))

    def _request(self, case: _Case) -> CallbackRequest:
        window = half_day(case.opened_at, 1, afternoon=bool(case.number % 2))
        talked = case.opened_at > self._now - timedelta(days=TALK_DAYS)
        turns = invented()["conversation"] if talked else ()
        return CallbackRequest.model_construct(
            id=uuid_of(self._rng),
            customer_name=case.who.name,
            customer_reading=case.who.reading,
            phone=case.who.phone,
            topic=self._rng.choice(invented()["topics"]),
            article_id=None,
            conversation=tuple(TextTurn.model_construct(speaker=speaker, text=text) for speaker, text in turns),
            urgency=case.urgency,
            windows=(Window.model_construct(_fields_set=None, **_moments(window)),),
            channel=Channel.PHONE,
            channel_address=None,
            consent=Consent.model_construct(at=case.opened_at, wording=invented()["wording"]),
            device=f"box-{case.number % 40}",
            language="ja",
        )

    def _digests_of_names(self, name: str, reading: str) -> frozenset[bytes]:
        return self._digests([*_beginnings(name), *_beginnings(reading)])

    def _digests(self, terms: Sequence[str] | Iterator[str]) -> frozenset[bytes]:
        return frozenset(self._vault.digest(term)[:DIGEST_BYTES] for term in terms)


def _moments(window: Mapping[str, str]) -> dict[str, Any]:
    return {side: datetime.fromisoformat(moment) for side, moment in window.items()}


def _slot(begins: datetime, plan: DeskPlan) -> Slot:
    """Return a slot of that moment; in the past nobody asks whether it was one of the hours."""
    return Slot(Span(begins, begins + timedelta(minutes=plan.slot_minutes)), next(iter(plan.capacity)))
