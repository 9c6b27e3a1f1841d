"""What is wrong with a device, by what it says and when it said it last."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from server.access import Device

LOW_DISK_MB: Final = 300
JUST_STARTED_S: Final = 15 * 60  # with an error before it: the program began anew because of that


class DeviceProblem(StrEnum):
    """Codes of labels.toml, [device_problem]; the worst first."""

    SILENT = "silent"
    MICROPHONE_LOST = "microphone_lost"
    RESTARTED = "restarted"
    FAILED = "failed"
    REQUESTS_WAIT = "requests_wait"
    DISK_LOW = "disk_low"


def problems_of(device: Device, now: datetime, *, silent_after: timedelta) -> tuple[DeviceProblem, ...]:
    """Return what staff should know, the worst first; () for a revoked device: nobody waits for it."""
    if device.revoked_at is not None:
        return ()
    told = device.condition
    found = {
        DeviceProblem.SILENT: now - device.seen_at >= silent_after,
        DeviceProblem.MICROPHONE_LOST: told.audio == "lost",
        DeviceProblem.RESTARTED: bool(told.error) and told.up_s is not None and told.up_s < JUST_STARTED_S,
        DeviceProblem.FAILED: bool(told.error) and not (told.up_s is not None and told.up_s < JUST_STARTED_S),
        DeviceProblem.REQUESTS_WAIT: bool(told.waiting),
        DeviceProblem.DISK_LOW: told.free_mb is not None and told.free_mb < LOW_DISK_MB,
    }
    return tuple(problem for problem, is_so in found.items() if is_so)
