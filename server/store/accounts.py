"""Staff accounts and their sessions.  Passwords are kept as argon2 hashes, session tokens as digests."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session as Database

from server.access import Account, Role
from server.errors import AccountExists, AccountRefused, AccountUnknown
from server.logins import login_of, name_of
from server.passwords import hash_password
from server.store import journal
from server.store.desk_models import AccountRow, SessionRow
from server.store.engine import reading, writing
from server.store.inserting import insert_if_new

SESSION_LASTS: Final = timedelta(hours=12)
SEEN_EVERY: Final = timedelta(minutes=1)  # how exactly a session's last use is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody is logged in.  `csrf` is what their forms must carry."""

    account: Account
    csrf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSeen:
    """One of somebody's sessions, as its owner sees it."""

    created_at: datetime
    seen_at: datetime
    this_one: bool


class AccountStore:
    """Accounts in a database; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, account: Account, password: str, *, by: str, now: datetime) -> None:
        """Add somebody.  Raises AccountExists, AccountRefused, PasswordWeak."""
        values = {
            "login": _sound(account.login, login_of(account.login), "login"),
            "name": _sound(account.name, name_of(account.name), "name"),
            "role": account.role.value,
            "skills": list(account.skills),
            "must_change_password": account.must_change_password,
            "password_hash": hash_password(password),
            "created_at": now,
        }
        with writing(self._engine) as session:
            if session.scalar(insert_if_new(session, AccountRow).values(values).returning(AccountRow.login)) is None:
                raise AccountExists(account.login)
            detail = {"login": account.login, "role": account.role.value}
            journal.add(session, at=now, actor=by, action="account_added", detail=detail)

    def get(self, login: str) -> Account:
        """Return the account.  Raises AccountUnknown."""
        with reading(self._engine) as session:
            return account_of(account_row(session, login))

    def everybody(self) -> tuple[Account, ...]:
        """Return all accounts by login, disabled ones too."""
        with reading(self._engine) as session:
            return tuple(account_of(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.login)))

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
            owner = session.get(AccountRow, row.login) if row else None
        if row is None or owner is None or row.expires_at <= now or owner.disabled_at is not None:
            return None
        if abs(now - row.seen_at) >= SEEN_EVERY:  # the clock may have been set back
            self._see(row.token_digest, now)
        return Session(account=account_of(owner), csrf=csrf_token(token))

    def close_session(self, token: str, *, by: str, now: datetime) -> None:
        """Log out."""
        with writing(self._engine) as session:
            session.execute(delete(SessionRow).where(SessionRow.token_digest == _digest(token)))
            journal.add(session, at=now, actor=by, action="logged_out")

    def sessions_of(self, login: str, token: str, *, now: datetime) -> tuple[SessionSeen, ...]:
        """Return somebody's running sessions, the latest used first; `token` is the one that asks."""
        running = select(SessionRow).where(SessionRow.login == login, SessionRow.expires_at > now)
        with reading(self._engine) as session:
            return tuple(
                SessionSeen(created_at=row.created_at, seen_at=row.seen_at, this_one=row.token_digest == _digest(token))
                for row in session.scalars(running.order_by(SessionRow.seen_at.desc(), SessionRow.token_digest))
            )

    def close_others(self, token: str, *, by: str, now: datetime) -> int:
        """End somebody's sessions but this one; return how many."""
        with writing(self._engine) as session:
            ended = _end_sessions(session, by, but=token)
            journal.add(session, at=now, actor=by, action="sessions_ended", detail={"sessions": ended})
            return ended

    def rename(self, login: str, name: str, *, now: datetime) -> None:
        """Change how customers are told one's own name.  Raises AccountRefused, AccountUnknown."""
        known = _sound(name, name_of(name), "name")
        with writing(self._engine) as session:
            account_row(session, login).name = known
            journal.add(session, at=now, actor=login, action="account_changed", detail={"login": login})

    def change_password(self, login: str, password: str, *, token: str, now: datetime) -> None:
        """Set one's own password; the other sessions end.  Raises PasswordWeak, AccountUnknown."""
        kept = hash_password(password)
        with writing(self._engine) as session:
            row = account_row(session, login)
            row.password_hash, row.must_change_password = kept, False
            _end_sessions(session, login, but=token)
            journal.add(session, at=now, actor=login, action="password_changed", detail={"login": login})

    def new_feed_secret(self, login: str, *, now: datetime) -> str:
        """Make the secret of somebody's calendar feed; the one before ends.  Raises AccountUnknown."""
        secret = secrets.token_urlsafe(32)
        with writing(self._engine) as session:
            account_row(session, login).feed_digest = _digest(secret)
            journal.add(session, at=now, actor=login, action="feed_made", detail={"login": login})
        return secret

    def revoke_feed(self, login: str, *, now: datetime) -> bool:
        """End the calendar feed; False when there was none.  Raises AccountUnknown."""
        with writing(self._engine) as session:
            row = account_row(session, login)
            if row.feed_digest is None:
                return False
            row.feed_digest = None
            journal.add(session, at=now, actor=login, action="feed_revoked", detail={"login": login})
            return True

    def has_feed(self, login: str) -> bool:
        """Whether there is a calendar feed.  Raises AccountUnknown."""
        with reading(self._engine) as session:
            return account_row(session, login).feed_digest is not None

    def account_of_feed(self, secret: str) -> Account | None:
        """Return whose calendar feed has this secret; None for nobody's and for disabled accounts."""
        query = select(AccountRow).where(AccountRow.feed_digest == _digest(secret), AccountRow.disabled_at.is_(None))
        with reading(self._engine) as session:
            row = session.scalars(query).first()
            return None if row is None else account_of(row)

    def _see(self, digest: bytes, now: datetime) -> None:
        seen = update(SessionRow).where(SessionRow.token_digest == digest).values(seen_at=now)
        with writing(self._engine) as session:
            session.execute(seen)


def csrf_token(token: str) -> str:
    """Return what forms of a session carry: who cannot read the cookie cannot make it."""
    return hmac.new(token.encode(), b"koemado csrf", hashlib.sha256).hexdigest()


def account_row(session: Database, login: str, *, lock: bool = False) -> AccountRow:
    """Return the row.  Raises AccountUnknown."""
    row = session.get(AccountRow, login, with_for_update=lock or None)
    if row is None:
        raise AccountUnknown(login)
    return row


def _end_sessions(session: Database, login: str, *, but: str) -> int:
    others = SessionRow.login == login, SessionRow.token_digest != _digest(but)
    return len(session.scalars(delete(SessionRow).where(*others).returning(SessionRow.token_digest)).all())


def _sound(given: str, read: str | None, reason: str) -> str:
    """Return what is kept of a login or name.  Raises AccountRefused."""
    if read is None or (reason == "login" and read != given):
        raise AccountRefused(reason)
    return read


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()  # of 256 random bits: needs no slow hash


def account_of(row: AccountRow) -> Account:
    """Return it as a value."""
    return Account(
        login=row.login,
        name=row.name,
        role=Role(row.role),
        skills=tuple(row.skills),
        must_change_password=row.must_change_password,
        disabled_at=row.disabled_at,
    )
