"""The interface for devices: when the desk calls."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from fastapi import APIRouter

from server.desk_hours import clock
from server.slots import DeskPlan
from server.spans import TOKYO
from server.web import api_answers as answers
from server.web.api_models import HoursAnswer, OpenBlock
from server.web.device_guard import TheDevice
from server.web.guard import TheOffice

router = APIRouter(tags=["slots"])


@router.get("/hours", responses=answers.ALWAYS)
def hours(office: TheOffice, _device: TheDevice) -> HoursAnswer:
    """Return the opening hours, so that a device can speak of times while the desk cannot be asked."""
    plan = office.desk.plan
    return HoursAnswer(
        weekdays=[
            OpenBlock(weekday=day, opens=clock(block.opens_minute), closes=clock(block.closes_minute))
            for day in sorted(plan.hours.week)
            for block in sorted(plan.hours.week[day])
        ],
        closed=list(_closed(plan, office.clock())),
        slot_minutes=plan.slot_minutes,
        horizon_days=plan.horizon_days,
    )


def _closed(plan: DeskPlan, now: datetime) -> Iterator[date]:
    """Yield the closed days up to that of the latest moment that may be promised."""
    first, last = now.astimezone(TOKYO).date(), plan.latest(now).astimezone(TOKYO).date()
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return (day for day in days if plan.hours.why_closed(day) is not None)
