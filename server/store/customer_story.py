"""What the tables know of a customer's cases, for the customer's page."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Engine, select

from server.customer_story import Said
from server.measure_rows import Promised as Slot
from server.records import Earlier
from server.spans import Span
from server.store.engine import reading
from server.store.models import PromiseRow
from server.store.notice_models import RecommendationRow
from server.store.rows import promise


class CustomerStory:
    """Reads a database; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def promises(self, case_ids: Sequence[UUID]) -> tuple[tuple[Slot, Earlier | None], ...]:
        """Return what was promised to cases, in the order it was made, and why it was so early."""
        query = select(PromiseRow).where(PromiseRow.case_id.in_(case_ids)).order_by(PromiseRow.id)
        with reading(self._engine) as session:
            return tuple((_slot(row), promise(row).earlier) for row in session.scalars(query))

    def recommendations(self, case_ids: Sequence[UUID]) -> tuple[Said, ...]:
        """Return the numbers said about cases, in no order."""
        query = select(RecommendationRow).where(
            RecommendationRow.case_id.in_(case_ids), RecommendationRow.score.is_not(None)
        )
        with reading(self._engine) as session:
            return tuple(
                Said(case_id=row.case_id, at=row.received_at, what=row.score)
                for row in session.scalars(query)
                if row.received_at is not None
            )


def _slot(row: PromiseRow) -> Slot:
    span = Span(row.begins_at, row.ends_at)
    return Slot(case_id=row.case_id, span=span, made_at=row.made_at, ended_at=row.ended_at)
