"""Whether the callback desk can be reached and knows this device, and what waits for it."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import version
from socket import gaierror
from typing import Final

import httpx

from server.client import DeskClient
from server.errors import DeskUnavailable, DeviceRefused, StrangerAnswers
from server.outbox import Outbox, State
from voice.desk_enrolment import HOW_TO_ENROL, Enrolment

WAIT_S: Final = 5.0
CLOCK_MARGIN: Final = timedelta(minutes=2)  # times that are promised are in half hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How this device stands with its desk."""

    reachable: bool
    known: bool  # the desk takes its token
    clock_ahead: timedelta = timedelta()  # of this device, before the desk's; zero where the desk tells no time
    why: str = ""  # it cannot be reached, where that is known
    program: str = ""  # version of the desk's; "" for an older one, which tells none
    is_stranger: bool = False  # something answers at its address, but no callback desk

    @property
    def clock_is_wrong(self) -> bool:
        """Whether times would be misunderstood."""
        return abs(self.clock_ahead) > CLOCK_MARGIN

    @property
    def detail(self) -> str:
        """The same in words."""
        if self.is_stranger:
            return "the desk cannot be reached: something else answers at this address, no callback desk"
        if not self.reachable:
            return f"the desk cannot be reached{f' ({self.why})' if self.why else ''}"
        return "the desk answers" if self.known else "the desk does not know this device"

    @property
    def remedy(self) -> str:
        """What to do about it; "" where nothing is wrong."""
        if self.is_stranger:
            return f"check the address, and any proxy or portal on the way; if it is wrong: {HOW_TO_ENROL}"
        if not self.reachable:
            return "check the network and whether the desk runs; requests for a call wait here until then"
        return "" if self.known else HOW_TO_ENROL


def standing_of(
    enrolment: Enrolment,
    connect: Callable[[Enrolment], DeskClient],
    *,
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], float] = time.time,
    wait_s: float = WAIT_S,
) -> Standing:
    """Ask the desk; what it answers is believed for what it is.  Takes some seconds at most where nothing answers."""
    try:
        with httpx.Client(base_url=enrolment.url, timeout=wait_s, transport=transport) as http:
            answer = http.get("/health")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Standing(reachable=False, known=False, why=_why(error, wait_s))
    if answer.status_code != HTTPStatus.OK:
        return Standing(reachable=False, known=False, why=f"what answers there says {answer.status_code}")
    try:
        known, why = _greeted(enrolment, connect)
    except StrangerAnswers as error:
        return Standing(reachable=False, known=False, why=str(error), is_stranger=True)
    return Standing(
        reachable=not why,
        known=known,
        why=why,
        clock_ahead=_ahead(answer.headers.get("Date"), now()),
        program=_program(answer),
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


def _greeted(enrolment: Enrolment, connect: Callable[[Enrolment], DeskClient]) -> tuple[bool, str]:
    """Whether the desk takes this device's token; else "" if it says no, or why it says nothing.

    Raises StrangerAnswers.
    """
    try:
        with connect(enrolment) as client:
            client.heartbeat(version("koemado"))
    except DeviceRefused:
        return False, ""
    except StrangerAnswers:
        raise
    except DeskUnavailable as error:
        return False, str(error)
    return True, ""


def _why(error: Exception, wait_s: float) -> str:
    """In words that lead to the remedy: name, port, certificate, silence."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted here: {cause.verify_message}"
        if isinstance(cause, gaierror):
            return "its name is not known here: is there a network?"
        if isinstance(cause, ConnectionRefusedError):
            return "nothing answers at that port"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak https there"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {wait_s:g} s"
    return next((one.strerror for one in causes if isinstance(one, OSError) and one.strerror), type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _program(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return ""
    found = told.get("version") if isinstance(told, dict) else None
    return found[:64] if isinstance(found, str) else ""


def _ahead(date: str | None, now_s: float) -> timedelta:
    try:
        return timedelta(seconds=now_s - parsedate_to_datetime(date).timestamp()) if date else timedelta()
    except (ValueError, TypeError, OverflowError):
        return timedelta()
