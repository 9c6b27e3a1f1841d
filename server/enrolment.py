"""Making devices known: short codes that people read out and type, and what a list says of a device.  Pure."""

import secrets
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from server.access import Device
from server.errors import DeskError

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 and O, 1 and I and L, U and V
CODE_LENGTH: Final = 8
CODE_LASTS: Final = timedelta(minutes=30)
MOST_WRONG: Final = 10  # codes over all devices within WRONG_WITHIN; 30 ** 8 are there to guess
WRONG_WITHIN: Final = timedelta(minutes=10)


class CodeRefused(DeskError):
    """The code is wrong, used, or its time is over; a new one helps."""

    def __init__(self) -> None:
        super().__init__("the code is not known, was used, or its time is over: make a new one")


class CodesThrottled(DeskError):
    """Too many wrong codes came in; none is looked at for a while, right or wrong."""

    retryable = True

    def __init__(self) -> None:
        super().__init__("too many wrong codes: wait a few minutes")


class DeviceState(StrEnum):
    """What the list of devices shows first."""

    NORMAL = "normal"
    SILENT = "silent"  # not heard of for long
    REVOKED = "revoked"


def state_of(device: Device, now: datetime, *, silent_after: timedelta) -> DeviceState:
    """Return how a device does."""
    if device.revoked_at is not None:
        return DeviceState.REVOKED
    return DeviceState.SILENT if now - device.seen_at >= silent_after else DeviceState.NORMAL


def new_code() -> str:
    """Return a code as it is kept (by its digest): without the hyphen."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def shown(code: str) -> str:
    """Return "XXXX-XXXX"."""
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"


def plain(typed: str) -> str | None:
    """Return what somebody typed as it is kept: any case, width, hyphens and spaces; None when it cannot be a code."""
    code = "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isascii() and c.isalnum())
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else None
