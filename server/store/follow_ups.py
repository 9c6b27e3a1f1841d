"""Follow-ups in a database: planned for a customer's case, told by one of the customer's devices, erased with the case."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, delete, or_, select, update
from sqlalchemy.orm import Session

from server.follow_ups import AFTER, LASTS, FollowUp, Occasion, Templates
from server.notices import Kind, ToTell, customer_digest
from server.spans import in_utc
from server.store import journal
from server.store.desk_models import DeviceRow
from server.store.engine import reading, writing
from server.store.models import CaseRow, RequestRow
from server.store.notice_models import FollowUpRow
from server.store.rows import phone_of
from server.store.vault import Vault


class FollowUpStore:
    """May be shared by threads."""

    def __init__(self, engine: Engine, vault: Vault, templates: Templates) -> None:
        self._engine = engine
        self._vault = vault
        self._templates = templates

    def plan(self, planned: FollowUp, case_id: UUID, *, by: str, now: datetime) -> bool:
        """Plan one for the customer of a case; the same id again changes nothing.  False when there is no such case."""
        with writing(self._engine) as session:
            return self._planned(session, planned, case_id, by, in_utc(now))

    def plan_for(self, phone: str, planned: FollowUp, *, by: str, now: datetime) -> bool:
        """Plan one for an E.164 number; False when no case of it is kept: then nothing of it is."""
        theirs = select(CaseRow.id).where(CaseRow.phone_digest.in_(self._vault.digests(phone)))
        with writing(self._engine) as session:
            case_id = session.scalars(theirs.order_by(CaseRow.opened_at.desc(), CaseRow.id).limit(1)).first()
            return case_id is not None and self._planned(session, planned, case_id, by, in_utc(now))

    def take_back(self, follow_up_id: UUID) -> bool:
        """Forget one that was planned by mistake; False when there is none, or it was told already."""
        gone = delete(FollowUpRow).where(FollowUpRow.id == follow_up_id, FollowUpRow.told_at.is_(None))
        with writing(self._engine) as session:
            return session.scalar(gone.returning(FollowUpRow.id)) is not None

    def of_case(self, case_id: UUID) -> tuple[FollowUp, ...]:
        """Return those of a case, in their order."""
        query = select(FollowUpRow).where(FollowUpRow.case_id == case_id).order_by(FollowUpRow.due_at, FollowUpRow.id)
        with reading(self._engine) as session:
            return tuple(
                FollowUp(
                    id=row.id, occasion=Occasion(row.occasion), topic=row.topic, happened_at=row.happened_at,
                    due_at=row.due_at, told_at=row.told_at,
                )
                for row in session.scalars(query)
            )  # fmt: skip

    def of_device(self, device_id: str, *, now: datetime) -> tuple[ToTell, ...]:
        """Return what this device tells its remembered customers now: those who asked for a call at it."""
        due = select(FollowUpRow).where(
            FollowUpRow.due_at <= now,
            FollowUpRow.ends_at > now,
            or_(FollowUpRow.told_by.is_(None), FollowUpRow.told_by == device_id),
        )
        with reading(self._engine) as session:
            rows = session.scalars(due).all()
            device = session.get(DeviceRow, device_id) if rows else None
            if device is None:
                return ()
            found = ((row, self._phone(session, row.case_id, device_id)) for row in rows)
            return tuple(self._to_tell(row, device.token_digest, phone) for row, phone in found if phone)

    def report(self, device_id: str, told: Mapping[UUID, int], *, now: datetime) -> None:
        """Remember which were told; no other device tells them again."""
        ids = [one for one, times in told.items() if times > 0]
        if not ids:
            return
        untold = update(FollowUpRow).where(FollowUpRow.id.in_(ids), FollowUpRow.told_by.is_(None))
        with writing(self._engine) as session:
            session.execute(untold.values(told_by=device_id, told_at=in_utc(now)))

    def _planned(self, session: Session, planned: FollowUp, case_id: UUID, by: str, now: datetime) -> bool:
        # Locked: an erasure waits or is over.
        if session.get(CaseRow, case_id, with_for_update=True) is None:
            return False
        if session.get(FollowUpRow, planned.id) is not None:
            return True
        session.add(
            FollowUpRow(
                id=planned.id, case_id=case_id, occasion=planned.occasion.value, topic=planned.topic,
                happened_at=planned.happened_at, due_at=planned.due_at, ends_at=planned.due_at + LASTS,
            )
        )  # fmt: skip
        journal.add(session, at=now, actor=by, action="follow_up_planned", case_id=case_id, detail={})
        return True

    def _phone(self, session: Session, case_id: UUID, device_id: str) -> str | None:
        """The customer's number where they asked for a call at this device, in whichever case."""
        case = session.get(CaseRow, case_id)
        if case is None:
            return None
        theirs = select(RequestRow).join(CaseRow, RequestRow.case_id == CaseRow.id)
        here = theirs.where(CaseRow.phone_digest == case.phone_digest, RequestRow.device == device_id)
        row = session.scalars(here.order_by(RequestRow.received_at.desc()).limit(1)).first()
        return None if row is None else phone_of(row, self._vault)

    def _to_tell(self, row: FollowUpRow, token_digest: bytes, phone: str) -> ToTell:
        return ToTell(
            id=row.id,
            text=self._templates.text(Occasion(row.occasion), row.topic),
            kind=Kind.FOLLOW_UP,
            begins=row.due_at,
            ends=row.ends_at,
            customer=customer_digest(token_digest, phone),
        )


def planned(request_id: UUID, occasion: Occasion, topic: str, happened_at: datetime) -> FollowUp:
    """Return a follow-up two weeks after something."""
    happened = in_utc(happened_at)
    return FollowUp(
        id=request_id, occasion=occasion, topic=topic, happened_at=happened, due_at=happened + AFTER, told_at=None
    )
