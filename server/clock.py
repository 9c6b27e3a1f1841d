"""The time, as something that can be passed in."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]  # returns an aware moment


def system_clock() -> datetime:
    """Return the machine's time, in UTC."""
    return datetime.now(UTC)
