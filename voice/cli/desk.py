"""`koemado desk`: what operators and scripts do with a callback desk, also beside a running `koemado serve`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from voice.cli.desk_results import (
    account_row,
    device_row,
    moment,
    show_change,
    show_counts,
    show_days,
    show_findings,
    show_password,
    show_receipt,
    show_rows,
)
from voice.cli.program import Program, common_options, note, print_json
from voice.cli.serving import desk_folder, with_desk_parts

if TYPE_CHECKING:
    from server.office import Office

ACTOR: Final = "system"  # whom the journal names: whoever may run this command
NOTHING_DONE: Final = 1
BROKEN: Final = 1
ROLES: Final = ("agent", "lead", "admin", "read_only")
REFUSED: Final = {  # reasons of AccountRefused
    "login": "a login has 1 to 64 of a-z, 0-9 and . _ @ + -, and begins with a letter or digit",
    "name": "a name has 1 to 80 printable characters",
    "last_admin": "this is the last admin who can log in: make another one first",
    "oneself": "admins take neither their own role nor their own account away",
}


@click.group("desk")
def desk_group() -> None:
    """Accounts, devices and data of the callback desk; works beside a running `serve`."""


@desk_group.group("account")
def account_group() -> None:
    """Who works at the desk."""


@desk_group.group("device")
def device_group() -> None:
    """Which devices may ask for calls."""


def _desk_command(group: click.Group, name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a command of a function that gets the office opened, and whether JSON is wanted, before its own arguments."""

    def made(function: Callable[..., Any]) -> click.Command:
        @wraps(function)
        def command(program: Program, folder: Path | None, as_json: bool, **rest: Any) -> Any:
            with_desk_parts()
            with office_in(desk_folder(program.settings, folder)) as office, _refusals_told():
                return function(office, as_json, **rest)

        return group.command(name)(with_folder(command))

    return made


