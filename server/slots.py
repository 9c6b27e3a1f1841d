"""Which times can be promised: the plan of the desk, and its free slots.  Pure: pass `now` and what is taken."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate, islice
from typing import Final, Self

from server.errors import SkillUnknown, SlotClosed
from server.opening_hours import OpeningHours
from server.spans import TOKYO, Span, in_utc

MOST_DAYS: Final = 1000  # cut into slots and remembered
LONGEST_HORIZON: Final = 366  # days


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A time in which one person with `skill` makes one call."""

    span: Span
    skill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What somebody may be promised beside what everybody may.  Danger has the held seats, too."""

    urgent: bool = False  # the urgent lead holds: danger, or staff arrange it
    lead_minutes: int | None = None  # of the customer's tier
    held: bool = False  # the seats held for customers of a tier
    held_first: bool = False  # these before the others, so that the others stay free


ANYBODY: Final = Standing()
DANGER: Final = Standing(urgent=True, held=True)


@dataclass(frozen=True, slots=True)
class OpenSeats:
    """The seats for everybody: in slots that begin after `until` those numbered below `number`, in earlier ones all."""

    number: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPlan:
    """What the desk can promise.  `capacity` is how many calls of a skill run at the same time."""

    hours: OpeningHours
    capacity: Mapping[str, int]
    slot_minutes: int = 30
    lead_minutes: int = 60  # nothing nearer than this is promised
    urgent_lead_minutes: int = 0  # the same where there is danger
    horizon_days: int = 14  # nothing farther than this is promised
    held_seats: int = 0  # of each slot, for customers of a tier; at least one is always for everybody
    held_until_minutes: int = 120  # before the slot: then they are for everybody
    skills: Mapping[str, str] = field(default_factory=dict)  # topic, or its beginning up to a hyphen -> skill
    _cut: dict[tuple[date, str], tuple[Slot, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if (
            not 1 <= self.slot_minutes <= 24 * 60
            or min(self.lead_minutes, self.urgent_lead_minutes) < 0
            or max(self.lead_minutes, self.urgent_lead_minutes) > LONGEST_HORIZON * 24 * 60
            or not 1 <= self.horizon_days <= LONGEST_HORIZON
        ):
            raise ValueError("slots last 1 to 1440 minutes, lead 0 to 366 days, horizon 1 to 366 days")
        if self.held_seats < 0 or not 0 <= self.held_until_minutes <= LONGEST_HORIZON * 24 * 60:
            raise ValueError("held seats are not negative, and held until 0 minutes to 366 days before")
        if not self.capacity or min(self.capacity.values()) < 0:
            raise ValueError("at least one skill has a capacity, and none is negative")

    def seats(self, skill: str) -> int:
        """How many calls of that skill run at once.  Raises SkillUnknown."""
        if skill not in self.capacity:
            raise SkillUnknown(skill)
        return self.capacity[skill]

    def open_seats(self, skill: str, now: datetime, standing: Standing = ANYBODY) -> OpenSeats | None:
        """Which seats somebody may have; None: all of them.  Raises SkillUnknown."""
        seats = self.seats(skill)
        number = max(min(seats, 1), seats - self.held_seats)
        if standing.held or number == seats:
            return None
        return OpenSeats(number, in_utc(now) + timedelta(minutes=self.held_until_minutes))

    def seat_numbers(self, slot: Slot, now: datetime, standing: Standing = ANYBODY) -> Sequence[int]:
        """The seats of a slot somebody may have, in the order in which they are to be taken.  Raises SkillUnknown."""
        seats = self.seats(slot.skill)
        for_all = self.open_seats(slot.skill, now)
        if for_all is None or (not standing.held and slot.span.begins <= for_all.until):
            return range(seats)
        if not standing.held:
            return range(for_all.number)
        held = range(for_all.number, seats)
        return (*held, *range(for_all.number)) if standing.held_first else range(seats)

    def earliest(self, now: datetime, standing: Standing = ANYBODY) -> datetime:
        """The first moment that may be promised."""
        lead = self.urgent_lead_minutes if standing.urgent else self.lead_minutes
        if standing.lead_minutes is not None:
            lead = min(lead, standing.lead_minutes)
        return in_utc(now) + timedelta(minutes=lead)

    def skill_for(self, topic: str) -> str:
        """Return who calls about a topic: its own skill, that of the longest beginning that has one, or the first."""
        fitting = [begin for begin in self.skills if topic == begin or topic.startswith(f"{begin}-")]
        return self.skills[max(fitting, key=len)] if fitting else next(iter(self.capacity))

    def latest(self, now: datetime) -> datetime:
        """The moment by which a promised slot must be over."""
        return in_utc(now) + timedelta(days=self.horizon_days)


def slots_on(plan: DeskPlan, day: date, skill: str) -> tuple[Slot, ...]:
    """Return all slots of a day of Tokyo, cut from each block's beginning; a rest too short for one is left."""
    found = plan._cut.get((day, skill))  # a plan never changes: its days are cut once
    if found is None:
        if len(plan._cut) >= MOST_DAYS:
            plan._cut.clear()
        found = plan._cut[day, skill] = tuple(_cut(plan, day, skill))
    return found


