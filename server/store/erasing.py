"""Taking cases out of all tables.  The caller's transaction; what is counted and what goes stands here alone.

Order of locks: matters, then cases, as requests take them that come in meanwhile.  A request that comes for a matter
that is being erased waits, finds it gone and opens a case of its own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, select, true, update
from sqlalchemy.orm import Session

from server.store.customers import count_customers, forget_customers, phones_of
from server.store.desk_models import (
    AlarmRow,
    ErasedRequestRow,
    ExportedCaseRow,
    ExportRow,
    JournalRow,
    MessageRow,
    NoteRow,
    RatingRow,
    SearchKeyRow,
    TalkRow,
)
from server.store.inserting import insert_if_new
from server.store.models import CaseRow, EventRow, LeaseRow, MatterRow, PromiseRow, RequestRow
from server.store.notice_models import FollowUpRow, RecommendationRow, StoryRow
from server.store.recording_models import RecordingRow
from server.store.vault import Vault

OF_A_CASE: Final = {  # what is erased with a case, and how receipts name it
    "requests": RequestRow,
    "ratings": RatingRow,
    "recommendations": RecommendationRow,
    "follow_ups": FollowUpRow,
    "stories": StoryRow,
    "notes": NoteRow,
    "calls": EventRow,
    "promises": PromiseRow,
    "leases": LeaseRow,
    "messages": MessageRow,  # those on their way, too
    "alarms": AlarmRow,
    "search_keys": SearchKeyRow,
    "matters": MatterRow,
}
CUSTOMERS: Final = "customers"  # what is kept beside the cases; goes with the last one
TALKS: Final = "talks"  # conversations of the devices' log that led to one of the requests
RECORDINGS: Final = "recordings"  # of those conversations
EXPORTS: Final = "exports"  # in the counts kept: the files to destroy, as the register named them


def erase_cases(
    session: Session, vault: Vault, case_ids: Sequence[UUID], now: datetime, *, only: ColumnElement[bool] | None = None
) -> dict[str, Any] | None:
    """Erase cases with all that belongs to them; return how much of each kind, or None when there was nothing left.

    `only`: those for which it is still true once they are locked.  The journal's lines stay, without case and detail; the register's exports stay, without the link.
    """
    case_ids = _locked(session, case_ids, true() if only is None else only)
    if not case_ids:
        return None
    erased: dict[str, Any] = {"cases": len(case_ids), EXPORTS: exports_of(session, case_ids)}
    erased[RECORDINGS] = count_recordings(session, case_ids)  # they go with their conversations
    erased[TALKS] = _erase_talks(session, case_ids)
    _remember_requests(session, case_ids, now)
    customers = phones_of(session, vault, case_ids)
    for name, table in OF_A_CASE.items():
        erased[name] = _delete(session, table, case_ids)
    _delete(session, ExportedCaseRow, case_ids)
    of_cases = update(JournalRow).where(JournalRow.case_id.in_(case_ids))
    session.execute(of_cases.values(case_id=None, detail={}))
    session.execute(delete(CaseRow).where(CaseRow.id.in_(case_ids)))
    erased[CUSTOMERS] = forget_customers(session, customers)
    return erased


def count_of(session: Session, vault: Vault, case_ids: Sequence[UUID]) -> dict[str, int]:
    """Return how much of each kind `erase_cases` would take now, were these all of the customer's."""
    talks = select(func.count()).select_from(TalkRow).where(TalkRow.callback_id.in_(_requests_of(case_ids)))
    counts = {
        "cases": len(case_ids),
        TALKS: session.scalar(talks) or 0,
        RECORDINGS: count_recordings(session, case_ids),
    }
    for name, table in OF_A_CASE.items():
        query = select(func.count()).select_from(table).where(_case_of(table).in_(case_ids))
        counts[name] = session.scalar(query) or 0
    counts[CUSTOMERS] = count_customers(session, phones_of(session, vault, case_ids))
    return counts


def count_recordings(session: Session, case_ids: Sequence[UUID]) -> int:
    """Return of how many of their conversations there is sound."""
    talks = select(TalkRow.id).where(TalkRow.callback_id.in_(_requests_of(case_ids)))
    heard = select(func.count()).where(RecordingRow.talk_id.in_(talks), RecordingRow.withdrawn_at.is_(None))
    return session.scalar(heard) or 0


def exports_of(session: Session, case_ids: Sequence[UUID]) -> list[dict[str, str]]:
    """Return the exports that held some of the cases, oldest first, as they are written down in a receipt."""
    held = select(ExportedCaseRow.export_id).where(ExportedCaseRow.case_id.in_(case_ids))
    query = select(ExportRow).where(ExportRow.id.in_(held)).order_by(ExportRow.at, ExportRow.id)
    return [
        {"id": str(row.id), "at": row.at.isoformat(), "actor": row.actor, "kind": row.kind}
        for row in session.scalars(query)
    ]


def _locked(session: Session, case_ids: Sequence[UUID], only: ColumnElement[bool]) -> list[UUID]:
    """Lock the cases, after their matters; return those that are still there and such."""
    matters = select(MatterRow.case_id).where(MatterRow.case_id.in_(case_ids))
    session.execute(matters.order_by(MatterRow.phone_digest, MatterRow.topic).with_for_update())
    cases = select(CaseRow.id).where(CaseRow.id.in_(case_ids), only).order_by(CaseRow.id)
    return list(session.scalars(cases.with_for_update()))


def _erase_talks(session: Session, case_ids: Sequence[UUID]) -> int:
    """Delete conversations, their turns with them; those that come later are refused, see `talks`."""
    talks = delete(TalkRow).where(TalkRow.callback_id.in_(_requests_of(case_ids)))
    deleted: Any = session.execute(talks.execution_options(synchronize_session=False))
    return int(deleted.rowcount)


def _requests_of(case_ids: Sequence[UUID]) -> Select[UUID]:
    return select(RequestRow.id).where(RequestRow.case_id.in_(case_ids))


def _remember_requests(session: Session, case_ids: Sequence[UUID], now: datetime) -> None:
    """Keep the ids, which devices chose at random: a request sent again is known and not stored anew."""
    ids = session.scalars(_requests_of(case_ids)).all()
    if ids:
        session.execute(insert_if_new(session, ErasedRequestRow), [{"id": id_, "erased_at": now} for id_ in ids])


def _delete(session: Session, table: Any, case_ids: Sequence[UUID]) -> int:
    deleted: Any = session.execute(delete(table).where(_case_of(table).in_(case_ids)))
    return int(deleted.rowcount)


def _case_of(table: Any) -> Any:
    return table.case_id
