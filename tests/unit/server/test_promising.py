import pytest

from server.attempts import CallAgain
from server.errors import SlotClosed
from server.fakes import MemoryCallbackQueue
from server.opening_hours import Block
from server.promising import offer, promise, slot_for
from server.records import Promise, SlotFull
from server.slots import Slot
from server.spans import Span
from tests.callback_samples import NOW, minutes, new_case, office_plan, tokyo

PLAN = office_plan(capacity={"general": 1})


@pytest.fixture
def book():
    return MemoryCallbackQueue()


def slot_at(text):
    return Slot(Span(tokyo(text), tokyo(text) + minutes(30)), "general")


def test_the_customers_windows_come_first(book):
    wanted = [Span(tokyo("2026-11-25 13:00"), tokyo("2026-11-25 14:00"))]
    offered = offer(book, PLAN, skill="general", wanted=wanted, now=NOW)
    expected = ["2026-11-25 13:00", "2026-11-25 13:30", "2026-11-24 11:00"]
    assert offered == tuple(map(slot_at, expected))


def test_what_is_promised_is_not_offered_again(book):
    (first,) = offer(book, PLAN, skill="general", wanted=[], now=NOW, count=1)
    assert isinstance(promise(book, PLAN, new_case(book), first, by="sato", now=NOW), Promise)
    assert first not in offer(book, PLAN, skill="general", wanted=[first.span], now=NOW)
    assert promise(book, PLAN, new_case(book), first, by="sato", now=NOW) == SlotFull(first)


def test_lunch_is_not_promised(book):
    case_id = new_case(book)
    with pytest.raises(SlotClosed):
        promise(book, PLAN, case_id, slot_at("2026-11-24 12:00"), by="sato", now=NOW)
    assert book.case(case_id).promise is None


@pytest.mark.parametrize(
    ("begins", "part", "expected"),
    [
        ("2026-11-24 14:10", None, "2026-11-24 14:30"),
        ("2026-11-24 12:00", Block(720, 780), "2026-11-24 13:00"),  # nothing at that time of day: any later one
        ("2026-11-28 10:00", Block(540, 720), "2026-11-30 09:00"),  # a Saturday: Monday, same time of day
        ("2026-11-24 17:50", Block(960, 1080), "2026-11-25 16:00"),
        ("2027-11-24 10:00", None, None),
    ],
)
def test_a_slot_for_another_attempt(book, begins, part, expected):
    step = CallAgain(Span(tokyo(begins), tokyo(begins) + minutes(60)), part)
    assert slot_for(book, PLAN, step, skill="general", now=NOW) == (slot_at(expected) if expected else None)
