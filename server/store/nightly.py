"""The figures of single days, kept for good."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Engine, func, select, update

from server.nightly import DayFigures, Written
from server.spans import TOKYO, in_utc
from server.store.desk_models import TalkRow
from server.store.engine import reading, writing
from server.store.inserting import insert_if_new
from server.store.measure_models import NightlyRow
from server.store.models import CaseRow


class NightlyStore:
    """Days in a database; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, day: date, figures: Written, *, now: datetime) -> None:
        """Keep a day's figures in place of those computed before."""
        values = {"computed_at": in_utc(now), "figures": {name: dict(kept) for name, kept in figures.items()}}
        with writing(self._engine) as session:
            session.execute(insert_if_new(session, NightlyRow).values(day=day, **values))
            session.execute(update(NightlyRow).where(NightlyRow.day == day).values(**values))

    def days(self, first: date, last: date) -> tuple[DayFigures, ...]:
        """Return the days that are known from one to another, both included, in their order."""
        query = select(NightlyRow).where(NightlyRow.day >= first, NightlyRow.day <= last).order_by(NightlyRow.day)
        with reading(self._engine) as session:
            return tuple(DayFigures(day=row.day, figures=row.figures) for row in session.scalars(query))

    def computed(self) -> Mapping[date, date]:
        """Return on which day of Tokyo each known day was computed last."""
        with reading(self._engine) as session:
            rows = session.execute(select(NightlyRow.day, NightlyRow.computed_at)).all()
        return {day: at.astimezone(TOKYO).date() for day, at in rows}

    def first_day(self) -> date | None:
        """Return the day of Tokyo on which the desk first heard of anything that it still knows."""
        with reading(self._engine) as session:
            found = [session.scalar(select(func.min(moment))) for moment in (CaseRow.opened_at, TalkRow.received_at)]
        return min((moment.astimezone(TOKYO).date() for moment in found if moment), default=None)
