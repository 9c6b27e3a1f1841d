"""The hours in which a device is silent unless it is spoken to."""

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from intents.when_types import TOKYO

_WRITTEN: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of Tokyo's clock up to another, over midnight where that is the earlier one."""

    begins: time
    ends: time

    def holds(self, now: datetime) -> bool:
        """Whether it is quiet at that moment."""
        at = now.astimezone(TOKYO).time()
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


NEVER: Final = QuietHours(time(0), time(0))


def quiet_hours(text: str) -> QuietHours:
    """Read "20:00-08:00"; "" is never.  Raises ValueError."""
    if not text.strip():
        return NEVER
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError("must be like 20:00-08:00, or empty")
    hours = [int(part) for part in found.groups()]
    return QuietHours(time(hours[0], hours[1]), time(hours[2], hours[3]))
