"""What systemd is told of a service: that it is ready, alive, reloading or ending (sd_notify(3)), over its own socket.

There is no thread that says "alive": the loop that does the work says it, so that a loop that hangs is restarted.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Final

ADDRESS: Final = "NOTIFY_SOCKET"
WATCHDOG: Final = "WATCHDOG_USEC"
WATCHDOG_PID: Final = "WATCHDOG_PID"
SHARE: Final = 4  # so often within the time systemd waits
LONGEST_STATUS: Final = 200  # characters
FULL_S: Final = 1.0  # at most, while systemd reads nothing: who listens to customers does not wait for it

log = logging.getLogger(__name__)


class ServiceNotice:
    """Tells systemd; without one every call does nothing.  May be used by any thread.

    `address` is what NOTIFY_SOCKET holds: a path, or "@" and an abstract name.  `watchdog_s` is how long systemd waits for
    the next `turned`; None: it does not.
    """

    def __init__(
        self, address: str = "", watchdog_s: float | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._address = address
        self._every_s = watchdog_s / SHARE if watchdog_s else None
        self._monotonic = monotonic
        self._fed_at = float("-inf")

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, *, pid: int | None = None
    ) -> "ServiceNotice":
        """Return the one systemd asked for when it started this process."""
        given = os.environ if environment is None else environment
        address = given.get(ADDRESS, "")
        meant = given.get(WATCHDOG_PID, "")
        ours = meant in ("", str(os.getpid() if pid is None else pid))
        return cls(address if address[:1] in ("/", "@") else "", _seconds(given.get(WATCHDOG, "")) if ours else None)

    @property
    def is_wanted(self) -> bool:
        """Whether somebody listens."""
        return bool(self._address)

    def ready(self, status: str = "") -> None:
        """Say that the service does its work now, after a start or a reload."""
        self._send("READY=1", *_status(status))
        self.turned()

    def reloading(self) -> None:
        """Say that settings are read anew; `ready` ends it.  The moment is CLOCK_MONOTONIC, as systemd wants it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def status(self, text: str) -> None:
        """Say in one line what goes on, for `systemctl status`."""
        self._send(*_status(text))

    def stopping(self) -> None:
        """Say that the service ends."""
        self._send("STOPPING=1")

    def turned(self) -> None:
        """Say that the loop has turned; as often as it likes, systemd hears it a few times within its patience."""
        if self._every_s is None:
            return
        now = self._monotonic()
        if now - self._fed_at >= self._every_s:
            self._fed_at = now
            self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if not self._address or not lines:
            return
        where = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.settimeout(FULL_S)
                out.sendto("\n".join(lines).encode(), where)
        except OSError as error:  # the service is worth more than what systemd knows of it
            log.info("systemd cannot be told: %s", error.strerror or type(error).__name__)


def _status(text: str) -> tuple[str, ...]:
    one_line = " ".join(text.split())[:LONGEST_STATUS]
    return (f"STATUS={one_line}",) if one_line else ()


def _seconds(microseconds: str) -> float | None:
    return int(microseconds) / 1e6 if microseconds.isascii() and microseconds.isdigit() and int(microseconds) else None
