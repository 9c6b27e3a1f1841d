"""systemd units for the programs of Koemado, from the templates beside them; nothing here writes a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

WATCHDOG_S: Final = 120  # a long answer, or a big base that is compiled anew, beats more often than this
HARDWARE_WATCHDOG_S: Final = 30
SYSTEM_FOLDER: Final = Path("/etc/systemd/system")
HARDWARE_DROP_IN: Final = Path("/etc/systemd/system.conf.d/50-koemado-watchdog.conf")
USER_NAME: Final = "koemado"  # of the account a system service runs under
STEADILY: Final = "RestartSec=5"
BACKING_OFF: Final = "RestartSec=2\nRestartSteps=8\nRestartMaxDelaySec=120"
ENVIRONMENT_FILE: Final = "koemado.env"


class What(StrEnum):
    """The commands that can be services."""

    TALK = "talk"
    SPEAKER = "speaker"
    SERVE = "serve"
    WYOMING = "wyoming"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service to be: which command, for whom, started how."""

    what: What
    command: Sequence[str]  # absolute path first
    is_system: bool
    account: str = USER_NAME  # of a system service
    groups: Sequence[str] = ("audio",)  # likewise, beside its own
    settings_file: Path | None = None
    backs_off: bool = False  # systemd can wait longer each time (from version 254)

    @property
    def name(self) -> str:
        """Name of the unit."""
        return f"koemado-{self.what}.service"

    @property
    def needs_audio(self) -> bool:
        """Whether it must reach a sound card."""
        return self.what in (What.TALK, What.SPEAKER)

    def folder(self, home: Path) -> Path:
        """Return where its unit belongs."""
        return SYSTEM_FOLDER if self.is_system else home / ".config/systemd/user"


def unit_text(service: Service) -> str:
    """Return the unit."""
    part = files("voice").joinpath("data", "service")
    lines = [Template(part.joinpath("unit.txt").read_text(encoding="utf-8")).substitute(_values(service))]
    kind = f"{'audio' if service.needs_audio else 'network'}-{'system' if service.is_system else 'user'}"
    lines.append(Template(part.joinpath(f"{kind}.txt").read_text(encoding="utf-8")).substitute(_values(service)))
    lines.append(f"[Install]\nWantedBy={'multi-user.target' if service.is_system else 'default.target'}\n")
    return "\n".join(line.strip("\n") + "\n" for line in lines)


def hardware_watchdog_text() -> str:
    """Return the drop-in that has the machine itself restarted when systemd hangs."""
    text = files("voice").joinpath("data", "service", "hardware-watchdog.txt").read_text(encoding="utf-8")
    return Template(text).substitute(seconds=HARDWARE_WATCHDOG_S)


def quoted(words: Sequence[str]) -> str:
    """Return a command line as systemd reads it (systemd.service(5)): quoted, without specifiers and variables."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    plain = word.replace("%", "%%").replace("$", "$$")
    if plain and not set(plain) & set(" \t\"'\\;"):
        return plain
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _in_a_home(command: Sequence[str]) -> bool:
    return any(word.startswith(("/home/", "/root/")) for word in command)


def _values(service: Service) -> Mapping[str, str]:
    environment = "/etc/koemado" if service.is_system else "%h/.config/koemado"
    given = ["--settings", str(service.settings_file)] if service.settings_file else []
    return {
        "what": service.what,
        "command": quoted([*service.command, *given, service.what]),
        "watchdog_s": str(WATCHDOG_S),
        "environment": f"{environment}/{ENVIRONMENT_FILE}",
        "account": service.account,
        "groups": " ".join(service.groups),
        "home": "read-only" if _in_a_home(service.command) else "yes",
        "restart": BACKING_OFF if service.backs_off else STEADILY,
        "network": "network-online.target" if service.is_system else "",
        "sound": "sound.target" if service.needs_audio and service.is_system else "",
    }
