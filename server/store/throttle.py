"""Failed logins, remembered under keyed digests: neither logins that nobody has nor addresses are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.orm import Session

from server.store import journal
from server.store.desk_models import LoginFailureRow
from server.store.engine import writing
from server.store.vault import Vault
from server.throttling import ADDRESS, LOGIN, Rule, counts_for_address, throttled_as, wait_until

_ONE_AT_A_TIME = 0x6C6F67696E  # PostgreSQL advisory lock; SQLite has one writer anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A password that may be looked at; counted as wrong until `Throttle.succeeded` is told."""

    lines: tuple[int, ...]
    login: str
    waits_from_now: datetime | None  # until when the next try will wait, should this one be wrong


class Throttle:
    """Says who may try a password now; may be shared by threads and processes."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def attempt(self, login: str, address: str, *, now: datetime) -> Try | datetime:
        """Count a try before it is looked at, so that many at once are no way around; or return when to come back."""
        subjects = self._login_subject(login), self._vault.digest(f"login address {throttled_as(address)}")
        with writing(self._engine) as session:
            _one_at_a_time(session)
            of_login, of_address = (_failures(session, subject, now) for subject in subjects)
            waits = [wait_until(of_login, LOGIN, now=now), wait_until(of_address, ADDRESS, now=now)]
            if running := [until for until in waits if until is not None]:
                return max(running)
            counted = subjects if counts_for_address(of_login, now=now) else subjects[:1]
            lines = tuple(_remember(session, subject, now) for subject in counted)
            next_waits = [_next_wait(of_login, LOGIN, now), _next_wait(of_address, ADDRESS, now) if lines[1:] else None]
            until = max((moment for moment in next_waits if moment), default=None)
            return Try(lines=lines, login=login, waits_from_now=until)

    def failed(self, attempt: Try, *, known: bool, now: datetime) -> None:
        """Write into the journal that the password was wrong, and that a wait begins.

        The line names the login only when it is an account's (`known`): people type passwords into that field.
        """
        detail: dict[str, Any] = {"login": attempt.login} if known else {}
        with writing(self._engine) as session:
            journal.add(session, at=now, actor=journal.SYSTEM, action="login_failed", detail=detail)
            if attempt.waits_from_now is not None:
                waits = {"seconds": round((attempt.waits_from_now - now).total_seconds())}
                journal.add(session, at=now, actor=journal.SYSTEM, action="login_blocked", detail=detail | waits)

    def succeeded(self, attempt: Try) -> None:
        """Forget this try and all failures of its login: who knows the password starts afresh."""
        own = LoginFailureRow.id.in_(attempt.lines)
        subject = LoginFailureRow.subject_digest == self._login_subject(attempt.login)
        with writing(self._engine) as session:
            session.execute(delete(LoginFailureRow).where(own | subject))

    def forgive(self, login: str) -> None:
        """Forget all failures of a login: its password was set anew."""
        with writing(self._engine) as session:
            session.execute(delete(LoginFailureRow).where(LoginFailureRow.subject_digest == self._login_subject(login)))

    def _login_subject(self, login: str) -> bytes:
        return self._vault.digest(f"login name {login}")


def _one_at_a_time(session: Session) -> None:
    """Let tries come one after the other: each must see those before."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))


def _failures(session: Session, subject: bytes, now: datetime) -> list[datetime]:
    """Return the times, none ahead of now: what the clock wrote before it was set back counts as of now."""
    ahead = LoginFailureRow.subject_digest == subject, LoginFailureRow.at > now
    session.execute(update(LoginFailureRow).where(*ahead).values(at=now))
    times = select(LoginFailureRow.at).where(LoginFailureRow.subject_digest == subject)
    return list(session.scalars(times.where(LoginFailureRow.at > now - max(LOGIN.window, ADDRESS.window))))


def _remember(session: Session, subject: bytes, now: datetime) -> int:
    made = insert(LoginFailureRow).values(subject_digest=subject, at=now).returning(LoginFailureRow.id)
    return session.scalars(made).one()


def _next_wait(failures: list[datetime], rule: Rule, now: datetime) -> datetime | None:
    return wait_until([*failures, now], rule, now=now)
