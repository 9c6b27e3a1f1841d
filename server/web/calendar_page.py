"""The calendar: a day's promised calls by time and agent, and the week around it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import AfterValidator

from server.access import Account, Permission
from server.periods import YEARS, Period
from server.slots import DeskPlan, slots_on
from server.spans import Span
from server.store.calendar import Entry
from server.verdicts import Verdict
from server.web.guard import TheOffice, needs
from server.web.pages import local, page

NOBODY: Final = "-"  # the agent's name in addresses where nobody is named yet; no login is like this
WEEK: Final = 7


def _in_century(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError("must be a day of this century")
    return day


Day = Annotated[date, AfterValidator(_in_century)]
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDay:
    """A day of the week strip.  `closed`: the name of the closure or holiday; `open`: whether calls are made."""

    day: date
    closed: str | None
    open: bool
    promises: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A time of the day, and its promised calls by agent."""

    span: Span
    cells: dict[str, list[Entry]]


@router.get("/calendar")
def show(
    request: Request,
    office: TheOffice,
    account: Annotated[Account, Depends(needs(Permission.SEE_QUEUE))],
    day: Day | None = None,
    agent: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show a day; today when none is named."""
    now = office.clock()
    shown = day or local(now).date()
    week = _week_of(shown)
    everyone = office.calendar.entries(Period(shown, shown).span, now=now)
    entries = [entry for entry in everyone if agent in ("", entry.agent or NOBODY)]
    names = office.accounts.names()
    return page(
        request,
        "calendar.html",
        day=shown,
        today=local(now).date(),
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        week=_strip(office.desk.plan, week, office.calendar.counts(week.span, now=now)),
        closed=office.desk.plan.hours.why_closed(shown),
        lines=_lines(office.desk.plan, shown, entries),
        columns=_columns(entries, names, agent, account),
        agents=names,
        names={**names, NOBODY: ""},
        nobody=NOBODY,
        agent=agent,
        total=len(entries),
        titles=office.articles.titles(),
        full=account.may(Permission.SEE_PERSONAL),
        state_of=lambda entry: state_of(entry, now),
    )


def state_of(entry: Entry, now: datetime) -> str:
    """Return the label of what became of a promise: a missed one that still waits today is late."""
    if entry.verdict is Verdict.MISSED and entry.waiting and local(entry.span.begins).date() == local(now).date():
        return "late"
    return entry.verdict.value


def _week_of(day: date) -> Period:
    monday = day - timedelta(days=day.weekday())
    return Period(max(monday, date(YEARS[0], 1, 1)), min(monday + timedelta(days=WEEK - 1), date(YEARS[-1], 12, 31)))


def _strip(plan: DeskPlan, week: Period, counts: Counter[tuple[date, Verdict]]) -> list[WeekDay]:
    days = (week.first + timedelta(days=n) for n in range(week.days))
    return [
        WeekDay(
            day=day,
            closed=plan.hours.why_closed(day),
            open=bool(plan.hours.blocks_on(day)),
            promises=sum(counts[day, verdict] for verdict in Verdict),
            missed=counts[day, Verdict.MISSED],
        )
        for day in days
    ]


def _lines(plan: DeskPlan, day: date, entries: Iterable[Entry]) -> list[Line]:
    """Return the day's slots, and whatever else was promised when the hours were different."""
    cells: defaultdict[Span, defaultdict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for slot in slots_on(plan, day, next(iter(plan.capacity))):
        cells[slot.span].clear()  # makes the line: one without a call is shown, too
    for entry in entries:
        cells[entry.span][entry.agent or NOBODY].append(entry)
    return [Line(span=span, cells=cells[span]) for span in sorted(cells)]


def _columns(entries: Iterable[Entry], names: dict[str, str], agent: str, me: Account) -> list[str]:
    """Return the agents who have calls that day, whoever is looking, and at the end nobody."""
    if agent:
        return [agent]
    found = {entry.agent for entry in entries if entry.agent} | ({me.login} if me.may(Permission.WORK) else set())
    return [*sorted(found, key=lambda login: (login != me.login, names.get(login, login))), NOBODY]
