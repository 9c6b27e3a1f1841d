"""What a device believes of the opening hours."""

from datetime import date

import pytest

from intents.when_types import Office
from server.desk_hours import DeskHours, clock

MONDAY = [
    {"weekday": 0, "opens": "13:00", "closes": "24:00"}, {"weekday": 0, "opens": "09:00", "closes": "12:00"},
]  # fmt: skip
BODY = {"weekdays": MONDAY, "closed": ["2026-11-30"], "slot_minutes": 30, "horizon_days": 14}


def test_the_answer_fills_the_devices_office():
    found = DeskHours.from_wire(BODY)
    assert found.week == {0: ((540, 720), (780, 1440))}
    assert (found.slot_minutes, found.horizon_days) == (30, 14)
    office = Office(
        week=found.week, why_closed=lambda day: "x" if day in found.closed else None, horizon_days=found.horizon_days
    )
    assert office.blocks_on(date(2026, 11, 23)) == ((540, 720), (780, 1440))
    assert office.blocks_on(date(2026, 11, 30)) == office.blocks_on(date(2026, 11, 24)) == ()


def test_it_is_kept_as_it_came():
    found = DeskHours.from_wire(BODY)
    assert DeskHours.from_wire(found.as_wire()) == found
    assert (clock(545), clock(1440)) == ("09:05", "24:00")


@pytest.mark.parametrize(
    "changes",
    [
        {"weekdays": None}, {"weekdays": [1]}, {"weekdays": [MONDAY[0] | {"weekday": 7}]}, {"weekdays": [MONDAY[0]] * 2},
        {"weekdays": [MONDAY[0] | {"weekday": True}]}, {"weekdays": [MONDAY[0] | {"opens": "9:00"}]},
        {"weekdays": [MONDAY[0] | {"closes": "24:01"}]}, {"weekdays": [MONDAY[0] | {"closes": "13:00"}]},
        {"weekdays": [MONDAY[0] | {"opens": 9}]}, {"weekdays": [{}]}, {"weekdays": MONDAY * 100}, {"closed": ["soon"]},
        {"closed": [7]}, {"closed": {}}, {"slot_minutes": 0}, {"slot_minutes": "30"}, {"slot_minutes": True},
        {"horizon_days": 400}, {"horizon_days": 1.5}, {"closed": ["2026-11-30"] * 400},
    ],
)  # fmt: skip
def test_what_no_desk_would_say_is_not_believed(changes):
    for body in (BODY | changes, {name: value for name, value in BODY.items() if name not in changes}):
        with pytest.raises(ValueError):  # several texts
            DeskHours.from_wire(body)
