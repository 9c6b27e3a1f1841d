"""Erasing one customer: everything about their cases goes in one transaction, and a receipt says what went."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from server.errors import StoreError
from server.spans import in_utc
from server.store import journal
from server.store.desk_models import ErasureRow
from server.store.engine import reading, writing
from server.store.erasing import EXPORTS, count_of, erase_cases, exports_of
from server.store.models import CaseRow
from server.store.scrubbing import scrub
from server.store.vault import Vault

BY_CUSTOMER: Final = "customer"  # reasons of receipts
BY_RETENTION: Final = "retention"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """A file that held some of the data; people destroy it, no program can."""

    id: UUID
    at: datetime
    actor: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """What an erasure would take."""

    counts: Mapping[str, int]  # "cases", "requests", "notes", ...: keys of the labels' group `erased`
    exports: tuple[HandedOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What an erasure took; never whose it was."""

    id: UUID
    at: datetime
    actor: str
    reason: str
    counts: Mapping[str, int]
    exports: tuple[HandedOut, ...]  # to destroy by hand


class Erasure:
    """Erasures in a database; may be shared by threads and processes."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def find(self, phone: str) -> Affected | None:
        """Return what is known under an E.164 number, or None."""
        with reading(self._engine) as session:
            ids = self._cases(session, phone)
            exports = _handed_out(exports_of(session, ids))
            return Affected(counts=count_of(session, self._vault, ids), exports=exports) if ids else None

    def erase(self, phone: str, by: str, now: datetime) -> Receipt | None:
        """Erase all there is under an E.164 number; None when there is nothing.

        Promised seats are free then, and a request of theirs that a device sends again stays erased.  What was deleted
        is gone from SQLite's files, too; of PostgreSQL's see `scrub`.
        """
        moment = in_utc(now)
        with writing(self._engine) as session:
            erased = erase_cases(session, self._vault, self._cases(session, phone), moment)
            if erased is None:
                return None
            row = ErasureRow(id=uuid4(), at=moment, actor=by, reason=BY_CUSTOMER, counts=erased)
            session.add(row)
            detail = {"receipt": str(row.id), "cases": erased["cases"]}
            journal.add(session, at=moment, actor=by, action="erased", detail=detail)
            receipt = _receipt(row)
        self.scrub()
        return receipt

    def scrub(self) -> bool:
        """Have the database forget what was deleted; False when it cannot now: the daily `forget` tries again."""
        try:
            done = scrub(self._engine)
        except StoreError:
            done = False
        if not done:
            _log.warning("what was deleted is not written over yet: the database is busy")
        return done

    def receipt(self, receipt_id: UUID) -> Receipt | None:
        """Return the receipt, or None."""
        with reading(self._engine) as session:
            row = session.get(ErasureRow, receipt_id)
            return None if row is None else _receipt(row)

    def receipts(self, *, limit: int = 50) -> tuple[Receipt, ...]:
        """Return the latest receipts, the latest first."""
        query = select(ErasureRow).order_by(ErasureRow.at.desc(), ErasureRow.id).limit(limit)
        with reading(self._engine) as session:
            return tuple(_receipt(row) for row in session.scalars(query))

    def _cases(self, session: Session, phone: str) -> Sequence[UUID]:
        found = select(CaseRow.id).where(CaseRow.phone_digest.in_(self._vault.digests(phone)))
        return session.scalars(found).all()


def _receipt(row: ErasureRow) -> Receipt:
    counts = {name: count for name, count in row.counts.items() if name != EXPORTS}
    exports = _handed_out(row.counts.get(EXPORTS, []))
    return Receipt(id=row.id, at=row.at, actor=row.actor, reason=row.reason, counts=counts, exports=exports)


def _handed_out(written: Sequence[Mapping[str, Any]]) -> tuple[HandedOut, ...]:
    return tuple(
        HandedOut(id=UUID(one["id"]), at=datetime.fromisoformat(one["at"]), actor=one["actor"], kind=one["kind"])
        for one in written
    )
