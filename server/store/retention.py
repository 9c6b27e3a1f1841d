"""Forgetting what was kept long enough: each kind after its own period, in small transactions.

Safe to run again at any moment and by two at once.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Engine, and_, delete, func, inspect, not_, or_, select, tuple_
from sqlalchemy.orm import Session

from server.clock_doubt import Belief, belief
from server.settings import Retention
from server.spans import in_utc
from server.store import journal
from server.store.desk_models import (
    AlarmRow,
    EnrolCodeRow,
    ErasedRequestRow,
    ErasureRow,
    ExportedCaseRow,
    ExportRow,
    JournalRow,
    LoginFailureRow,
    MessageRow,
    SessionRow,
    TalkRow,
)
from server.store.engine import reading, writing
from server.store.erasing import EXPORTS, erase_cases
from server.store.erasure import BY_RETENTION, Erasure
from server.store.forgotten_talks import forget_conversations
from server.store.models import CaseRow, RequestRow, Table
from server.store.recording_models import RecordingRow
from server.store.vault import Vault

FORGOTTEN: Final = "forgotten"  # actions of the journal
DOUBTED: Final = "forget_doubted"
MOST_CASES: Final = 100  # in one transaction
MOST_ROWS: Final = 2_000
SHORT: Final = timedelta(days=1)  # what is of no use once it is over
_log = logging.getLogger(__name__)


class Forgetting:
    """Retention in a database; to be run daily, or the clock is doubted."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def forget(self, now: datetime, retention: Retention) -> dict[str, int]:
        """Delete what is older than its period; return how much of each kind, nothing while the clock is doubted.

        After a closed case's `conversation_days` what was said goes, after its `case_days` all of it, as in an erasure
        and with a receipt.  See `clock_doubt` for when nothing is deleted.
        """
        moment = in_utc(now)
        if not self._believes(moment):
            _log.warning("nothing old was deleted: the clock may be wrong; confirmed if it goes on for a day")
            return {}
        talks_before = _ago(moment, retention.conversation_days)
        counts = {
            "conversations": forget_conversations(self._engine, self._vault, before=talks_before),
            "cases": self._forget_cases(_ago(moment, retention.case_days), moment),
            "exports": self._forget_exports(_ago(moment, retention.export_days)),
        }
        counts |= {name: self._delete(table, old) for name, (table, old) in _over(moment, retention).items()}
        self._write(FORGOTTEN, moment, {name: count for name, count in counts.items() if count})
        Erasure(self._engine, self._vault).scrub()
        return counts

    def _believes(self, now: datetime) -> bool:
        with reading(self._engine) as session:
            found = belief(**_marks(session), now=now)
        if found is Belief.DOUBTED:
            self._write(DOUBTED, now, {})
        return found is Belief.BELIEVED

    def _forget_cases(self, before: datetime, now: datetime) -> int:
        old, receipt_id, count = CaseRow.closed_at < before, uuid4(), 0
        while True:
            with writing(self._engine) as session:
                ids = session.scalars(select(CaseRow.id).where(old).order_by(CaseRow.closed_at).limit(MOST_CASES)).all()
                erased = erase_cases(session, self._vault, ids, now, only=old) if ids else None
                if erased is not None:
                    _add_to_receipt(session, receipt_id, erased, now)
                    count += erased["cases"]
            if not ids:
                return count

    def _forget_exports(self, before: datetime) -> int:
        """Delete old exports from the register, their many links first."""
        links = ExportedCaseRow.export_id.in_(select(ExportRow.id).where(ExportRow.at < before))
        self._delete(ExportedCaseRow, links)
        return self._delete(ExportRow, ExportRow.at < before)

    def _delete(self, table: type[Table], old: ColumnElement[bool]) -> int:
        """Delete the table's rows for which it is true, some in each transaction."""
        key = tuple_(*inspect(table).primary_key)
        some = select(*inspect(table).primary_key).where(old).limit(MOST_ROWS)
        total = 0
        while True:
            with writing(self._engine) as session:
                deleted: Any = session.execute(delete(table).where(key.in_(some)))
            if not deleted.rowcount:
                return total
            total += deleted.rowcount

    def _write(self, action: str, now: datetime, detail: dict[str, int]) -> None:
        with writing(self._engine) as session:
            journal.add(session, at=now, actor=journal.SYSTEM, action=action, detail=detail)


