"""What a device cannot see by itself: whether its clock is right, and whether the machines it uses answer."""

import shutil
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from voice.doctor_clock import NTP
from voice.findings import Finding, State
from voice.settings import Settings

if TYPE_CHECKING:
    from voice.wyoming_service.address import Address

ASK_S: Final = 2.0
DESCRIBE: Final = b'{"type": "describe"}\n'  # of the Wyoming protocol


def time_service(_settings: Settings) -> Iterator[Finding]:
    """Whether NTP sets the clock, where systemd knows."""
    told = _timedatectl()
    if told is None:
        detail = "whether NTP sets the clock is not known here; the desk's clock is compared where there is one"
        yield Finding(check="time service", state=State.FINE, detail=detail)
    elif told.get("NTPSynchronized") == "yes":
        yield Finding(check="time service", state=State.FINE, detail=f"NTP sets the clock, {told.get('Timezone', '')}")
    else:
        what = "has not set the clock yet" if told.get("NTP") == "yes" else "is off"
        yield Finding(check="time service", state=State.LIMITED, detail=f"NTP {what}", remedy=NTP)


def remote_recogniser(settings: Settings) -> Iterator[Finding]:
    """Whether the machine that hears in place of this one is there."""
    from voice.wyoming_service.address import is_address, parsed

    if not is_address(settings.model):
        return
    try:
        reason = _no_wyoming(parsed(settings.model))
    except OSError as error:
        reason = error.strerror or "too slow"
    if reason:
        detail = f"{settings.model} does not answer ({reason}): the local model hears"
        remedy = "look whether the Wyoming service runs there and its port is open; or unset the setting model"
        yield Finding(check="remote recogniser", state=State.LIMITED, detail=detail, remedy=remedy)
        return
    yield Finding(check="remote recogniser", state=State.FINE, detail=f"{settings.model} answers")


def _no_wyoming(address: "Address") -> str:
    """Ask who is there; return what speaks against its being a recogniser, or "".  Raises OSError."""
    from voice.wyoming_service.errors import RequestRefused
    from voice.wyoming_service.framing import read_event_from

    with address.connected(ASK_S) as line:
        line.settimeout(ASK_S)
        with cast(BinaryIO, line.makefile("rwb")) as file:
            file.write(DESCRIBE)
            file.flush()
            try:
                answer = read_event_from(file)
            except RequestRefused:
                return "it does not speak Wyoming"
    if answer is None or answer.type != "info":
        return "it does not speak Wyoming"
    return "" if answer.data.get("asr") else "it does not recognise speech"


def _timedatectl() -> dict[str, str] | None:
    """Return what it tells; None where it cannot."""
    if shutil.which("timedatectl") is None:
        return None
    try:
        done = subprocess.run(["timedatectl", "show"], capture_output=True, text=True, timeout=ASK_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
