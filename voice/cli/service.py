"""`install-service`: a program of Koemado that systemd starts, watches, and starts again."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voice.cli.program import Program, common_options, note, print_json
from voice.errors import ServiceNotInstalled
from voice.service_unit import Service, What

if TYPE_CHECKING:
    from voice.service_install import Step


@click.command("install-service")
@click.argument("what", type=click.Choice([str(one) for one in What]), default=str(What.TALK))
@click.option("--system/--user", "is_system", default=False, help="For the machine (with sudo), or for you (default).")
@click.option(
    "--account", default="koemado", show_default=True, help="Whom a system service runs as; made when missing."
)
@click.option("--hardware-watchdog", is_flag=True, help="Have the machine restart when systemd hangs (with --system).")
@click.option("--uninstall", is_flag=True, help="Remove it again; what it has kept stays.")
@click.option("--dry-run", is_flag=True, help="Show what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Print the steps as one line of JSON.")
@common_options
def install_service(
    program: Program,
    what: str,
    is_system: bool,
    account: str,
    hardware_watchdog: bool,
    uninstall: bool,
    **how: bool,
) -> None:
    """Have systemd run WHAT: talk (default), speaker, serve or wyoming.

    Settings given by --settings are its settings; more in koemado.env, see docs/operations.md.
    """
    if sys.platform != "linux":
        raise ServiceNotInstalled("services are installed by systemd, which this system has not")
    from voice import service_install as install

    known = click.get_current_context().find_root().command
    if isinstance(known, click.Group) and what not in known.commands:
        raise ServiceNotInstalled(f"this version of Koemado has no command `koemado {what}`")
    if hardware_watchdog and not is_system:
        raise ServiceNotInstalled("--hardware-watchdog needs --system: it is the machine's")
    service = Service(
        what=What(what),
        command=install.own_command(),
        is_system=is_system,
        account=account,
        groups=install.present_groups(),
        settings_file=program.file.absolute() if program.file else None,
        backs_off=install.systemd_version() >= install.BACKS_OFF_SINCE,
    )
    make = install.steps_to_remove if uninstall else install.steps_to_install
    steps = make(service, Path.home(), hardware_watchdog=hardware_watchdog)
    if not how["dry_run"]:
        _need_systemd(install.systemd_version())
        install.do(steps)
    _tell(service, steps, uninstall=uninstall, dry_run=how["dry_run"], as_json=how["as_json"])


def _need_systemd(version: int) -> None:
    if not version or not Path("/run/systemd/system").exists():
        raise ServiceNotInstalled("systemd does not run here: start the program by what runs instead, see --dry-run")


def _tell(service: Service, steps: "Sequence[Step]", *, uninstall: bool, dry_run: bool, as_json: bool) -> None:
    if as_json:
        rows = [
            {"path": str(one.path) if one.path else None, "text": one.text, "command": list(one.command)}
            for one in steps
        ]
        print_json({"service": service.name, "done": not dry_run, "steps": rows})
        return
    for one in steps if dry_run else ():
        if one.command:
            click.echo(f"# run: {' '.join(one.command)}")
        else:
            click.echo(f"# {'remove' if one.text is None else 'write'}: {one.path}")
            click.echo(one.text or "", nl=False)
    if not dry_run:
        user = "" if service.is_system else "--user "
        note(f"koemado: {service.name} is {'removed' if uninstall else 'installed and starting'}")
        if not uninstall:
            note(
                f"koemado: look at it by `systemctl {user}status {service.name}`, `journalctl {user}-u {service.name}`"
            )
            if not service.is_system:
                note("koemado: it ends when you log out, unless `loginctl enable-linger` says otherwise")
