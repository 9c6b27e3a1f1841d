"""Devices: enrolled by a short code, known by a token, revoked one by one.  Of codes and tokens only digests are kept."""

import hashlib
import secrets
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, Row, bindparam, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from server.access import Condition, Device
from server.enrolment import CODE_LASTS, MOST_WRONG, WRONG_WITHIN, CodeRefused, CodesThrottled, new_code, plain, shown
from server.store import journal
from server.store.desk_models import DeviceRow, EnrolCodeRow, LoginFailureRow
from server.store.engine import reading, writing
from server.store.inserting import core
from server.store.vault import Vault

SEEN_EVERY: Final = timedelta(minutes=1)  # how exactly it is known when a device was last heard of
TOKEN_PREFIX: Final = "kd_"  # noqa: S105  # so that a token found somewhere is known for what it is
_GUESSES: Final = "enrolment codes"  # the subject under which wrong codes are counted, all together
_SAYS_NOTHING: Final = Condition()
_TOLD: Final = tuple(one.name for one in fields(Condition))
_ONE_AT_A_TIME: Final = 0x656E726C  # PostgreSQL advisory lock: enrolments come one after the other


_BY_TOKEN: Final = select(core(DeviceRow)).where(core(DeviceRow).c.token_digest == bindparam("digest"))