def with_folder(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of all that look into a desk's folder."""
    command = click.option("--json", "as_json", is_flag=True)(common_options(command))
    return click.option("--folder", type=click.Path(path_type=Path), help="Of the desk; else <data_dir>/desk.")(command)


@contextmanager
def office_in(folder: Path) -> "Iterator[Office]":
    """Open a desk that is there; none is made.  Raises FolderUnusable and what `open_desk` raises."""
    from server.errors import FolderUnusable
    from server.serving import open_desk
    from server.settings import SETTINGS_FILE

    if not (folder / SETTINGS_FILE).exists():
        raise FolderUnusable(f"{folder} holds no desk: `koemado serve --folder {folder}` makes one")
    office = open_desk(folder)
    try:
        yield office
    finally:
        office.close()


@contextmanager
def _refusals_told() -> Iterator[None]:
    from server.errors import AccountRefused

    try:
        yield
    except AccountRefused as error:
        raise click.UsageError(REFUSED.get(error.reason, error.reason)) from error


_FROM_STDIN = click.option("--password-stdin", is_flag=True, help="Read it from standard input; else one is made.")


@_desk_command(account_group, "add")
@click.argument("login")
@click.option("--name", required=True, help="As customers are told it.")
@click.option("--role", type=click.Choice(ROLES), default="agent", show_default=True)
@_FROM_STDIN
def add_account(office: "Office", as_json: bool, login: str, name: str, role: str, password_stdin: bool) -> None:
    """Add somebody.  A password made here is printed, and changed at the first login."""
    from server.access import Account, Role
    from server.logins import login_of
    from server.passwords import new_password

    made = None if password_stdin else new_password()
    kept = login_of(login) or login
    account = Account(login=kept, name=name, role=Role(role), must_change_password=made is not None)
    office.accounts.add(account, made or _password_typed(), by=ACTOR, now=office.clock())
    show_password(kept, made, as_json)


@_desk_command(account_group, "list")
def list_accounts(office: "Office", as_json: bool) -> None:
    """List all accounts, disabled ones too."""
    rows = [account_row(account) for account in office.accounts.everybody()]
    show_rows(rows, as_json)


@_desk_command(account_group, "disable")
@click.argument("login")
def disable_account(office: "Office", as_json: bool, login: str) -> None:
    """Let nobody log in with it; sessions end, cases stay."""
    changed = office.staffing.disable(login, by=ACTOR, now=office.clock())
    show_change(as_json, "login", login, "disabled" if changed else "was disabled already")


@_desk_command(account_group, "enable")
@click.argument("login")
def enable_account(office: "Office", as_json: bool, login: str) -> None:
    """Let somebody log in again."""
    changed = office.staffing.enable(login, by=ACTOR, now=office.clock())
    show_change(as_json, "login", login, "enabled" if changed else "was enabled already")


@_desk_command(account_group, "password")
@click.argument("login")
@_FROM_STDIN
def set_password(office: "Office", as_json: bool, login: str, password_stdin: bool) -> None:
    """Set another password; all sessions end.  One made here is printed, and changed at the next login."""
    given = _password_typed() if password_stdin else None
    made = office.staffing.reset_password(login, by=ACTOR, now=office.clock(), password=given)
    show_password(login, None if given else made, as_json)


@_desk_command(device_group, "code")
@click.argument("device_id", metavar="ID")
@click.option("--name", required=True, help="Where it stands, as staff read it.")
def make_code(office: "Office", as_json: bool, device_id: str, name: str) -> None:
    """Print a code that makes one device known, once and soon."""
    from server.enrolment import CODE_LASTS

    _check_device_id(device_id)
    now = office.clock()
    code = office.devices.make_code(device_id, name, by=ACTOR, now=now)
    if as_json:
        print_json({"device": device_id, "code": code, "expires_at": moment(now + CODE_LASTS)})
    else:
        click.echo(code)
        note(f"for {device_id}, once, within {int(CODE_LASTS.total_seconds() // 60)} minutes")


@_desk_command(device_group, "list")
def list_devices(office: "Office", as_json: bool) -> None:
    """List all devices, revoked ones too."""
    show_rows([device_row(device) for device in office.devices.everything()], as_json)


@_desk_command(device_group, "revoke")
@click.argument("device_id", metavar="ID")
def revoke_device(office: "Office", as_json: bool, device_id: str) -> int:
    """Make a device's token worthless."""
    done = office.devices.revoke(device_id, by=ACTOR, now=office.clock())
    show_change(as_json, "device", device_id, "revoked" if done else "is unknown, or was revoked before")
    return 0 if done else NOTHING_DONE


@_desk_command(desk_group, "erase")
@click.argument("phone")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(office: "Office", as_json: bool, phone: str, yes: bool) -> int:
    """Erase everything about the customer with that number; prints the receipt.  Exit code 1: nothing is kept of them."""
    number = _e164(phone)
    affected = office.erasure.find(number)
    if affected is not None and not yes:
        if as_json:
            raise click.UsageError("with --json, --yes must confirm")
        show_counts(affected.counts)
        click.confirm("Erase all this for good?", abort=True, err=True)
    receipt = office.erasure.erase(number, by=ACTOR, now=office.clock())
    show_receipt(receipt, as_json)
    return 0 if receipt else NOTHING_DONE


@_desk_command(desk_group, "forget")
def forget(office: "Office", as_json: bool) -> None:
    """Delete now what has been kept long enough; a running `serve` does so every night."""
    counts = office.forgetting.forget(office.clock(), office.settings.retention)
    print_json({"forgotten": counts}) if as_json else show_counts(counts)


@_desk_command(desk_group, "migrate")
def migrate(office: "Office", as_json: bool) -> None:
    """Bring the database to the tables of this program; `serve` does so at its start."""
    if as_json:  # opening it has done it
        print_json({"database": office.engine.dialect.name, "current": True})
    else:
        click.echo(f"{office.engine.dialect.name}: current")


@_desk_command(desk_group, "figures")
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="Up to yesterday.")
@click.option("--check", "compare", is_flag=True, help="Compute them again from the rows; exit code 1 if any differs.")
def figures(office: "Office", as_json: bool, days: int, compare: bool) -> int:
    """Print the figures that are kept of each day, computed first where it was not done yet."""
    from server.periods import Period
    from server.work.days import differing, keep_days

    now = office.clock()
    keep_days(office, now=now)
    period = Period.until(now, days)
    if not compare:
        show_days(office.nightly.days(period.first, period.last), as_json)
        return 0
    found = [{"day": str(day), "measure": name} for day, name in differing(office, period.first, period.last, now=now)]
    show_rows(found, as_json)
    return BROKEN if found else 0


def check(program: Program, folder: Path | None, as_json: bool) -> int:
    """Check settings, key, database, accounts, background work, mail and webhook; exit code 1 if one is broken."""
    with_desk_parts()
    from server.clock import system_clock
    from server.examining import examine

    findings = tuple(examine(desk_folder(program.settings, folder), now=system_clock()))
    show_findings(findings, as_json)
    return BROKEN if any(finding.state == "broken" for finding in findings) else 0


desk_group.command("check")(with_folder(check))


def _password_typed() -> str:
    """Return the first line of standard input."""
    return sys.stdin.readline().rstrip("\r\n")


def _check_device_id(device_id: str) -> None:
    """Refuse what no request could carry as its device."""
    from pydantic import TypeAdapter, ValidationError

    from server.customer_story import DESK
    from server.wire import Key

    try:
        TypeAdapter(Key).validate_python(device_id)
    except ValidationError as error:
        raise click.UsageError("an ID has 1 to 64 letters, digits and . _ -") from error
    if device_id == DESK:
        raise click.UsageError(f"the ID {DESK} stands for customers who call the desk itself")


def _e164(phone: str) -> str:
    from server.phone import e164

    try:
        return e164(phone)
    except ValueError as error:
        raise click.UsageError(f"PHONE {error}") from error
