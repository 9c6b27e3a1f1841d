"""Notices in a database, and what devices said of them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from server.notices import Kind, Notice, Telling, ToTell
from server.spans import in_utc
from server.store import journal
from server.store.engine import reading, writing
from server.store.inserting import core, insert_for
from server.store.notice_models import NoticeRow, TellingRow

SHOWN_FOR: Final = timedelta(days=30)  # after its end


class NoticeStore:
    """May be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, told: ToTell, devices: tuple[str, ...] | None, *, by: str, now: datetime) -> None:
        """Keep a notice; the same id again changes nothing."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            if session.get(NoticeRow, told.id) is not None:
                return
            session.add(
                NoticeRow(
                    id=told.id, text=told.text, readings=dict(told.readings), kind=told.kind.value,
                    at_once=told.at_once, danger=told.danger, devices=None if devices is None else list(devices),
                    begins_at=told.begins, ends_at=told.ends, made_by=by, made_at=moment,
                )
            )  # fmt: skip
            detail = {"notice": str(told.id), "kind": told.kind.value}
            journal.add(session, at=moment, actor=by, action="notice_made", detail=detail)

    def withdraw(self, notice_id: UUID, *, by: str, now: datetime) -> bool:
        """Take it off the devices; False when it is not there, or was withdrawn before."""
        moment = in_utc(now)
        running = update(NoticeRow).where(NoticeRow.id == notice_id, NoticeRow.withdrawn_at.is_(None))
        with writing(self._engine) as session:
            done = session.scalar(running.values(withdrawn_at=moment, withdrawn_by=by).returning(NoticeRow.id))
            if done is None:
                return False
            detail = {"notice": str(notice_id)}
            journal.add(session, at=moment, actor=by, action="notice_withdrawn", detail=detail)
            return True

    def get(self, notice_id: UUID) -> Notice | None:
        """Return one, or None."""
        with reading(self._engine) as session:
            row = session.get(NoticeRow, notice_id)
            return None if row is None else _notice(row)

    def recent(self, *, now: datetime) -> tuple[Notice, ...]:
        """Return those that are to come, in force, or ended lately; the latest first."""
        query = select(NoticeRow).where(NoticeRow.ends_at > now - SHOWN_FOR)
        with reading(self._engine) as session:
            rows = session.scalars(query.order_by(NoticeRow.made_at.desc(), NoticeRow.id))
            return tuple(_notice(row) for row in rows)

    def of_device(self, device_id: str, *, now: datetime) -> tuple[ToTell, ...]:
        """Return what this device tells now."""
        query = select(NoticeRow).where(
            NoticeRow.begins_at <= now, NoticeRow.ends_at > now, NoticeRow.withdrawn_at.is_(None)
        )
        with reading(self._engine) as session:
            found = [_notice(row) for row in session.scalars(query)]
        return tuple(one.told for one in found if one.is_for(device_id))

    def report(self, device_id: str, told: Mapping[UUID, int], *, now: datetime) -> None:
        """Keep which notices a device has and how often it told each; of what is not its notice nothing is kept."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            ours = [row for row in _among(session, set(told)) if _notice(row).is_for(device_id)]
            for row in sorted(ours, key=lambda one: one.id):
                values = {"notice_id": row.id, "device": device_id, "told": told[row.id], "at": moment}
                put = insert_for(session.get_bind().dialect.name, core(TellingRow)).values(values)
                changed = {"told": told[row.id], "at": moment}
                session.execute(put.on_conflict_do_update(index_elements=["notice_id", "device"], set_=changed))

    def count(self, device_id: str, notice_id: UUID, *, now: datetime) -> None:
        """Count that it was told once more there; nothing where it is no notice for it."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            row = session.get(NoticeRow, notice_id)
            if row is None or not _notice(row).is_for(device_id):
                return
            table = core(TellingRow)
            values = {"notice_id": notice_id, "device": device_id, "told": 1, "at": moment}
            put = insert_for(session.get_bind().dialect.name, table).values(values)
            more = {"told": table.c.told + 1, "at": moment}
            session.execute(put.on_conflict_do_update(index_elements=["notice_id", "device"], set_=more))

    def tellings(self) -> Mapping[UUID, tuple[Telling, ...]]:
        """Return what devices said, by notice."""
        found: defaultdict[UUID, list[Telling]] = defaultdict(list)
        with reading(self._engine) as session:
            for row in session.scalars(select(TellingRow).order_by(TellingRow.device)):
                found[row.notice_id].append(Telling(device=row.device, told=row.told, at=row.at))
        return {notice_id: tuple(tellings) for notice_id, tellings in found.items()}


def _among(session: Session, ids: set[UUID]) -> list[NoticeRow]:
    return list(session.scalars(select(NoticeRow).where(NoticeRow.id.in_(ids))))


def _notice(row: NoticeRow) -> Notice:
    told = ToTell(
        id=row.id,
        text=row.text,
        readings=row.readings,
        kind=Kind(row.kind),
        at_once=row.at_once,
        danger=row.danger,
        begins=row.begins_at,
        ends=row.ends_at,
    )
    return Notice(
        told=told,
        devices=None if row.devices is None else tuple(row.devices),
        made_by=row.made_by,
        made_at=row.made_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by or "",
    )
