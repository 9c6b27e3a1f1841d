"""Keeping the figures of the days that are over, and checking those that are kept against the rows they are made of."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from server.measures import figures
from server.nightly import Written, due, written
from server.office import Office
from server.periods import Period
from server.spans import TOKYO


def keep_days(office: Office, *, now: datetime) -> int:
    """Compute the days that are over and not settled; return how many.  One that was computed stays when it is too old."""
    today = now.astimezone(TOKYO).date()
    days = due(today, office.nightly.computed(), _first(office, today))
    for day in days:
        office.nightly.keep(day, of_day(office, day, now=now), now=now)
    return len(days)


def of_day(office: Office, day: date, *, now: datetime) -> Written:
    """Compute a day's figures from its rows."""
    within = timedelta(minutes=office.settings.targets.service_level_minutes)
    return written(figures(office.figures.rows(Period(day, day).span, now=now), now=now, answered_within=within))


def differing(office: Office, first: date, last: date, *, now: datetime) -> Iterator[tuple[date, str]]:
    """Yield the days and measures whose kept figures are not what their rows come to now.

    Only days can differ whose figures were kept before they had settled, or whose rows were forgotten or changed.
    """
    for kept in office.nightly.days(first, last):
        found = of_day(office, kept.day, now=now)
        yield from ((kept.day, name) for name in found if found[name] != kept.figures.get(name))


def _first(office: Office, today: date) -> date | None:
    """Return the first day whose rows are all there."""
    kept = office.settings.retention
    whole = today - timedelta(days=min(days for days in (kept.case_days, kept.turns_days) if days) - 1)
    began = office.nightly.first_day()
    return began and max(began, whole)