def promisable(
    plan: DeskPlan,
    *,
    skill: str,
    now: datetime,
    within: Sequence[Span] | None = None,
    standing: Standing = ANYBODY,
) -> Iterator[Slot]:
    """Yield in order every slot within lead time and horizon, whether taken or not; with `within`, those in one of it."""
    plan.seats(skill)
    earliest, latest = plan.earliest(now, standing), plan.latest(now)
    for day in _days(earliest, latest, within):
        for slot in slots_on(plan, day, skill):
            if earliest <= slot.span.begins and slot.span.ends <= latest and _lies_in(slot, within):
                yield slot


def next_free(
    plan: DeskPlan,
    *,
    skill: str,
    now: datetime,
    taken: Iterable[Slot] = (),
    within: Sequence[Span] | None = None,
    count: int = 3,
    standing: Standing = ANYBODY,
) -> tuple[Slot, ...]:
    """Return up to `count` of the next free slots, soonest first.

    `taken` holds a slot for each seat promised already that is one of `plan.open_seats`; slots of other skills do not
    matter, and those on an older grid count where they overlap.  With `within`, only slots that lie wholly in one of
    these spans.  Raises SkillUnknown.
    """
    seats = plan.seats(skill)
    opened = plan.open_seats(skill, now, standing) or OpenSeats(seats, in_utc(now))
    booked = _Booked.of(taken, skill)
    free = (
        slot
        for slot in promisable(plan, skill=skill, now=now, within=within, standing=standing)
        if booked.during(slot.span) < (opened.number if slot.span.begins > opened.until else seats)
    )
    return tuple(islice(free, count))


def check_promisable(plan: DeskPlan, slot: Slot, *, now: datetime, standing: Standing = ANYBODY) -> None:
    """Raise SlotClosed unless the plan itself would offer this slot now; SkillUnknown for its skill."""
    plan.seats(slot.skill)
    day = slot.span.begins.astimezone(TOKYO).date()
    if slot not in slots_on(plan, day, slot.skill):
        raise SlotClosed(f"{slot.span.begins.isoformat()} is no slot of the business hours")
    if slot.span.begins < plan.earliest(now, standing) or slot.span.ends > plan.latest(now):
        raise SlotClosed(f"{slot.span.begins.isoformat()} is too near or too far")


@dataclass(frozen=True, slots=True)
class _Booked:
    """Seats promised, so that asking how many overlap a span is two look-ups however many there are."""

    begins: Sequence[datetime]  # sorted
    begun: Sequence[int]  # how many seats begin at the first n of `begins`
    ends: Sequence[datetime]
    ended: Sequence[int]

    @classmethod
    def of(cls, taken: Iterable[Slot], skill: str) -> Self:
        """Return the seats of a skill.  The same slot taken a hundred times is looked at once."""
        slots = taken if isinstance(taken, Sequence) else tuple(taken)
        named = dict(zip(map(id, slots), slots, strict=True))
        numbers = [(named[key].span, n) for key, n in Counter(map(id, slots)).items() if named[key].skill == skill]
        begins = sorted((span.begins, n) for span, n in numbers)
        ends = sorted((span.ends, n) for span, n in numbers)
        return cls([at for at, _ in begins], _sums(begins), [at for at, _ in ends], _sums(ends))

    def during(self, span: Span) -> int:
        """Return how many overlap the span: begun before its end, less those over by its beginning."""
        begun = self.begun[bisect_left(self.begins, span.ends)]
        return begun - self.ended[bisect_right(self.ends, span.begins)]


def _sums(numbers: Sequence[tuple[datetime, int]]) -> list[int]:
    return list(accumulate((n for _, n in numbers), initial=0))


def _cut(plan: DeskPlan, day: date, skill: str) -> Iterator[Slot]:
    length = timedelta(minutes=plan.slot_minutes)
    for block in plan.hours.blocks_on(day):
        for n in range((block.ends - block.begins) // length):
            yield Slot(Span(block.begins + n * length, block.begins + (n + 1) * length), skill)


def _days(earliest: datetime, latest: datetime, within: Sequence[Span] | None) -> Iterator[date]:
    """Yield the days of Tokyo from one moment to the other on which one of the spans may have slots."""
    if within is not None:
        earliest = max([earliest, min((span.begins for span in within), default=latest)])
        latest = min([latest, max((span.ends for span in within), default=earliest)])
    day, last = earliest.astimezone(TOKYO).date(), latest.astimezone(TOKYO).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _lies_in(slot: Slot, within: Sequence[Span] | None) -> bool:
    return within is None or any(span.contains(slot.span) for span in within)
