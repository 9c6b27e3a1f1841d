"""When a message that could not be sent is sent again.  Pure: pass the clock and the dice in."""

from datetime import datetime, timedelta
from typing import Final

FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(hours=1)
GIVEN_UP_AFTER: Final = timedelta(hours=24)
FEWEST_TRIES: Final = 12  # a clock that jumps a day ahead makes nothing given up


def next_try(
    *, failed: int, made_at: datetime, now: datetime, dice: float, asked: timedelta | None = None
) -> datetime | None:
    """Return when to try again after the `failed`-th failure, None for never.

    The wait doubles from 5 s to an hour; `dice` (0 to 1) makes it up to a quarter shorter, so that what failed
    together is not tried together.  `asked`: the receiver said how long to wait.
    """
    if now - made_at >= GIVEN_UP_AFTER and failed >= FEWEST_TRIES:
        return None
    doubled = FIRST_WAIT * (1 << min(max(failed, 1) - 1, 20))
    wait = min(doubled, LONGEST_WAIT) * (1 - dice / 4)
    return now + min(max(wait, asked or wait), LONGEST_WAIT)
