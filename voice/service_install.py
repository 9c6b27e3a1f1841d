"""What installing or removing a service takes, as steps that can be shown, and done."""

import grp
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voice.errors import ServiceNotInstalled
from voice.service_unit import HARDWARE_DROP_IN, Service, hardware_watchdog_text, unit_text

BACKS_OFF_SINCE: Final = 254  # systemd
WANTED_GROUPS: Final = ("audio", "gpio", "spi")  # sound, buttons, LED rings; where they exist
WAIT_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Either a file to write, a file to remove, or a command to run."""

    path: Path | None = None
    text: str | None = None  # None: remove it
    command: tuple[str, ...] = ()
    may_fail: bool = False  # to stop what does not run is no failure


def steps_to_install(service: Service, home: Path, *, hardware_watchdog: bool) -> list[Step]:
    """Return all of it; installed again it is brought up to date."""
    steps = []
    if service.is_system and not has_account(service.account):
        groups = ",".join(service.groups)
        extra = ("--groups", groups) if groups else ()
        where = ("--home-dir", "/var/lib/koemado", "--shell", "/usr/sbin/nologin")
        steps.append(Step(command=("useradd", "--system", "--user-group", *extra, *where, service.account)))
    steps.append(Step(path=service.folder(home) / service.name, text=unit_text(service)))
    if hardware_watchdog:
        steps.append(Step(path=HARDWARE_DROP_IN, text=hardware_watchdog_text()))
        steps.append(Step(command=("systemctl", "daemon-reexec")))
    steps.append(_systemctl(service, "daemon-reload"))
    steps.append(_systemctl(service, "enable", service.name))
    steps.append(_systemctl(service, "restart", "--no-block", service.name))
    return steps


def steps_to_remove(service: Service, home: Path, *, hardware_watchdog: bool) -> list[Step]:
    """Return all of it; what the service kept (/var/lib/koemado) stays."""
    steps = [_systemctl(service, "disable", "--now", service.name, may_fail=True)]
    steps.append(Step(path=service.folder(home) / service.name))
    if hardware_watchdog:
        steps += [Step(path=HARDWARE_DROP_IN), Step(command=("systemctl", "daemon-reexec"))]
    steps.append(_systemctl(service, "daemon-reload"))
    return steps


def do(steps: Sequence[Step]) -> None:
    """Do them in order.  Raises ServiceNotInstalled at the first that cannot be done."""
    for step in steps:
        try:
            _do(step)
        except PermissionError as error:
            raise ServiceNotInstalled(f"{error.filename}: not allowed; use sudo, or --user") from error
        except OSError as error:
            raise ServiceNotInstalled(f"{error.filename or step.path}: {error.strerror or error}") from error


def own_command() -> list[str]:
    """Return how this program is started, by absolute paths."""
    script = Path(sys.executable).parent / "koemado"
    return [str(script)] if script.is_file() else [sys.executable, "-m", "voice.main"]


def present_groups() -> tuple[str, ...]:
    """Return those groups of the wanted that this machine has: a unit that names another does not start."""
    known = {one.gr_name for one in grp.getgrall()}
    return tuple(name for name in WANTED_GROUPS if name in known)


def has_account(name: str) -> bool:
    """Whether there is such an account."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def systemd_version() -> int:
    """Return its number; 0 where there is none."""
    if shutil.which("systemctl") is None:
        return 0
    try:
        done = subprocess.run(["systemctl", "--version"], capture_output=True, text=True, timeout=WAIT_S, check=False)
        return int(done.stdout.split()[1])
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return 0


def _systemctl(service: Service, *words: str, may_fail: bool = False) -> Step:
    user = () if service.is_system else ("--user",)
    return Step(command=("systemctl", *user, *words), may_fail=may_fail)


def _do(step: Step) -> None:
    if step.path and step.text is None:
        step.path.unlink(missing_ok=True)
    elif step.path and step.text is not None:
        _write(step.path, step.text)
    elif step.command:
        _run(step)


def _write(path: Path, text: str) -> None:
    """Put it in place whole: systemd may read it at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}")
    made.write_text(text, encoding="utf-8")
    made.chmod(0o644)
    made.replace(path)


def _run(step: Step) -> None:
    try:
        done = subprocess.run(step.command, capture_output=True, text=True, timeout=WAIT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise ServiceNotInstalled(f"{' '.join(step.command)} did not end within {WAIT_S} s") from error
    if done.returncode and not step.may_fail:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines() or ["no reason given"]
        raise ServiceNotInstalled(f"{' '.join(step.command)} failed: {said[0]}")
