"""Whether the callback desk can be reached and knows this device, and what waits for it."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import Final

import httpx

from server.client import DeskClient
from server.errors import DeskUnavailable
from server.outbox import Outbox, State
from voice.desk_enrolment import Enrolment

WAIT_S: Final = 5.0
CLOCK_MARGIN: Final = timedelta(minutes=2)  # times that are promised are in half hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How this device stands with its desk."""

    reachable: bool
    known: bool  # the desk takes its token
    clock_ahead: timedelta = timedelta()  # of this device, before the desk's; zero where the desk tells no time

    @property
    def clock_is_wrong(self) -> bool:
        """Whether times would be misunderstood."""
        return abs(self.clock_ahead) > CLOCK_MARGIN

    @property
    def detail(self) -> str:
        """The same in words."""
        if not self.reachable:
            return "the desk cannot be reached"
        return "the desk answers" if self.known else "the desk does not know this device"


def standing_of(
    enrolment: Enrolment,
    connect: Callable[[Enrolment], DeskClient],
    *,
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], float] = time.time,
) -> Standing:
    """Ask the desk; what it answers is believed for what it is.  Takes some seconds at most where nothing answers."""
    try:
        with httpx.Client(base_url=enrolment.url, timeout=WAIT_S, transport=transport) as http:
            answer = http.get("/health")
    except (httpx.HTTPError, httpx.InvalidURL):
        return Standing(reachable=False, known=False)
    if answer.status_code != HTTPStatus.OK:
        return Standing(reachable=False, known=False)
    return Standing(
        reachable=True, known=_is_known(enrolment, connect), clock_ahead=_ahead(answer.headers.get("Date"), now())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is in the outbox."""

    waiting: int
    rejected: int
    since: datetime | None  # the oldest that waits
    stopped: bool  # the desk refused this device


def waiting_in(outbox: Outbox) -> Waiting:
    """Count what has not arrived.  Raises OutboxUnavailable."""
    kept = outbox.kept()
    waiting = [one.made_at for one in kept if one.state is State.WAITING]
    rejected = sum(one.state is State.REJECTED for one in kept)
    return Waiting(
        waiting=len(waiting), rejected=rejected, since=min(waiting, default=None), stopped=outbox.is_stopped()
    )


def resume_where_known(outbox: Outbox, client: DeskClient) -> None:
    """Send again where the desk takes this device after all: it may have been put back from a copy.

    Raises OutboxUnavailable.
    """
    if outbox.is_stopped():
        with suppress(DeskUnavailable):
            client.heartbeat(version("koemado"))
            outbox.resume()


def _is_known(enrolment: Enrolment, connect: Callable[[Enrolment], DeskClient]) -> bool:
    try:
        with connect(enrolment) as client:
            client.heartbeat(version("koemado"))
    except DeskUnavailable:
        return False
    return True


def _ahead(date: str | None, now_s: float) -> timedelta:
    try:
        return timedelta(seconds=now_s - parsedate_to_datetime(date).timestamp()) if date else timedelta()
    except (ValueError, TypeError, OverflowError):
        return timedelta()
