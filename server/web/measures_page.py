"""How well the desk keeps its word, with the definition beside each figure."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from server.access import Account, Permission
from server.measure_texts import measure_texts
from server.measures import Period, figures
from server.web.guard import TheOffice, needs
from server.web.pages import page

PERIODS: Final = (7, 30, 90)  # days
Day = Annotated[str, Query(max_length=10)]
router = APIRouter(include_in_schema=False)


@router.get("/measures")
def show(
    request: Request,
    office: TheOffice,
    _account: Annotated[Account, Depends(needs(Permission.SEE_MEASURES))],
    days: Annotated[int, Query(ge=1, le=366)] = PERIODS[0],
    first: Day = "",
    last: Day = "",
) -> Response:
    """Show the figures of the last days, or from one day to another."""
    now = office.clock()
    period = _given(first, last) if first or last else Period.until(now, days)
    shown = period or Period.until(now, days)
    return page(
        request,
        "measures.html",
        status=200 if period else 422,
        period=shown,
        periods=PERIODS,
        chosen=None if first or last else days,
        wrong=period is None,
        found=figures(office.figures.rows(shown.span, now=now), now=now),
        current=office.figures.now(late_before=late_before(now, office.desk.plan.slot_minutes)),
        texts=measure_texts(),
    )


def late_before(now: datetime, slot_minutes: int) -> datetime:
    """Return what the queue calls late: due earlier than this."""
    return now - timedelta(minutes=slot_minutes)


def _given(first: str, last: str) -> Period | None:
    """Return the period of a form, None when it makes no sense."""
    try:
        return Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        return None
