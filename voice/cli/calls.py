"""`enrol`, `outbox`: this device at its callback desk, and the requests for a call that wait here."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import click

from voice import compose
from voice.cli.desk_results import moment, show_change, show_rows
from voice.cli.program import Program, common_options, note, print_json
from voice.desk_addresses import is_address, is_overheard
from voice.desk_enrolment import HOW_TO_ENROL, Enrolment

if TYPE_CHECKING:
    from server.outbox import Flushed, Kept

FINE: Final = 0
NOTHING_DONE: Final = 1
UNDELIVERED: Final = 7
_json = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")


@click.command()
@click.argument("code", required=False)
@click.option("--url", help="The desk's address; else the setting desk_url.")
@click.option("--status", is_flag=True, help="Tell where this device is enrolled, and whether the desk knows it.")
@_json
@common_options
def enrol(program: Program, code: str | None, url: str | None, status: bool, as_json: bool) -> int:
    """Make this device known to a callback desk, with the CODE its staff made; it works once."""
    if status == bool(code):
        raise click.UsageError("give either a CODE or --status")
    if code is None:
        return _status(program, as_json)
    address = url or program.settings.desk_url
    if not is_address(address):
        raise click.UsageError("--url must be the desk's address, like https://desk.example.jp")
    enrolment = _enrolled(program, code, address.rstrip("/"))
    _tell_enrolment(enrolment, as_json)
    return FINE


def _enrolled(program: Program, code: str, url: str) -> Enrolment:
    """Raises EnrolmentRefused, DeskUnavailable, OutboxUnavailable."""
    settings = program.settings
    outbox = compose.outbox(settings)
    with compose.enrolment_file(settings).writing() as keep:
        with compose.desk_client(Enrolment(url=url, id="", token="")) as client:
            device, token, key = client.enrol(code)
        enrolment = Enrolment(url=url, id=device, token=token, bundle_key=key)
        keep(enrolment)
    outbox.resume()
    return enrolment


def _tell_enrolment(enrolment: Enrolment, as_json: bool) -> None:
    if as_json:
        print_json({"device": enrolment.id, "url": enrolment.url})
    else:
        click.echo(f"{enrolment.id} at {enrolment.url}")
    if is_overheard(enrolment.url):
        note("the way to the desk is not encrypted (http): names and numbers can be read on it; use https")


def _status(program: Program, as_json: bool) -> int:
    from voice.desk_health import standing_of

    enrolment = compose.enrolment_file(program.settings).read()
    standing = standing_of(enrolment, compose.desk_client) if enrolment else None
    row = {
        "enrolled": enrolment is not None,
        "device": enrolment.id if enrolment else None,
        "url": enrolment.url if enrolment else program.settings.desk_url or None,
        "reachable": standing.reachable if standing else None,
        "known": standing.known if standing else None,
        "detail": standing.detail if standing else None,
        "remedy": (standing.remedy if standing else HOW_TO_ENROL) or None,
    }
    if as_json:
        print_json(row)
    elif enrolment is None or standing is None:
        click.echo(f"not enrolled: {HOW_TO_ENROL}")
    else:
        click.echo(f"{enrolment.id} at {enrolment.url}: {standing.detail}")
        if standing.remedy:
            note(standing.remedy)
    if standing is None:
        return NOTHING_DONE
    return FINE if standing.known else UNDELIVERED


@click.group("outbox")
def outbox_group() -> None:
    """Requests for a call that this device keeps until the desk has them."""


@outbox_group.command("list")
@_json
@common_options
def list_requests(program: Program, as_json: bool) -> None:
    """List them, oldest first, without what they say."""
    show_rows([_row(kept) for kept in compose.outbox(program.settings).kept()], as_json)


@outbox_group.command("flush")
@_json
@common_options
def flush(program: Program, as_json: bool) -> int:
    """Send all that wait now.  Exit code 7: the desk refuses them, or cannot be reached."""
    flushed, enrolled = _flushed(program)
    if as_json:
        counts = {"arrived": len(flushed.arrived), "rejected": len(flushed.rejected), "waiting": flushed.waiting}
        print_json(counts | {"enrolled": enrolled, "stopped": flushed.stopped})
    else:
        click.echo(f"arrived {len(flushed.arrived)}, refused {len(flushed.rejected)}, waiting {flushed.waiting}")
    if flushed.stopped:
        note(f"the desk does not know this device: {HOW_TO_ENROL}")
    elif not enrolled and flushed.waiting:
        note(f"this device is not enrolled: {HOW_TO_ENROL}")
    return UNDELIVERED if flushed.waiting or flushed.rejected or flushed.stopped else FINE


def _flushed(program: Program) -> "tuple[Flushed, bool]":
    """Send; and whether this device is enrolled."""
    from server.outbox import Flushed, State
    from voice.desk_courier import DeskLine
    from voice.desk_health import resume_where_known

    settings = program.settings
    outbox = compose.outbox(settings)
    line = DeskLine(compose.enrolment_file(settings), compose.desk_client)
    try:
        if (client := line.client()) is not None:
            resume_where_known(outbox, client)
            return outbox.flush(line.send, at_once=True), True
    finally:
        line.close()
    waiting = sum(kept.state is State.WAITING for kept in outbox.kept())
    return Flushed(waiting=waiting, stopped=outbox.is_stopped()), False


@outbox_group.command("drop")
@click.argument("request_id", metavar="ID", type=click.UUID)
@click.option("--yes", is_flag=True, help="Do not ask.")
@_json
@common_options
def drop(program: Program, request_id: UUID, yes: bool, as_json: bool) -> int:
    """Take a request away for good: this customer is not called.  Exit code 1: it has arrived, or is not there."""
    if not yes:
        if as_json:
            raise click.UsageError("with --json, --yes must confirm")
        click.confirm("Nobody will call this customer. Drop the request?", abort=True, err=True)
    done = compose.outbox(program.settings).drop(request_id)
    show_change(as_json, "request", str(request_id), "dropped" if done else "has arrived, or is not there")
    return FINE if done else NOTHING_DONE


@outbox_group.command("retry")
@click.argument("request_id", metavar="ID", type=click.UUID)
@_json
@common_options
def retry(program: Program, request_id: UUID, as_json: bool) -> int:
    """Let a request the desk refused wait again, once what was wrong is mended.  Exit code 1: it was not refused."""
    done = compose.outbox(program.settings).retry(request_id)
    show_change(as_json, "request", str(request_id), "waits again" if done else "was not refused")
    return FINE if done else NOTHING_DONE


def _row(kept: "Kept") -> dict[str, Any]:
    return {
        "id": str(kept.id),
        "state": str(kept.state),
        "made_at": moment(kept.made_at),
        "attempts": kept.attempts,
        "next_at": moment(kept.next_at) if kept.state == "waiting" else None,
        "reason": kept.reason or None,
        "promised": moment(kept.promise.begins) if kept.promise else None,
    }
