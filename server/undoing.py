"""Taking back a slip: the last call result or closing of an agent, for some minutes, while nobody built upon it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from server.clock import Clock
from server.desk import LEASE_LASTS, CallbackDesk, Settled
from server.errors import CaseClosed
from server.records import Case, Promise
from server.slots import Slot
from server.spans import Span
from server.wire import Urgency

UNDO_WITHIN: Final = timedelta(minutes=5)
SETTLED: Final = "settled"  # journal: something that can be undone, with what was before
UNDONE: Final = "undone"
HARMLESS: Final = frozenset({"note", "claimed", "released", SETTLED})  # done by the agent who takes it back
CHANGES_NOTHING: Final = (
    frozenset(  # whoever did it: colleagues look, customers rate, alarms end and messages leave by themselves
        {"viewed", "alarm", "alarm_cleared", "alarm_seen", "message_sent", "message_given_up", "passed_on", "rated"}
        | {"recommended", "story_asked", "story_answered"}  # said by customers, too
    )
)


class Line(Protocol):
    """A line of the journal."""

    @property
    def id(self) -> int:
        """Grows with time."""
        ...

    @property
    def at(self) -> datetime:
        """When."""
        ...

    @property
    def actor(self) -> str:
        """Who."""
        ...

    @property
    def action(self) -> str:
        """What."""
        ...

    @property
    def case_id(self) -> UUID | None:
        """The case."""
        ...

    @property
    def detail(self) -> dict[str, Any]:
        """More; nothing personal."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What can be undone; `line` is its line in the journal."""

    line: int
    case_id: UUID
    at: datetime


def before(case: Case) -> dict[str, Any]:
    """Return what undoing needs to know of a case as it is now."""
    promise = case.promise
    was = promise and {
        "begins": promise.slot.span.begins.isoformat(),
        "ends": promise.slot.span.ends.isoformat(),
        "skill": promise.slot.skill,
    }
    return {"promise": was, "due_at": case.due_at.isoformat()}


def detail_of(case: Case, event_id: UUID | None, settled: Settled | None) -> dict[str, Any]:
    """Return the detail of the line `settled`; `case` is as it was before."""
    step = type(settled.step).__name__ if settled else "Close"
    return before(case) | {"event": str(event_id) if event_id else None, "step": step}


def undoable(lines: Sequence[Line], agent: str, *, now: datetime) -> Slip | None:
    """Return the agent's latest slip of these lines (any order), when it may still be undone.

    Not when the time is over, when it was undone, when somebody else changed the case since, or when a
    message to the customer followed from it.
    """
    ours = [line for line in lines if line.actor == agent and line.action == SETTLED]
    last = max(ours, key=lambda line: line.id, default=None)
    if last is None or last.case_id is None or not timedelta() <= now - last.at <= UNDO_WITHIN:
        return None
    later = [line for line in lines if line.id > last.id and line.case_id == last.case_id]
    touched = [line for line in later if line.action not in CHANGES_NOTHING]
    built_upon = any(line.action not in HARMLESS or line.actor != agent for line in touched)
    if built_upon or last.detail.get("step") == "SendSms":
        return None
    return Slip(line=last.id, case_id=last.case_id, at=last.at)


def undo(desk: CallbackDesk, line: Line, agent: str, clock: Clock) -> bool:
    """Put the case back as it was; False when its former time is taken by now (it is then due, without a promise).

    Raises CaseClosed when the customer has asked again since: that became a case of its own, and is called.
    """
    case_id, now = line.case_id, clock()
    if case_id is None:
        return False
    case = desk.queue.case(case_id)
    if case.closed_at is not None and _asked_again(desk, case):
        raise CaseClosed(case_id)
    desk.queue.reopen(case_id, by=agent, now=now)
    if case.urgency is Urgency.SAFETY:  # danger nobody called about keeps the time it is due
        desk.queue.free(case_id, due_at=datetime.fromisoformat(line.detail["due_at"]), by=agent, now=now)
    if line.detail.get("event"):
        desk.queue.withdraw(case_id, UUID(line.detail["event"]), by=agent, now=now)
    restored = _promise_again(desk, case_id, line, agent, now)
    desk.queue.claim(case_id, agent, now=now, lasting=LEASE_LASTS)
    return restored


def _asked_again(desk: CallbackDesk, case: Case) -> bool:
    others = (desk.queue.case(other) for other in desk.queue.cases_of(case.requests[-1].request.phone))
    return any(other.closed_at is None and other.topic == case.topic for other in others if other.id != case.id)


def _promise_again(desk: CallbackDesk, case_id: UUID, line: Line, agent: str, now: datetime) -> bool:
    was, due_at = line.detail.get("promise"), datetime.fromisoformat(line.detail["due_at"])
    if was:
        span = Span(datetime.fromisoformat(was["begins"]), datetime.fromisoformat(was["ends"]))
        seats = desk.plan.capacity.get(was["skill"], 0)
        found = desk.queue.promise(case_id, Slot(span, was["skill"]), seats=seats, by=agent, now=now)
        if isinstance(found, Promise):
            return True
    desk.queue.free(case_id, due_at=due_at, by=agent, now=now)
    return not was
