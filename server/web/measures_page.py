"""How well the desk keeps its word, with the definition beside each figure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from server.access import Account, Permission
from server.measure_groups import Cases, Groups, groups
from server.measure_texts import measure_texts
from server.measures import Figures, figures_of
from server.nightly import NAMES
from server.office import Office
from server.periods import Period
from server.web.guard import TheOffice, needs
from server.web.measure_trends import HEIGHT, WIDTH, target_of, trend
from server.web.pages import page
from server.web.refusals import refused

PERIODS: Final = (7, 30, 90)  # days
LABELS: Final = {"outcomes": "outcome", "resolutions": "resolution", "reasons": "close_reason"}  # of groups
MOST_SHOWN: Final = 200  # cases behind a figure
Day = Annotated[str, Query(max_length=10)]
Key = Annotated[str, Query(max_length=40)]
MaySee = Annotated[Account, Depends(needs(Permission.SEE_MEASURES))]
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """The period of an address: the last days, or from one day to another."""

    days: Annotated[int, Query(ge=1, le=366)] = PERIODS[0]
    first: Day = ""
    last: Day = ""

    def period(self, now: datetime) -> Period | None:
        """Return it; None when it makes no sense."""
        if not (self.first or self.last):
            return Period.until(now, self.days)
        try:
            return Period(date.fromisoformat(self.first), date.fromisoformat(self.last))
        except ValueError:
            return None

    @property
    def chosen(self) -> int | None:
        """How many days up to today were asked for; None: other days."""
        return None if self.first or self.last else self.days


@router.get("/measures")
def show(request: Request, office: TheOffice, _account: MaySee, asked: Annotated[Asked, Depends()]) -> Response:
    """Show the figures of a period, each with its definition, target and days."""
    now = office.clock()
    period = asked.period(now)
    shown = period or Period.until(now, asked.days)
    found, _ = figures_in(office, shown)
    return page(
        request,
        "measures.html",
        status=200 if period else 422,
        period=shown,
        periods=PERIODS,
        chosen=asked.chosen,
        wrong=period is None,
        found=found,
        current=office.figures.now(late_before=late_before(now, office.desk.plan.slot_minutes)),
        texts=measure_texts(),
        within=office.settings.targets.service_level_minutes,
        **_trends(office, shown),
    )


@router.get("/measures/cases")
def cases(
    request: Request,
    office: TheOffice,
    account: Annotated[Account, Depends(needs(Permission.SEE_QUEUE))],
    asked: Annotated[Asked, Depends()],
    name: Key,
    group: Key,
) -> Response:
    """Show the cases behind a figure: those of one of its groups."""
    period = asked.period(office.clock())
    found: Cases | None = None
    if period is not None:
        found = figures_in(office, period)[1].get(name, {}).get(group, ())
    if period is None or name not in measure_texts():
        return refused(request, 404, "unknown", "there is no such figure")
    ids = list(dict.fromkeys(found or ()))
    return page(
        request,
        "measure_cases.html",
        period=period,
        name=name,
        group=group,
        labels_of=LABELS.get(name, f"measure_{name}"),
        texts=measure_texts(),
        counted=len(found or ()),
        cases=len(ids),
        most=MOST_SHOWN,
        rows=office.listing.of_ids([UUID(str(one)) for one in ids[:MOST_SHOWN]]),
        full=account.may(Permission.SEE_PERSONAL),
        titles=office.articles.titles(),
    )


def figures_in(office: Office, period: Period) -> tuple[Figures, Groups]:
    """Compute a period's figures, and the cases behind them."""
    now = office.clock()
    rows = office.figures.rows(period.span, now=now)
    within = timedelta(minutes=office.settings.targets.service_level_minutes)
    found = groups(rows, now=now, answered_within=within)
    return figures_of(rows, found, now=now), found


def late_before(now: datetime, slot_minutes: int) -> datetime:
    """Return what the queue calls late: due earlier than this."""
    return now - timedelta(minutes=slot_minutes)


def _trends(office: Office, period: Period) -> dict[str, Any]:
    targets = office.settings.targets
    kept = office.nightly.days(period.first, period.last)
    return {
        "targets": {name: target_of(name, targets) for name in NAMES},
        "trends": {name: trend(name, period, kept, targets) for name in NAMES},
        "width": WIDTH,
        "height": HEIGHT,
    }
