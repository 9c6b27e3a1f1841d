from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import SkillUnknown, SlotClosed
from server.opening_hours import Block, Closure, OpeningHours, YearlyClosure, public_holiday
from server.slots import DeskPlan, Slot, check_promisable, next_free, slots_on
from server.spans import TOKYO, Span
from tests.callback_samples import NOW, minutes, office_plan, tokyo


def starts(slots):
    return [slot.span.begins.astimezone(TOKYO).strftime("%m-%d %H:%M") for slot in slots]


# --- examples


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24 10:00", ["11-24 11:00", "11-24 11:30", "11-24 13:00"]),  # lunch is no time to call
        ("2026-11-24 10:01", ["11-24 11:30", "11-24 13:00", "11-24 13:30"]),
        ("2026-11-24 16:45", ["11-25 09:00", "11-25 09:30", "11-25 10:00"]),
        ("2026-11-20 23:59", ["11-24 09:00", "11-24 09:30", "11-24 10:00"]),  # Friday; weekend and 勤労感謝の日
        ("2026-11-24 00:00", ["11-24 09:00", "11-24 09:30", "11-24 10:00"]),
    ],
)
def test_next_free(now, expected):
    assert starts(next_free(office_plan(), skill="general", now=tokyo(now))) == expected


def test_new_year():
    hours = OpeningHours(
        week=dict.fromkeys(range(7), (Block(540, 600),)),
        closures=(YearlyClosure(name="年末年始", first=(12, 29), last=(1, 3)),),
    )
    found = next_free(office_plan(hours=hours), skill="general", now=tokyo("2026-12-28 09:10"))
    assert starts(found) == ["01-04 09:00", "01-04 09:30", "01-05 09:00"]


def test_open_until_midnight():
    hours = OpeningHours(week={4: (Block(1380, 1440),), 5: (Block(0, 60),)})
    found = next_free(office_plan(hours=hours, lead_minutes=0), skill="general", now=tokyo("2026-11-27 23:20"))
    assert starts(found) == ["11-27 23:30", "11-28 00:00", "11-28 00:30"]
    assert found[0].span.ends == found[1].span.begins


def test_taken_seats_and_other_skills():
    plan = office_plan(capacity={"general": 2, "safety": 1})
    first, second, *_ = next_free(plan, skill="general", now=NOW)
    assert next_free(plan, skill="general", now=NOW, taken=[first])[0] == first
    assert next_free(plan, skill="general", now=NOW, taken=[first, first])[0] == second
    assert next_free(plan, skill="safety", now=NOW, taken=[first, first])[0].span == first.span


def test_promises_on_an_older_grid_count():
    first = next_free(office_plan(), skill="general", now=NOW)[0]
    shifted = Slot(Span(first.span.begins - minutes(15), first.span.begins + minutes(15)), "general")
    assert next_free(office_plan(), skill="general", now=NOW, taken=[shifted, shifted])[0] != first


def test_the_customers_windows():
    wanted = [Span(tokyo("2026-11-25 11:15"), tokyo("2026-11-25 13:30"))]
    assert starts(next_free(office_plan(), skill="general", now=NOW, within=wanted)) == ["11-25 11:30", "11-25 13:00"]


def test_no_seats_no_offers():
    assert next_free(office_plan(capacity={"general": 0}), skill="general", now=NOW) == ()


def test_unknown_skill():
    with pytest.raises(SkillUnknown, match="'legal'"):
        next_free(office_plan(), skill="legal", now=NOW)


def test_a_naive_now_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        next_free(office_plan(), skill="general", now=datetime(2026, 11, 24))


@pytest.mark.parametrize("begins", ["2026-11-24 12:00", "2026-11-24 10:30", "2026-11-25 09:15", "2026-12-30 09:00"])
def test_what_was_never_offered_is_not_promised(begins):
    slot = Slot(Span(tokyo(begins), tokyo(begins) + minutes(30)), "general")
    with pytest.raises(SlotClosed):
        check_promisable(office_plan(), slot, now=NOW)


@pytest.mark.parametrize("day", ["2026-05-06", "2026-09-22", "2026-11-23"])  # 振替休日, 国民の休日, 祝日
def test_public_holidays(day):
    assert public_holiday(date.fromisoformat(day))
    assert not list(slots_on(office_plan(), date.fromisoformat(day), "general"))


def test_a_shop_open_on_holidays():
    hours = OpeningHours(week={0: (Block(540, 600),)}, closed_on_public_holidays=False)
    assert len(hours.blocks_on(date(2026, 11, 23))) == 1


@pytest.mark.parametrize("wrong", [(600, 540), (540, 540), (-1, 60), (0, 1441)])
def test_impossible_blocks(wrong):
    with pytest.raises(ValueError, match="block"):
        Block(*wrong)


def test_overlapping_blocks():
    with pytest.raises(ValueError, match="overlap"):
        OpeningHours(week={0: (Block(600, 700), Block(540, 601))})


# --- for any plan and any now

