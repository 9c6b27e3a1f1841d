"""What is wrong with a device, by what it says and when it said it last."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from server.access import Device

LOW_DISK_MB: Final = 300
LATE_AFTER: Final = timedelta(minutes=65)  # two heartbeats are missing; it may be switched off, or without a network
JUST_STARTED_S: Final = 15 * 60  # with an error before it: the program began anew because of that


class DeviceProblem(StrEnum):
    """Codes of labels.toml, [device_problem]; the worst first."""

    SILENT = "silent"
    LATE = "late"
    MICROPHONE_LOST = "microphone_lost"
    RESTARTED = "restarted"
    FAILED = "failed"
    REQUESTS_WAIT = "requests_wait"
    DISK_LOW = "disk_low"


def problems_of(device: Device, now: datetime, *, silent_after: timedelta) -> tuple[DeviceProblem, ...]:
    """Return what staff should know, the worst first; () for a revoked device: nobody waits for it."""
    if device.revoked_at is not None:
        return ()
    told, unheard = device.condition, now - device.seen_at
    found = {
        DeviceProblem.SILENT: unheard >= silent_after,
        DeviceProblem.LATE: LATE_AFTER <= unheard < silent_after,
        DeviceProblem.MICROPHONE_LOST: told.audio == "lost",
        DeviceProblem.RESTARTED: bool(told.error) and told.up_s is not None and told.up_s < JUST_STARTED_S,
        DeviceProblem.FAILED: bool(told.error) and not (told.up_s is not None and told.up_s < JUST_STARTED_S),
        DeviceProblem.REQUESTS_WAIT: bool(told.waiting),
        DeviceProblem.DISK_LOW: told.free_mb is not None and told.free_mb < LOW_DISK_MB,
    }
    return tuple(problem for problem, is_so in found.items() if is_so)
