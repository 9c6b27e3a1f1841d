"""What is known of calls made for a case."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.store.models import EventRow


def was_called(session: Session, case_id: UUID) -> bool:
    """Whether a call rang: until then danger is due since it was reported, whatever is promised."""
    rang = select(EventRow.id).where(EventRow.case_id == case_id, EventRow.rang_at.is_not(None)).limit(1)
    return session.scalar(rang) is not None
