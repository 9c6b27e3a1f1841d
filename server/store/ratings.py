"""What customers answered when the device asked whether they are satisfied."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, select

from server.ratings import Rating, RatingGiven
from server.spans import in_utc
from server.store import journal
from server.store.desk_models import RatingRow
from server.store.engine import reading, writing
from server.store.models import CaseRow
from server.store.sent_requests import Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """An answer, and when the customer gave it, by the device's clock."""

    request_id: UUID
    rating: Rating
    at: datetime


class RatingStore:
    """Ratings in a database; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def rate(self, sent: Sent, given: RatingGiven, *, by: str, now: datetime) -> bool:
        """Keep the answer about a request in place of an earlier one; the same answer again changes nothing.

        False, and nothing is kept, while the case is open or when it was erased.
        """
        moment = in_utc(now)
        with writing(self._engine) as session:
            # Locked: an erasure waits or is over, and the same answer sent twice at once is one.
            case = session.get(CaseRow, sent.case_id, with_for_update=True) if sent.case_id else None
            if case is None or case.closed_at is None:
                return False
            row = session.get(RatingRow, sent.request_id)
            if row is not None and row.answer == given.rating:
                return True
            if row is None:
                row = RatingRow(request_id=sent.request_id, case_id=case.id)
                session.add(row)
            row.answer, row.at, row.received_at = given.rating.value, given.at, moment
            detail = {"rating": given.rating.value}
            journal.add(session, at=moment, actor=by, action="rated", case_id=case.id, detail=detail)
            return True

    def of_case(self, case_id: UUID) -> tuple[Rated, ...]:
        """Return the answers about a case, in the order they came in; one a request."""
        query = select(RatingRow).where(RatingRow.case_id == case_id)
        with reading(self._engine) as session:
            return tuple(
                Rated(request_id=row.request_id, rating=Rating(row.answer), at=row.at)
                for row in session.scalars(query.order_by(RatingRow.received_at, RatingRow.request_id))
            )