moments = st.one_of(
    st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.builds(  # around midnight of Tokyo and the ends of years
        lambda year, day, second: datetime(year, 12, 31, 15, tzinfo=UTC) + timedelta(days=day, seconds=second),
        st.integers(2024, 2034),
        st.integers(-4, 4),
        st.integers(-2, 2),
    ),
)


@st.composite
def days_of_blocks(draw):
    edges = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    return tuple(Block(*pair) for pair in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def closures(draw):
    if draw(st.booleans()):
        days = [draw(st.dates(date(2001, 1, 1), date(2001, 12, 31))) for _ in range(2)]
        return YearlyClosure(name="毎年", **dict(zip(("first", "last"), ((d.month, d.day) for d in days), strict=True)))
    first = draw(st.dates(date(2024, 1, 1), date(2034, 12, 31)))
    return Closure(name="一度", first=first, last=first + timedelta(days=draw(st.integers(0, 20))))


plans = st.builds(
    DeskPlan,
    hours=st.builds(
        OpeningHours,
        week=st.dictionaries(st.integers(0, 6), days_of_blocks(), min_size=1),
        closures=st.lists(closures(), max_size=2).map(tuple),
    ),
    capacity=st.fixed_dictionaries({"general": st.integers(0, 3)}),
    slot_minutes=st.integers(10, 120),
    lead_minutes=st.integers(0, 4000),
    horizon_days=st.integers(1, 21),
)


def in_a_block(plan, slot, day):
    midnight = datetime(day.year, day.month, day.day, tzinfo=TOKYO)
    begins = (slot.span.begins - midnight) / minutes(1)
    ends = (slot.span.ends - midnight) / minutes(1)
    return any(b.opens_minute <= begins and ends <= b.closes_minute for b in plan.hours.week.get(day.weekday(), ()))


@settings(max_examples=150, deadline=None)
@given(plans, moments, st.integers(1, 12))
def test_an_offer_can_be_kept(plan, now, count):
    offered = next_free(plan, skill="general", now=now, count=count)
    assert len(offered) <= count
    assert list(offered) == sorted(set(offered))
    for slot in offered:
        day = slot.span.begins.astimezone(TOKYO).date()
        assert in_a_block(plan, slot, day)
        assert public_holiday(day) is None
        assert not any(closure.covers(day) for closure in plan.hours.closures)
        assert slot.span.begins >= now + minutes(plan.lead_minutes)
        assert slot.span.ends <= now + timedelta(days=plan.horizon_days)
        assert slot.span.begins.tzinfo is UTC
        check_promisable(plan, slot, now=now)


@settings(max_examples=100, deadline=None)
@given(plans, moments)
def test_booking_on_never_exceeds_the_capacity(plan, now):
    taken = []
    for _ in range(30):
        taken.extend(next_free(plan, skill="general", now=now, taken=taken, count=1))
    assert all(number <= plan.capacity["general"] for number in Counter(taken).values())
    if plan.capacity["general"] and next_free(plan, skill="general", now=now):
        assert taken
        assert len(taken) == 30 or not next_free(plan, skill="general", now=now, taken=taken)


@settings(max_examples=100, deadline=None)
@given(plans, moments, st.integers(0, 400), st.integers(1, 3))
def test_a_changed_grid_never_overbooks(plan, now, shift, number):
    """Promises made on another grid leave no moment with more calls than seats."""
    begins = now + minutes(plan.lead_minutes + shift)
    taken = [Slot(Span(begins, begins + minutes(45)), "general")] * min(number, plan.capacity["general"])
    for slot in next_free(plan, skill="general", now=now, taken=taken, count=20):
        running = sum(other.span.overlaps(slot.span) for other in [*taken, slot])
        assert running <= plan.capacity["general"]


@settings(max_examples=100, deadline=None)
@given(plans, moments, st.integers(0, 5000), st.integers(1, 600))
def test_offers_within_a_window_lie_in_it(plan, now, after, lasting):
    window = Span(now + minutes(after), now + minutes(after + lasting))
    assert all(
        window.contains(slot.span) for slot in next_free(plan, skill="general", now=now, within=[window], count=50)
    )


@settings(max_examples=100, deadline=None)
@given(
    plans,
    moments,
    st.lists(st.tuples(st.integers(0, 4000), st.integers(5, 90), st.integers(1, 3)), max_size=8),
    st.lists(st.tuples(st.integers(-3000, 9000), st.integers(1, 3000)), max_size=3),
)
def test_free_is_what_fewer_promises_overlap_than_there_are_seats(plan, now, promised, wishes):
    taken = [Slot(Span(now + minutes(at), now + minutes(at + lasting)), "general") for at, lasting, _ in promised]
    taken = [slot for slot, (*_, seats) in zip(taken, promised, strict=True) for _ in range(seats)]
    within = [Span(now + minutes(at), now + minutes(at + lasting)) for at, lasting in wishes]
    every = next_free(plan, skill="general", now=now, count=10_000)
    free = [
        slot
        for slot in every
        if sum(other.span.overlaps(slot.span) for other in taken) < plan.capacity["general"]
        and any(wish.contains(slot.span) for wish in within)
    ]
    assert list(next_free(plan, skill="general", now=now, taken=taken, within=within, count=10_000)) == free