class DeviceStore:
    """Devices in a database; may be shared by threads."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def make_code(self, device_id: str, device_name: str, *, by: str, now: datetime) -> str:
        """Return a code, as people read it, that enrols this device once within half an hour; earlier ones end."""
        code = new_code()
        place = {"device_id": device_id, "device_name": device_name, "made_by": by}
        values = {"digest": self._code_digests(code)[0], "expires_at": now + CODE_LASTS} | place
        over = (EnrolCodeRow.device_id == device_id) | (EnrolCodeRow.expires_at < now)
        with writing(self._engine) as session:
            session.execute(delete(EnrolCodeRow).where(over))
            session.execute(insert(EnrolCodeRow).values(values))
            journal.add(session, at=now, actor=by, action="enrol_code", detail={"device": device_id})
        return shown(code)

    def enrol(self, typed: str, *, now: datetime) -> tuple[Device, str]:
        """Use a code up; return the device and its token, which is never shown again.

        A device known already gets a new token in place of its old one.  Raises CodeRefused, CodesThrottled.
        """
        with writing(self._engine) as session:
            _one_at_a_time(session)
            if self._wrong_codes(session, now) >= MOST_WRONG:
                raise CodesThrottled
            code = self._use(session, typed, now)
            if code is not None:
                token = TOKEN_PREFIX + secrets.token_urlsafe(32)
                return _enrolled(session, code, token, now), token
            self._remember_wrong(session, now)
        raise CodeRefused

    def throttled(self, *, now: datetime) -> bool:
        """Whether so many wrong codes came in that none is looked at."""
        with reading(self._engine) as session:
            return self._wrong_codes(session, now) >= MOST_WRONG

    def by_token(self, token: str, *, now: datetime) -> Device | None:
        """Return whose token it is; None when it is nobody's, or the device was revoked."""
        with reading(self._engine) as session:
            row = session.execute(_BY_TOKEN, {"digest": _digest(token)}).one_or_none()
        if row is None or row.revoked_at is not None:
            return None
        if abs(now - row.seen_at) >= SEEN_EVERY:  # a clock set back must not hide that it lives
            self._see(row.id, now)
        return _device(row)

    def heartbeat(
        self,
        device: Device,
        version: str,
        *,
        now: datetime,
        knowledge: str | None = None,
        refused: str | None = None,
        condition: Condition = _SAYS_NOTHING,
    ) -> None:
        """Remember that it lives, which program it runs, which bundles it uses and refused, how it is; None: unsaid."""
        told = {"version": version, "knowledge": knowledge, "knowledge_refused": refused} | asdict(condition)
        self._see(device.id, now, **{name: value for name, value in told.items() if value is not None})

    def everything(self) -> tuple[Device, ...]:
        """Return all devices by id, revoked ones too."""
        with reading(self._engine) as session:
            return tuple(_device(row) for row in session.scalars(select(DeviceRow).order_by(DeviceRow.id)))

    def get(self, device_id: str) -> Device | None:
        """Return one device, or None."""
        with reading(self._engine) as session:
            row = session.get(DeviceRow, device_id)
            return None if row is None else _device(row)

    def revoke(self, device_id: str, *, by: str, now: datetime) -> bool:
        """Make its token worthless; False when there is no such device or it was revoked before."""
        running = update(DeviceRow).where(DeviceRow.id == device_id, DeviceRow.revoked_at.is_(None))
        with writing(self._engine) as session:
            session.execute(delete(EnrolCodeRow).where(EnrolCodeRow.device_id == device_id))
            if session.scalar(running.values(revoked_at=now).returning(DeviceRow.id)) is None:
                return False
            journal.add(session, at=now, actor=by, action="device_revoked", detail={"device": device_id})
            return True

    def _see(self, device_id: str, now: datetime, **values: str | int) -> None:
        with writing(self._engine) as session:
            session.execute(update(DeviceRow).where(DeviceRow.id == device_id).values(seen_at=now, **values))

    def _code_digests(self, code: str) -> tuple[bytes, ...]:
        return self._vault.digests(f"enrol {code}")

    def _use(self, session: Session, typed: str, now: datetime) -> EnrolCodeRow | None:
        code = plain(typed)
        if code is None:
            return None
        row = session.scalars(select(EnrolCodeRow).where(EnrolCodeRow.digest.in_(self._code_digests(code)))).first()
        if row is None or row.used_at is not None or row.expires_at <= now:
            return None
        row.used_at = now
        return row

    def _wrong_codes(self, session: Session, now: datetime) -> int:
        recent = LoginFailureRow.at.between(now - WRONG_WITHIN, now)
        ours = LoginFailureRow.subject_digest.in_(self._vault.digests(_GUESSES))
        return session.scalar(select(func.count()).select_from(LoginFailureRow).where(ours, recent)) or 0

    def _remember_wrong(self, session: Session, now: datetime) -> None:
        subject = self._vault.digest(_GUESSES)
        old = (LoginFailureRow.subject_digest == subject) & (LoginFailureRow.at < now - WRONG_WITHIN)
        session.execute(delete(LoginFailureRow).where(old))
        session.execute(insert(LoginFailureRow).values(subject_digest=subject, at=now))


def _one_at_a_time(session: Session) -> None:
    """Have the same code sent twice at once, or two codes of one device, come one after the other."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})


def _enrolled(session: Session, code: EnrolCodeRow, token: str, now: datetime) -> Device:
    row = session.get(DeviceRow, code.device_id)
    if row is None:
        row = DeviceRow(id=code.device_id, version="")
        session.add(row)
    row.name, row.token_digest = code.device_name, _digest(token)
    row.enrolled_at = row.seen_at = now
    row.knowledge = row.knowledge_refused = ""
    for name in _TOLD:
        setattr(row, name, None)
    row.revoked_at = None
    actor = journal.device_actor(row.id)
    journal.add(session, at=now, actor=actor, action="device_enrolled", detail={"device": row.id, "by": code.made_by})
    return _device(row)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()  # of 256 random bits: needs no slow hash


def _device(row: DeviceRow | Row[Any]) -> Device:
    return Device(
        id=row.id,
        name=row.name,
        enrolled_at=row.enrolled_at,
        seen_at=row.seen_at,
        version=row.version,
        knowledge=row.knowledge,
        knowledge_refused=row.knowledge_refused,
        condition=Condition(**{name: getattr(row, name) for name in _TOLD}),
        revoked_at=row.revoked_at,
    )
