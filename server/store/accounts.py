"""Staff accounts and their sessions.  Passwords are kept as argon2 hashes, session tokens as digests."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, delete, func, select, update

from server.access import Account, Role
from server.errors import AccountExists, AccountUnknown
from server.passwords import hash_password
from server.store import journal
from server.store.desk_models import AccountRow, SessionRow
from server.store.engine import reading, writing

SESSION_LASTS: Final = timedelta(hours=12)
SEEN_EVERY: Final = timedelta(minutes=1)  # how exactly a session's last use is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody is logged in.  `csrf` is what their forms must carry."""

    account: Account
    csrf: str


class AccountStore:
    """Accounts in a database; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, account: Account, password: str, *, by: str, now: datetime) -> None:
        """Add somebody.  Raises AccountExists, PasswordWeak."""
        values = AccountRow(
            login=account.login,
            name=account.name,
            role=account.role.value,
            skills=list(account.skills),
            must_change_password=account.must_change_password,
            password_hash=hash_password(password),
            created_at=now,
        )
        with writing(self._engine) as session:
            if session.get(AccountRow, account.login) is not None:
                raise AccountExists(account.login)
            session.add(values)
            detail = {"login": account.login, "role": account.role.value}
            journal.add(session, at=now, actor=by, action="account_added", detail=detail)

    def get(self, login: str) -> Account:
        """Return the account.  Raises AccountUnknown."""
        with reading(self._engine) as session:
            row = session.get(AccountRow, login)
            if row is None:
                raise AccountUnknown(login)
            return _account(row)

    def everybody(self) -> tuple[Account, ...]:
        """Return all accounts by login, disabled ones too."""
        with reading(self._engine) as session:
            return tuple(_account(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.login)))

    def names(self) -> dict[str, str]:
        """Return login -> name."""
        with reading(self._engine) as session:
            return {row.login: row.name for row in session.execute(select(AccountRow.login, AccountRow.name))}

    def count(self) -> int:
        """Return how many accounts there are."""
        with reading(self._engine) as session:
            return session.scalar(select(func.count()).select_from(AccountRow)) or 0

    def password_hash(self, login: str) -> str | None:
        """Return the hash of an account that may log in, or None."""
        with reading(self._engine) as session:
            row = session.get(AccountRow, login)
            return None if row is None or row.disabled_at is not None else row.password_hash

    def open_session(self, login: str, *, now: datetime) -> str:
        """Log in; return the secret of the cookie."""
        token = secrets.token_urlsafe(32)
        with writing(self._engine) as session:
            session.add(
                SessionRow(
                    token_digest=_digest(token),
                    login=login,
                    created_at=now,
                    seen_at=now,
                    expires_at=now + SESSION_LASTS,
                )
            )
            journal.add(session, at=now, actor=login, action="logged_in")
        return token

    def session(self, token: str, *, now: datetime) -> Session | None:
        """Return who has this cookie, None when it is unknown or over, or the account is disabled."""
        with reading(self._engine) as session:
            row = session.get(SessionRow, _digest(token))
            account = session.get(AccountRow, row.login) if row else None
        if row is None or account is None or row.expires_at <= now or account.disabled_at is not None:
            return None
        if now - row.seen_at >= SEEN_EVERY:
            self._see(row.token_digest, now)
        return Session(account=_account(account), csrf=csrf_token(token))

    def close_session(self, token: str, *, by: str, now: datetime) -> None:
        """Log out."""
        with writing(self._engine) as session:
            session.execute(delete(SessionRow).where(SessionRow.token_digest == _digest(token)))
            journal.add(session, at=now, actor=by, action="logged_out")

    def _see(self, digest: bytes, now: datetime) -> None:
        seen = update(SessionRow).where(SessionRow.token_digest == digest).values(seen_at=now)
        with writing(self._engine) as session:
            session.execute(seen)


def csrf_token(token: str) -> str:
    """Return what forms of a session carry: who cannot read the cookie cannot make it."""
    return hmac.new(token.encode(), b"koemado csrf", hashlib.sha256).hexdigest()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()  # of 256 random bits: needs no slow hash


def _account(row: AccountRow) -> Account:
    return Account(
        login=row.login,
        name=row.name,
        role=Role(row.role),
        skills=tuple(row.skills),
        must_change_password=row.must_change_password,
        disabled_at=row.disabled_at,
    )
