"""What was assumed about customers nobody hears of."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Engine, insert, select

from server.insight.worth import Assumed, Assumptions
from server.spans import in_utc
from server.store import journal
from server.store.engine import reading, writing
from server.store.measure_models import AssumptionRow


class AssumptionStore:
    """Assumptions in a database, all that were ever made; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def current(self) -> Assumed:
        """Return those in force, the shipped ones when nobody made any."""
        with reading(self._engine) as session:
            row = session.scalar(select(AssumptionRow).order_by(AssumptionRow.id.desc()).limit(1))
        return Assumed(values=Assumptions(**row.values), by=row.by, at=row.at) if row else Assumed(values=Assumptions())

    def assume(self, values: Assumptions, *, by: str, now: datetime) -> None:
        """Put assumptions in force; the earlier ones are kept, the journal names who changed them."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            session.execute(insert(AssumptionRow).values(at=moment, by=by, values=asdict(values)))
            journal.add(session, at=moment, actor=by, action="assumed", detail={})
