"""A customer calls the desk: what staff wrote down of it becomes a request like any other."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import ValidationError

from server.attempts import Attempt, CallOutcome, Resolution
from server.customer_story import DESK
from server.desk import CallbackDesk
from server.errors import CaseClosed, FieldProblem, RequestInvalid
from server.labels import label
from server.records import Submitted, Verdict
from server.wire import LONGEST_TURN, CallbackRequest

SOON: Final = timedelta(days=7)  # within which who leaves the time to us is called
ENDS: Final = (Resolution.SATISFIED, Resolution.CALMED, Resolution.PASSED_ON)  # what ends a call at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A call as the form tells of it; `resolution` is None where the customer is to be called back."""

    id: UUID  # made by the page, so that a double click is one call
    phone: str
    name: str
    reading: str
    topic: str
    urgency: str
    text: str
    resolution: Resolution | None
    how_solved: str
    begins: datetime | None  # when to call back; None: as soon as possible


def request_of(taken: Taken, *, now: datetime, slot_minutes: int) -> CallbackRequest:
    """Return the request.  Raises RequestInvalid, which names the fields of the form."""
    turns = [{"speaker": "customer", "text": part} for part in _parts(taken.text)]
    wished = taken.begins or now
    lasting = timedelta(minutes=slot_minutes) if taken.begins else SOON
    given: dict[str, Any] = {
        "id": taken.id,
        "customer_name": taken.name or None,
        "customer_reading": taken.reading or None,
        "phone": taken.phone,
        "topic": taken.topic,
        "article_id": None,
        "conversation": turns,
        "urgency": taken.urgency,
        "windows": [{"begins": wished, "ends": wished + lasting}],
        "consent": {"at": now, "wording": label("incoming", "solved" if taken.resolution else "callback")},
        "device": DESK,
    }
    try:
        return CallbackRequest.model_validate(given)
    except ValidationError as error:
        raise RequestInvalid(_problems(error)) from error


def attempt_of(taken: Taken, agent: str, *, now: datetime, later_at: datetime | None = None) -> Attempt:
    """Return the call itself: the customer was spoken with.  `later_at`: when they are called back."""
    return Attempt(
        id=uuid5(taken.id, "incoming"),
        agent=agent,
        dialled_at=now,
        rang_at=now,
        outcome=CallOutcome.REACHED,
        resolution=taken.resolution or Resolution.UNSOLVED,
        later_at=later_at,
        how_solved=taken.how_solved if taken.resolution else "",
        incoming=True,
    )


def keep(desk: CallbackDesk, taken: Taken, agent: str, *, now: datetime) -> Submitted:
    """Keep the call: as a case that has ended, or one that is called back as a device's request is.

    The same again changes nothing.  Raises RequestInvalid.
    """
    request = request_of(taken, now=now, slot_minutes=desk.plan.slot_minutes)
    keep_it = _keep_ended if taken.resolution else _keep_open
    return keep_it(desk, taken, request, agent, now)


def _keep_ended(desk: CallbackDesk, taken: Taken, request: CallbackRequest, agent: str, now: datetime) -> Submitted:
    done = desk.queue.submit(request, now=now)
    if done.case_id is not None:
        if done.verdict is Verdict.CREATED:
            with suppress(CaseClosed):  # by somebody else, meanwhile
                desk.claim(done.case_id, agent)
        desk.settle(done.case_id, attempt_of(taken, agent, now=now))
    return done


def _keep_open(desk: CallbackDesk, taken: Taken, request: CallbackRequest, agent: str, now: datetime) -> Submitted:
    done = desk.receive(request)
    if done.case_id is not None:
        later_at = done.promise.slot.span.begins if done.promise else request.windows[0].begins
        desk.queue.record(done.case_id, attempt_of(taken, agent, now=now, later_at=later_at))
    return done


def _parts(text: str) -> list[str]:
    """Cut what was written into turns as long as the wire takes them."""
    parts = (text[place : place + LONGEST_TURN] for place in range(0, len(text), LONGEST_TURN))
    return [part for part in parts if part.strip()]


def _problems(error: ValidationError) -> list[FieldProblem]:
    names = {"customer_name": "name", "customer_reading": "reading", "conversation": "text", "windows": "begins"}
    fields = {str(one["loc"][0]) if one["loc"] else "request" for one in error.errors(include_input=False)}
    return [FieldProblem(field=names.get(field, field), message="wrong") for field in sorted(fields)]
