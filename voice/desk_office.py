"""When the desk calls, as it said last: kept in a file, so that the device knows it while the desk is away."""

import json
import logging
import math
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from intents.when_holidays import public_holiday
from intents.when_types import DEFAULT_OFFICE, TOKYO, Office
from server.client import DeskClient
from server.clock import Clock
from server.desk_hours import DeskHours
from server.errors import DeskUnavailable
from voice.files import write_atomically

FILE: Final = "desk-hours.json"
EVERY_S: Final = 6 * 3600.0  # hours and closed days seldom change
AGAIN_S: Final = 300.0  # after the desk was asked in vain
CLOSED: Final = "closed"  # a day on which the desk is closed and which has no name of its own

log = logging.getLogger(__name__)


class DeskOffice:
    """The desk's hours; what usually holds until the desk has said them.  Safe from several threads."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._office = _kept_in(path)
        self._next_s = -math.inf  # of `time.monotonic`

    @property
    def office(self) -> Office:
        """When somebody is there to call."""
        return self._office

    def ask_sometimes(self, client: DeskClient) -> None:
        """Ask the desk when it is time; whatever goes wrong, what was known holds on."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return
        self._next_s = now_s + AGAIN_S
        try:
            self.ask(client)
            self._next_s = now_s + EVERY_S
        except DeskUnavailable as error:
            log.info("the desk's hours are not known: %s", error)

    def ask(self, client: DeskClient) -> None:
        """Ask the desk and keep what it says.  Raises DeskUnavailable; a full disk only loses it at the next start."""
        hours, asked_on = client.hours(), self._clock().astimezone(TOKYO).date()
        self._office = office_of(hours, asked_on)
        try:
            write_atomically(self._path, json.dumps(hours.as_wire() | {"asked_on": asked_on.isoformat()}).encode())
        except OSError as error:
            log.warning("the desk's hours cannot be kept: %s", error)


def office_of(hours: DeskHours, asked_on: date) -> Office:
    """Return them as the taking down needs them.

    What the desk closes on is known from the day it was asked up to its horizon; of days after those, the public
    holidays are taken for closed, which is on the safe side: the desk is asked for free times anyway.
    """
    if not any(hours.week.values()):  # nobody has set the desk up
        return DEFAULT_OFFICE
    known_until = asked_on + timedelta(days=hours.horizon_days)

    def why_closed(day: date) -> str | None:
        if day > known_until:
            return public_holiday(day)
        return (public_holiday(day) or CLOSED) if day in hours.closed else None

    return Office(week=hours.week, why_closed=why_closed, horizon_days=hours.horizon_days)


def _kept_in(path: Path) -> Office:
    try:
        kept = json.loads(path.read_bytes())
        return office_of(DeskHours.from_wire(kept), date.fromisoformat(kept["asked_on"]))
    except FileNotFoundError:
        return DEFAULT_OFFICE
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        log.warning("%s holds no hours of a desk (%s)", path, type(error).__name__)
        return DEFAULT_OFFICE
