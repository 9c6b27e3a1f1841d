"""Who was asked whether they would recommend us, and what they said: once a quarter per customer, across devices."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, and_, or_, select
from sqlalchemy.orm import Session

from server.measures import RESOLVED
from server.recommending import ASKED_WITHIN, CLOSED_WITHIN, ONCE_IN, RecommendationGiven
from server.spans import in_utc
from server.store import journal
from server.store.engine import reading, writing
from server.store.models import CaseRow
from server.store.notice_models import RecommendationRow
from server.store.sent_requests import Sent


class RecommendationStore:
    """May be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def may_ask_until(self, sent: Sent, *, now: datetime) -> datetime | None:
        """Return until when the device of this request may ask its customer; None where it may not.

        Whoever is let ask first is the only one: the customer's other requests are not, until it is over.
        """
        moment = in_utc(now)
        if sent.case_id is None:
            return None
        with reading(self._engine) as session:
            row = session.get(RecommendationRow, sent.request_id)
            case = session.get(CaseRow, sent.case_id)
            if row is not None or case is None or not _is_solved(case, moment):
                return _open(row, case, moment)
        with writing(self._engine) as session:
            return self._let_ask(session, sent.request_id, sent.case_id, moment)

    def _let_ask(self, session: Session, request_id: UUID, case_id: UUID, now: datetime) -> datetime | None:
        case = session.get(CaseRow, case_id)
        if case is None:
            return None
        theirs = select(CaseRow).where(CaseRow.phone_digest == case.phone_digest).order_by(CaseRow.id)
        cases = session.scalars(theirs.with_for_update().execution_options(populate_existing=True)).all()
        row = session.get(RecommendationRow, request_id, populate_existing=True)
        case = next((one for one in cases if one.id == case_id), None)
        if row is not None or case is None or not _is_solved(case, now):
            return _open(row, case, now)
        lately = or_(
            RecommendationRow.received_at > now - ONCE_IN,
            and_(RecommendationRow.received_at.is_(None), RecommendationRow.until > now),
        )
        of_theirs = select(RecommendationRow.request_id).where(
            RecommendationRow.case_id.in_([one.id for one in cases]), lately
        )
        if session.scalars(of_theirs.limit(1)).first() is not None:
            return None
        session.add(RecommendationRow(request_id=request_id, case_id=case_id, until=now + ASKED_WITHIN))
        return now + ASKED_WITHIN

    def keep(self, sent: Sent, given: RecommendationGiven, *, by: str, now: datetime) -> bool:
        """Keep an answer in place of an earlier one; False for who was not let ask, or whose case was erased."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            case = session.get(CaseRow, sent.case_id, with_for_update=True) if sent.case_id else None
            row = session.get(RecommendationRow, sent.request_id)
            if case is None or row is None:
                return False
            if row.received_at is not None and row.score == given.score:
                return True
            row.score, row.asked_at, row.received_at = given.score, given.at, moment
            journal.add(session, at=moment, actor=by, action="recommended", case_id=case.id, detail={})
            return True

    def of_case(self, case_id: UUID) -> tuple[int, ...]:
        """Return the numbers said about a case, in the order they came in."""
        query = select(RecommendationRow.score).where(
            RecommendationRow.case_id == case_id, RecommendationRow.score.is_not(None)
        )
        with reading(self._engine) as session:
            return tuple(
                score for score in session.scalars(query.order_by(RecommendationRow.received_at)) if score is not None
            )


def _is_solved(case: CaseRow, now: datetime) -> bool:
    return case.closed_at is not None and case.close_reason in RESOLVED and case.closed_at > now - CLOSED_WITHIN


def _open(row: RecommendationRow | None, case: CaseRow | None, now: datetime) -> datetime | None:
    """Until when one may be asked who may be already."""
    if row is None or case is None or not _is_solved(case, now) or row.received_at is not None or row.until <= now:
        return None
    return row.until
