"""`koemado kb publish`, `bundles`, `rollback`: the desk hands its articles out; `status`, `update`: a device takes them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kb.bundle import build, opened
from kb.checking import Severity, counts, in_order
from voice import compose
from voice.cli.checking import findings, show
from voice.cli.desk import ACTOR, office_in, with_folder
from voice.cli.desk_results import moment, show_rows
from voice.cli.program import Program, common_options, note, print_json
from voice.cli.serving import desk_folder, with_desk_parts

if TYPE_CHECKING:
    from server.bundles import Release
    from voice.knowledge_updates import Looked

REFUSED: Final = 1
NOT_ENROLLED: Final = 1
UNREACHED: Final = 7
_WHY: Final = {
    "off": "articles are not taken from the desk: a base of one's own is in use, or knowledge_updates says so",
    "no key": "this device was enrolled without the desk's key: koemado enrol CODE --url URL, with a new code",
    "nothing published": "the desk has published nothing: koemado kb publish, on its machine",
    "unchanged": "nothing newer",
    "busy": "another program of this device is looking just now",
}


@click.command()
@click.option("--check/--no-check", "checked", default=True, help="Check the base before; errors refuse it.")
@with_folder
def publish(program: Program, folder: Path | None, as_json: bool, checked: bool) -> int:
    """Hand the base in use to this desk's devices, signed; they take it within a quarter of an hour.

    Notes and authority, which are for staff, are left out.  Exit code 1: the check found errors, nothing was published.
    """
    with_desk_parts()
    found = in_order(findings(program.settings)) if checked else ()
    count = counts(found)
    if count[Severity.ERROR]:
        if as_json:
            print_json({"published": False, "findings": [finding.plain() for finding in found]})
        else:
            show(found, everything=False)
            note("nothing was published: mend the errors, or publish with --no-check")
        return REFUSED
    articles = compose.knowledge_base(program.settings).articles()
    with office_in(desk_folder(program.settings, folder)) as office:
        now = office.clock()
        data = build(articles, created_at=now)
        bundle = opened(data)
        release, is_new = office.bundles.publish(
            data, version=bundle.version, content=bundle.content, articles=len(articles), by=ACTOR, now=now
        )
    if as_json:
        print_json({"published": is_new, **_row(release), "warnings": count[Severity.WARNING]})
    else:
        click.echo(f"{release.version}: {release.articles} articles, {release.size:,} bytes")
        note("published" if is_new else "these very articles are in use already: nothing was changed")
    return 0


@click.command()
@with_folder
def bundles(program: Program, folder: Path | None, as_json: bool) -> None:
    """List what was published and gone back to, the latest first; `devices` are those it is for, none named: all."""
    with_desk_parts()
    with office_in(desk_folder(program.settings, folder)) as office:
        found, current = office.bundles.releases(), office.bundles.current()
    show_rows([_row(one) | {"current": one == current} for one in found], as_json)


@click.command()
@click.argument("version")
@with_folder
def rollback(program: Program, folder: Path | None, as_json: bool, version: str) -> None:
    """Have devices go back to the bundle of that VERSION (see `koemado kb bundles`)."""
    with_desk_parts()
    with office_in(desk_folder(program.settings, folder)) as office:
        release = office.bundles.roll_back(version, by=ACTOR, now=office.clock())
    print_json(_row(release)) if as_json else click.echo(f"{release.version} is in use")


@click.command()
@click.option("--json", "as_json", is_flag=True)
@common_options
def status(program: Program, as_json: bool) -> None:
    """Tell which articles this device answers from, and how it stands with the desk's."""
    row = _standing(program)
    if as_json:
        print_json(row)
        return
    for name, value in row.items():
        click.echo(f"{name}\t{'-' if value in (None, '') else value}")


@click.command()
@click.option("--json", "as_json", is_flag=True)
@common_options
def update(program: Program, as_json: bool) -> int:
    """Look for newer articles at the desk now; a running `koemado` does so every quarter of an hour.

    Exit code 1: refused, or this device cannot take any; 7: the desk cannot be reached.
    """
    looked = _looked(program)
    if as_json:
        print_json({"result": str(looked.ended), "version": looked.version or None, "reason": looked.reason or None})
    else:
        click.echo(_WHY.get(looked.ended) or f"{looked.ended}: {looked.version} {looked.reason}".rstrip())
    return REFUSED if looked.ended in ("refused", "no key", "off") else 0


def _looked(program: Program) -> "Looked":
    """Look, and tell the desk what is in use now.  Raises DeskUnavailable, OSError; UsageError where there is no desk."""
    from voice.knowledge_watch import tell

    settings = program.settings
    enrolment = compose.enrolment_file(settings).read()
    if enrolment is None:
        raise click.UsageError("this device is not enrolled: koemado enrol CODE --url URL")
    updates = compose.knowledge_updates(settings)
    with compose.desk_client(enrolment) as client:
        looked = updates.look(client, enrolment.bundle_key)
        tell(client, updates.standing())
    return looked


def _row(release: "Release") -> dict[str, Any]:
    return {
        "version": release.version,
        "serial": release.serial,
        "at": moment(release.at),
        "by": release.by,
        "articles": release.articles,
        "size": release.size,
        "devices": None if release.audience is None else list(release.audience),
    }


def _standing(program: Program) -> dict[str, Any]:
    settings = program.settings
    base = compose.knowledge_base(settings)
    number, shelf = len(base.articles()), compose.bundle_shelf(settings)  # reading it may go back to the one before
    state, follows = shelf.state(), compose.follows_desk(settings)
    held, asked = state.current if follows else None, shelf.looked_at()
    enrolment = compose.enrolment_file(settings).read()
    return {
        "base": str(base.path),
        "source": "desk" if held else "own" if compose.has_own_base(settings) else "sample",
        "articles": number,
        "version": held.version if held else None,
        "serial": held.serial if held else None,
        "since": held.since if held else None,
        "previous": state.previous.version if state.previous else None,
        "follows_desk": follows,
        "knowledge_updates": settings.knowledge_updates,
        "enrolled": enrolment is not None,
        "verifies": bool(enrolment and enrolment.bundle_key),
        "asked_at": moment(asked) if asked else None,
        "refused": state.refused.version if state.refused else None,
        "refused_because": state.refused.reason if state.refused else None,
    }
