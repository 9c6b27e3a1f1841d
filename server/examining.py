"""Is the desk of a folder in order?  Each finding says so, or what to do; nothing is changed."""

import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from server.access import Account, Role
from server.app import DATABASE_FILE
from server.errors import DeskError, KeyInvalid, SettingsInvalid
from server.settings import (
    KEY_FILE,
    KEY_VARIABLE,
    SETTINGS_FILE,
    SIGNING_KEY_FILE,
    SIGNING_KEY_VARIABLE,
    Mail,
    Settings,
    Webhook,
    load_keys,
    load_settings,
    load_signing_key,
)
from server.store.condition import Condition, condition_of
from server.store.vault import Vault
from server.work.watch import TURN_LASTS
from server.work.webhook import signing_key

MAIL_WAIT_S: Final = 3.0
SILENT_AFTER: Final = timedelta(minutes=3)  # the background work beats every minute


class State(StrEnum):
    """How well a thing is."""

    FINE = "ok"
    LIMITED = "limited"  # works, but not all of it
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing examined."""

    check: str
    state: State
    detail: str
    remedy: str | None = None


def examine(folder: Path, *, now: datetime) -> Iterator[Finding]:
    """Look at everything in order; what depends on something broken is left out."""
    try:
        settings = _settings(folder)
    except (DeskError, OSError) as error:
        yield _broken("settings", str(error), f"mend {folder / SETTINGS_FILE}, or see `koemado serve --help`")
        return
    yield _fine("settings", str(folder / SETTINGS_FILE))
    yield from _examine_data(folder, settings, now)
    yield _mail(settings.mail)
    yield _webhook(settings.webhook)


def _settings(folder: Path) -> Settings:
    if not (folder / SETTINGS_FILE).exists():
        raise SettingsInvalid(str(folder / SETTINGS_FILE), "there is no such file")
    return load_settings(folder)


def _examine_data(folder: Path, settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        vault = _vault(folder)
    except (DeskError, OSError) as error:
        yield _broken("key", str(error), f"put the key back into {folder / KEY_FILE} or {KEY_VARIABLE}")
        return
    if not settings.listening.database_url and not (folder / DATABASE_FILE).exists():  # looking must not make one
        yield _broken(
            "database", f"{folder / DATABASE_FILE} is missing", "put it back; `koemado serve` makes a new one"
        )
        return
    try:
        found = condition_of(settings.listening.database_url or f"sqlite:///{folder / DATABASE_FILE}", vault)
    except DeskError as error:
        yield _broken("database", str(error), "start it, or correct listening.database_url")
        return
    yield from _judge(found, now)
    yield from _bundles(folder, found.bundle_signed_by)


def _vault(folder: Path) -> Vault:
    if not os.environ.get(KEY_VARIABLE) and not (folder / KEY_FILE).exists():
        raise KeyInvalid(f"{folder / KEY_FILE} is missing")
    current, *earlier = load_keys(folder)
    return Vault(current, earlier=earlier)


def _bundles(folder: Path, signed_by: str | None) -> Iterator[Finding]:
    """Whether devices believe what was published, where something was; looking makes no key."""
    if signed_by is None:
        return
    try:
        is_here = bool(os.environ.get(SIGNING_KEY_VARIABLE)) or (folder / SIGNING_KEY_FILE).exists()
        key = load_signing_key(folder).public.id if is_here else None
    except DeskError as error:
        yield _broken("bundles", str(error), f"put the key back into {folder / SIGNING_KEY_FILE}")
        return
    if key == signed_by:
        yield _fine("bundles", "signed with the key that is here")
        return
    remedy = f"put the former {SIGNING_KEY_FILE} back; or `koemado kb publish`, and enrol all devices anew"
    yield _limited("bundles", "the one in use was signed with a key that is not here", remedy)


def _judge(found: Condition, now: datetime) -> Iterator[Finding]:
    if found.differences:
        detail = f"its tables are not those of this program ({found.differences} differences)"
        yield _broken("database", detail, "`koemado desk migrate`; or a newer program, when a newer one was here")
        return
    yield _fine("database", f"{found.backend}, reachable, tables current")
    yield _key(found.key_problem)
    yield _accounts(found.accounts)
    yield _work(found.watch_turn_ends, now)
    yield _messages(found.messages or {})


def _key(problem: str | None) -> Finding:
    if problem:
        return _broken("key", problem, "put the former key back, a line of its own below the current one")
    return _fine("key", "fits the data")


def _accounts(accounts: tuple[Account, ...]) -> Finding:
    able = [account for account in accounts if account.disabled_at is None]
    if any(account.role is Role.ADMIN for account in able):
        return _fine("accounts", f"{len(able)} can log in")
    return _broken("accounts", "no admin can log in", "`koemado desk account add LOGIN --name NAME --role admin`")


def _work(turn_ends: int, now: datetime) -> Finding:
    """Judge by the end of the watch's last turn, in seconds of the epoch; 0: there was none."""
    if not turn_ends:
        return _limited("background work", "has never run", "`koemado serve`")
    beat = datetime.fromtimestamp(turn_ends, UTC) - TURN_LASTS
    detail = f"last beat {beat.isoformat(timespec='seconds')}"
    if now - beat > SILENT_AFTER:
        return _limited("background work", detail, "alarms and messages wait until `koemado serve` runs")
    return _fine("background work", detail)


def _messages(counts: Mapping[str, int]) -> Finding:
    detail = f"{counts.get('waiting', 0)} on their way, {counts.get('given_up', 0)} given up"
    if counts.get("given_up"):
        return _limited("messages", detail, "see the mail and webhook findings below")
    return _fine("messages", detail)


def _mail(mail: Mail) -> Finding:
    if not mail.host:
        return _fine("mail", "off")
    lacking = [name for name in ("sender", "recipients") if not getattr(mail, name)]
    if lacking:
        return _broken("mail", f"mail.{lacking[0]} is empty", f"set it in {SETTINGS_FILE}, or empty mail.host")
    try:
        socket.create_connection((mail.host, mail.port), timeout=MAIL_WAIT_S).close()
    except OSError as error:
        detail = f"{mail.host} port {mail.port}: {error.strerror or error}"
        return _broken("mail", detail, "correct mail.host and mail.port, or let the machine reach them")
    return _fine("mail", f"{mail.host} port {mail.port} answers, {len(mail.recipients)} recipients")


def _webhook(webhook: Webhook) -> Finding:
    if not webhook.url:
        return _fine("webhook", "off")
    parts = urlsplit(webhook.url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return _broken("webhook", "webhook.url is no address", 'write it as "https://host/path"')
    try:
        signing_key(webhook.secret)
    except SettingsInvalid as error:
        return _broken("webhook", str(error), "take the secret the receiver shows, whole")
    if parts.scheme == "http":
        return _limited("webhook", f"goes to {parts.hostname} unencrypted", "use https")
    return _fine("webhook", f"goes to {parts.hostname}, signed")


def _fine(check: str, detail: str) -> Finding:
    return Finding(check=check, state=State.FINE, detail=detail)


def _limited(check: str, detail: str, remedy: str) -> Finding:
    return Finding(check=check, state=State.LIMITED, detail=detail, remedy=remedy)


def _broken(check: str, detail: str, remedy: str) -> Finding:
    return Finding(check=check, state=State.BROKEN, detail=detail, remedy=remedy)