def _over(now: datetime, retention: Retention) -> dict[str, tuple[type[Table], ColumnElement[bool]]]:
    """Return which rows, of no one case, are over.

    The journal's latest line stays, or SQLite would number the next one anew.  An alarm about a case that is still open
    stays, or it would be raised again.
    """
    journal_before = _ago(now, retention.journal_days)
    message_before = _ago(now, retention.message_days)
    latest = select(func.max(JournalRow.id)).scalar_subquery()
    still_open = select(CaseRow.id).where(CaseRow.id == AlarmRow.case_id, CaseRow.closed_at.is_(None)).exists()
    return {
        "journal": (JournalRow, and_(JournalRow.at < journal_before, JournalRow.id < latest)),
        "erasures": (ErasureRow, ErasureRow.at < journal_before),
        "erased_requests": (ErasedRequestRow, ErasedRequestRow.erased_at < journal_before),
        "messages": (MessageRow, or_(MessageRow.sent_at < message_before, MessageRow.given_up_at < message_before)),
        "alarms": (AlarmRow, and_(AlarmRow.cleared_at < message_before, not_(still_open))),
        "login_failures": (LoginFailureRow, LoginFailureRow.at < now - SHORT),
        "talks": (TalkRow, TalkRow.received_at <= _ago(now, retention.turns_days)),
        "recordings": (RecordingRow, _recordings_over(now, retention)),
        "sessions": (SessionRow, SessionRow.expires_at <= now),
        "enrol_codes": (EnrolCodeRow, EnrolCodeRow.expires_at < now - SHORT),
    }


def _recordings_over(now: datetime, retention: Retention) -> ColumnElement[bool]:
    """After their own days, and with what else was said in a closed case; with the log they go by themselves."""
    closed = CaseRow.closed_at < _ago(now, retention.conversation_days)
    of_closed = select(TalkRow.id).join(RequestRow, RequestRow.id == TalkRow.callback_id)
    of_closed = of_closed.join(CaseRow, CaseRow.id == RequestRow.case_id).where(closed)
    old = RecordingRow.received_at <= _ago(now, retention.recording_days)
    return or_(old, RecordingRow.talk_id.in_(of_closed))


def _ago(now: datetime, days: int) -> datetime:
    """Return the moment so long ago; the first there is when the calendar does not reach back so far."""
    try:
        return now - timedelta(days=days)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _add_to_receipt(session: Session, receipt_id: UUID, erased: dict[str, Any], now: datetime) -> None:
    """Write what one transaction erased into the receipt of the day, made with the first."""
    row = session.get(ErasureRow, receipt_id)
    if row is None:
        actor = journal.SYSTEM
        session.add(ErasureRow(id=receipt_id, at=now, actor=actor, reason=BY_RETENTION, counts=erased))
        return
    exports = {one["id"]: one for one in [*row.counts[EXPORTS], *erased[EXPORTS]]}
    sums = {name: row.counts.get(name, 0) + count for name, count in erased.items() if name != EXPORTS}
    row.counts = sums | {EXPORTS: list(exports.values())}


def _marks(session: Session) -> dict[str, datetime | None]:
    """Return what `belief` needs to know."""
    deleted = _last(session, JournalRow.action == FORGOTTEN)
    doubted = _last(session, JournalRow.action == DOUBTED, JournalRow.id > (deleted.id if deleted else 0))
    anything = _last(session) if deleted is None and doubted is None else deleted
    return {"deleted_at": anything.at if anything else None, "doubted_at": doubted.at if doubted else None}


def _last(session: Session, *conditions: ColumnElement[bool]) -> JournalRow | None:
    return session.scalars(select(JournalRow).where(*conditions).order_by(JournalRow.id.desc()).limit(1)).first()
