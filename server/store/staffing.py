"""What admins do with accounts.  There is always an enabled admin, and nobody takes that role from themselves."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from server.access import Role
from server.errors import AccountRefused
from server.logins import name_of
from server.passwords import hash_password, new_password
from server.store import journal
from server.store.accounts import account_row
from server.store.desk_models import AccountRow, SessionRow
from server.store.engine import writing


class Staffing:
    """Changes to accounts in a database; may be shared by threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def change(self, login: str, *, name: str, role: Role, skills: Sequence[str], by: str, now: datetime) -> None:
        """Change what an account is.  Raises AccountUnknown, AccountRefused."""
        known = name_of(name)
        if known is None:
            raise AccountRefused("name")
        with writing(self._engine) as session:
            row = _locked(session, login, stays_admin=role is Role.ADMIN, by=by)
            row.name, row.role, row.skills = known, role.value, list(skills)
            detail = {"login": login, "role": role.value}
            journal.add(session, at=now, actor=by, action="account_changed", detail=detail)

    def reset_password(self, login: str, *, by: str, now: datetime, password: str | None = None) -> str:
        """Set a password and return it; all sessions end.  One made here is to be changed at the next login.

        Raises AccountUnknown, PasswordWeak.
        """
        made = password or new_password()
        kept = hash_password(made)
        with writing(self._engine) as session:
            row = account_row(session, login, lock=True)
            row.password_hash, row.must_change_password = kept, not password
            _end_sessions(session, login)
            journal.add(session, at=now, actor=by, action="password_reset", detail={"login": login})
        return made

    def disable(self, login: str, *, by: str, now: datetime) -> bool:
        """Let nobody log in with it; its sessions end, its cases stay.  False when it is disabled already.

        Raises AccountUnknown, AccountRefused.
        """
        with writing(self._engine) as session:
            row = _locked(session, login, stays_admin=False, by=by)
            if row.disabled_at is not None:
                return False
            row.disabled_at = now
            _end_sessions(session, login)
            journal.add(session, at=now, actor=by, action="account_disabled", detail={"login": login})
            return True

    def enable(self, login: str, *, by: str, now: datetime) -> bool:
        """Let somebody log in again; False when nothing was in the way.  Raises AccountUnknown."""
        with writing(self._engine) as session:
            row = account_row(session, login, lock=True)
            if row.disabled_at is None:
                return False
            row.disabled_at = None
            journal.add(session, at=now, actor=by, action="account_enabled", detail={"login": login})
            return True


def _locked(session: Session, login: str, *, stays_admin: bool, by: str) -> AccountRow:
    """Return the row to change.  All admins are locked, so that two who disable each other come one after the other."""
    enabled = select(AccountRow.login).where(AccountRow.role == Role.ADMIN.value, AccountRow.disabled_at.is_(None))
    admins = set(session.scalars(enabled.order_by(AccountRow.login).with_for_update()))
    row = account_row(session, login, lock=True)
    if login in admins and not stays_admin:
        if admins == {login}:
            raise AccountRefused("last_admin")
        if login == by:
            raise AccountRefused("oneself")
    return row


def _end_sessions(session: Session, login: str) -> None:
    session.execute(delete(SessionRow).where(SessionRow.login == login))
