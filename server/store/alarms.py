"""The register of alarms: raised once whoever watches, cleared when the reason is gone, kept for good."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, Engine, Select, or_, select, union_all, update
from sqlalchemy.orm import Session

from server.alarming import Alarm, AlarmKind, AlarmRule, alarms_of, due_now, is_open
from server.opening_hours import OpeningHours
from server.store import journal
from server.store.desk_models import AlarmRow, DeviceRow, FollowerRow
from server.store.engine import reading, writing
from server.store.inserting import insert_if_new
from server.store.messages import Message, queue
from server.store.models import CaseRow
from server.store.vault import Vault
from server.store.watching import facts

MOST_AT_ONCE: Final = 100  # raised in one transaction; the next round raises the rest
MOST_SHOWN: Final = 50
_WATCH: Final = "alarms"  # the row whose lock makes watchers come one after the other

Announce = Callable[[Sequence[Alarm]], Sequence[Message]]  # what to send about new alarms


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """An alarm in the register.  `device_name` says where a silent device stands."""

    alarm: Alarm
    raised_at: datetime
    cleared_at: datetime | None = None
    seen_by: str | None = None
    device_name: str | None = None

    @classmethod
    def of(
        cls, key: str, raised_at: datetime, cleared_at: datetime | None, seen_by: str | None, device_name: str | None
    ) -> Self:
        """Make it of the columns of `_shown`."""
        alarm = Alarm.read(key)
        return cls(alarm=alarm, raised_at=raised_at, cleared_at=cleared_at, seen_by=seen_by, device_name=device_name)


class AlarmBook:
    """Alarms in a database; may be shared by threads and used by many processes."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def refresh(self, rule: AlarmRule, *, now: datetime, announce: Announce) -> None:
        """Raise what has become alarming and clear what no longer is; the messages are queued with it."""
        with reading(self._engine) as session:
            if not any(_changes(session, rule, now)):
                return  # the usual case takes no lock
        with writing(self._engine) as session:
            _lock(session)
            new, over = _changes(session, rule, now)
            for key in over:
                _clear(session, Alarm.read(key), now)
            for alarm in new:
                _raise(session, alarm, now)
            for message in announce(new) if new else ():
                queue(session, self._vault, message, now)

    def running(self, hours: OpeningHours, *, now: datetime, limit: int = MOST_SHOWN) -> tuple[Rung, ...]:
        """Return what nobody has seen yet, danger first; outside the business hours nothing but danger."""
        unseen = _unseen(hours, now)
        of_kinds = [_shown().where(AlarmRow.kind == kind.value, *unseen) for kind in AlarmKind]
        parts = [select(query.order_by(AlarmRow.raised_at).limit(limit).subquery()) for query in of_kinds]
        with reading(self._engine) as session:
            rung = [Rung.of(*row) for row in session.execute(union_all(*parts))]
        return tuple(sorted(rung, key=lambda one: (one.alarm.kind.rank, one.raised_at)))[:limit]

    def latest(self, *, limit: int = 100) -> tuple[Rung, ...]:
        """Return the register, the latest first."""
        query = _shown().order_by(AlarmRow.raised_at.desc(), AlarmRow.key).limit(limit)
        with reading(self._engine) as session:
            return tuple(Rung.of(*row) for row in session.execute(query))

    def see(self, key: str, *, by: str, now: datetime) -> bool:
        """Somebody has seen it: it leaves the banner and stays in the register.  False when it is over or was seen."""
        running = AlarmRow.cleared_at.is_(None) & AlarmRow.seen_by.is_(None)
        statement = update(AlarmRow).where(AlarmRow.key == key, running).values(seen_by=by).returning(AlarmRow.key)
        with writing(self._engine) as session:
            if session.scalar(statement) is None:
                return False
            _journal(session, Alarm.read(key), by, "alarm_seen", now)
            return True


def _changes(session: Session, rule: AlarmRule, now: datetime) -> tuple[list[Alarm], list[str]]:
    running = set(session.scalars(select(AlarmRow.key).where(AlarmRow.cleared_at.is_(None))))
    found = alarms_of(facts(session, rule, now), rule)
    new = [alarm for alarm in due_now(found, now=now, hours=rule.hours) if alarm.key not in running]
    new.sort(key=lambda alarm: (alarm.kind.rank, alarm.about))
    return new[:MOST_AT_ONCE], sorted(running - {alarm.key for alarm in found if alarm.holds(now)})[:MOST_AT_ONCE]


def _lock(session: Session) -> None:
    """Wait for other watchers; what they did is seen from here on."""
    session.execute(insert_if_new(session, FollowerRow).values(name=_WATCH, line=0))
    session.get_one(FollowerRow, _WATCH, with_for_update=True)


def _raise(session: Session, alarm: Alarm, now: datetime) -> None:
    """Raise it, once more when its reason came back."""
    place = {"kind": alarm.kind.value, "case_id": alarm.case_id, "device_id": alarm.device_id}
    values = {"key": alarm.key, "raised_at": now} | place
    if session.scalar(insert_if_new(session, AlarmRow).values(values).returning(AlarmRow.key)) is None:
        anew = {"raised_at": now, "cleared_at": None, "seen_by": None}
        session.execute(update(AlarmRow).where(AlarmRow.key == alarm.key).values(anew))
    _journal(session, alarm, journal.SYSTEM, "alarm", now)


def _clear(session: Session, alarm: Alarm, now: datetime) -> None:
    session.execute(update(AlarmRow).where(AlarmRow.key == alarm.key).values(cleared_at=now))
    _journal(session, alarm, journal.SYSTEM, "alarm_cleared", now)


def _journal(session: Session, alarm: Alarm, by: str, action: str, now: datetime) -> None:
    detail = {"kind": alarm.kind.value, "key": alarm.key, "device": alarm.device_id, "danger": alarm.danger}
    journal.add(session, at=now, actor=by, action=action, case_id=alarm.case_id, detail=detail)


def _unseen(hours: OpeningHours, now: datetime) -> list[ColumnElement[bool]]:
    unseen: list[ColumnElement[bool]] = [AlarmRow.cleared_at.is_(None), AlarmRow.seen_by.is_(None)]
    if is_open(hours, now):
        return unseen
    dangers = select(CaseRow.id).where(CaseRow.lane == 0, CaseRow.closed_at.is_(None))
    return [*unseen, or_(AlarmRow.kind == AlarmKind.SAFETY.value, AlarmRow.case_id.in_(dangers))]


def _shown() -> Select[*tuple[Any, ...]]:
    columns = (AlarmRow.key, AlarmRow.raised_at, AlarmRow.cleared_at, AlarmRow.seen_by, DeviceRow.name)
    return select(*columns).outerjoin(DeviceRow, DeviceRow.id == AlarmRow.device_id)
