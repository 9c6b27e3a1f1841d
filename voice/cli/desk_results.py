"""How `koemado desk` prints what it did: for people, or as one line of JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from voice.cli.program import note, print_json

if TYPE_CHECKING:
    from server.access import Account, Device
    from server.examining import Finding
    from server.nightly import DayFigures
    from server.store.erasure import Receipt


def show_password(login: str, made: str | None, as_json: bool) -> None:
    """Print a password made here, this once; one that was given is not repeated."""
    if as_json:
        print_json({"login": login, "password": made})
    elif made:
        click.echo(made)
        note(f"for {login}, shown this once, to be changed at the next login")
    else:
        click.echo(f"{login}: password set")


def show_change(as_json: bool, kind: str, name: str, what: str) -> None:
    """Print what became of something."""
    if as_json:
        print_json({kind: name, "result": what})
    else:
        click.echo(f"{name}: {what}")


def show_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print a table, tab-separated, or its JSON."""
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo("\t".join("-" if value in (None, "") else str(value) for value in row.values()))


def show_counts(counts: Mapping[str, int]) -> None:
    """Print how many of each kind."""
    for name, count in counts.items():
        click.echo(f"{name}\t{count}")


def show_days(days: "Sequence[DayFigures]", as_json: bool) -> None:
    """Print the figures of days: a row for each measure of each day that has data."""
    if as_json:
        print_json([{"day": str(day.day), "figures": day.figures} for day in days])
        return
    from server.nightly import NAMES, read

    for day in days:
        found = ((name, read(name, day.figures)) for name in NAMES)
        for name, value in found:
            if value is not None:
                click.echo(f"{day.day}\t{name}\t{value:.4g}")


def show_receipt(receipt: "Receipt | None", as_json: bool) -> None:
    """Print what an erasure took and which files people must destroy; None: there was nothing."""
    if receipt is None:
        print_json({"receipt": None}) if as_json else note("nothing is kept under that number")
        return
    exports = [{"id": str(one.id), "at": moment(one.at), "by": one.actor, "kind": one.kind} for one in receipt.exports]
    if as_json:
        counts = dict(receipt.counts)
        print_json({"receipt": str(receipt.id), "at": moment(receipt.at), "erased": counts, "destroy": exports})
        return
    click.echo(f"receipt {receipt.id} of {moment(receipt.at)}")
    show_counts(receipt.counts)
    for one in exports:
        click.echo(f"destroy the file handed out to {one['by']} on {one['at']} ({one['kind']}, export {one['id']})")


def account_row(account: "Account") -> dict[str, Any]:
    """Return what is told of an account."""
    disabled = moment(account.disabled_at) if account.disabled_at else None
    return {"login": account.login, "name": account.name, "role": account.role.value, "disabled_at": disabled}


def device_row(device: "Device") -> dict[str, Any]:
    """Return what is told of a device."""
    revoked = moment(device.revoked_at) if device.revoked_at else None
    seen, enrolled = moment(device.seen_at), moment(device.enrolled_at)
    row = {"id": device.id, "name": device.name, "enrolled_at": enrolled, "seen_at": seen}
    return row | {"version": device.version, "revoked_at": revoked}


def show_findings(findings: "Sequence[Finding]", as_json: bool) -> None:
    """Print what was examined, with remedies."""
    if as_json:
        names = ("check", "state", "detail", "remedy")
        print_json([{name: getattr(finding, name) for name in names} for finding in findings])
        return
    for finding in findings:
        click.echo(f"{finding.state:8}{finding.check}: {finding.detail}")
        if finding.remedy:
            click.echo(f"        -> {finding.remedy}")


def moment(when: datetime) -> str:
    """Return it as ISO 8601, to the second."""
    return when.isoformat(timespec="seconds")
