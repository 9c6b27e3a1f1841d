"""What needs a person now, decided from what is open.  Pure: pass `now` in; nothing here is personal data."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from server.opening_hours import OpeningHours
from server.spans import TOKYO, in_utc

GRACE: Final = timedelta(minutes=5)  # a call a little late is no broken promise
SLACK: Final = timedelta(minutes=2)  # clocks of two machines differ; what one raised the other must not clear
FARTHEST_OPENING: Final = 60  # days


class AlarmKind(StrEnum):
    """Why; the most pressing first."""

    SAFETY = "safety"
    PROMISE_MISSED = "promise_missed"
    PROMISE_DUE = "promise_due"
    NOT_PROMISED = "not_promised"
    DEVICE_SILENT = "device_silent"
    MESSAGE_FAILED = "message_failed"

    @property
    def rank(self) -> int:
        """0 is the most pressing."""
        return list(AlarmKind).index(self)

    @property
    def about_case(self) -> bool:
        """Whether its subject is a case."""
        return self.rank <= AlarmKind.NOT_PROMISED.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An open case, as far as alarms ask."""

    case_id: UUID
    due_at: datetime
    danger_at: datetime | None = None  # when danger was reported last
    promised_at: datetime | None = None  # when the promised call begins
    promised_until: datetime | None = None
    promise_made_at: datetime | None = None
    rang_at: datetime | None = None  # the latest call that rang
    claimed: bool = False  # somebody has it now


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is open now.  More than is alarming does no harm."""

    waiting: Sequence[Waiting] = ()
    devices_seen: Sequence[tuple[str, datetime]] = ()  # those not revoked
    routes_failing: Sequence[tuple[str, datetime]] = ()  # since when messages of a route were given up, none sent after


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRule:
    """When a person is called for."""

    before_promise: timedelta
    device_silent: timedelta
    hours: OpeningHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing for a person to do; `key` is the same for every watcher."""

    kind: AlarmKind
    subject: str  # id of a case or device, or the route of messages
    about: datetime  # the moment it is about: promised, reported, heard of last
    starts: datetime
    danger: bool = False  # rings outside the business hours too

    @property
    def key(self) -> str:
        """Kind, subject and moment."""
        return f"{self.kind}|{self.subject}|{self.about.isoformat()}"

    @classmethod
    def read(cls, key: str) -> Self:
        """Return what a key says.  Raises ValueError."""
        kind, subject, about = key.split("|")
        moment = in_utc(datetime.fromisoformat(about))
        return cls(kind=AlarmKind(kind), subject=subject, about=moment, starts=moment)

    @property
    def case_id(self) -> UUID | None:
        """The case it is about."""
        return UUID(self.subject) if self.kind.about_case else None

    @property
    def device_id(self) -> str | None:
        """The device it is about."""
        return self.subject if self.kind is AlarmKind.DEVICE_SILENT else None

    @property
    def number(self) -> str:
        """How people call the case: the beginning of its id."""
        return self.subject[:8]

    def holds(self, now: datetime) -> bool:
        """Whether it stays, once raised."""
        return self.starts - SLACK <= now


def alarms_of(facts: Facts, rule: AlarmRule) -> tuple[Alarm, ...]:
    """Return everything that is or comes to be alarming; `due_now` says what rings now."""
    found = [alarm for case in facts.waiting for alarm in _of_case(case, rule)]
    for device, seen in facts.devices_seen:
        found.append(
            Alarm(kind=AlarmKind.DEVICE_SILENT, subject=device, about=seen, starts=seen + rule.device_silent),
        )
    for route, since in facts.routes_failing:
        found.append(Alarm(kind=AlarmKind.MESSAGE_FAILED, subject=route, about=since, starts=since))
    return tuple(found)


def due_now(alarms: Iterable[Alarm], *, now: datetime, hours: OpeningHours) -> tuple[Alarm, ...]:
    """Return those to be raised now: their time has come, and somebody is there, or there is danger."""
    there = is_open(hours, now)
    return tuple(alarm for alarm in alarms if alarm.starts <= now and (alarm.danger or there))


def most_pressing(alarms: Iterable[Alarm]) -> tuple[Alarm, ...]:
    """Return one alarm for each subject, the most pressing first."""
    ordered = sorted(alarms, key=lambda alarm: (alarm.kind.rank, alarm.about))
    return tuple({alarm.subject: alarm for alarm in reversed(ordered)}.values())[::-1]


def is_open(hours: OpeningHours, now: datetime) -> bool:
    """Whether somebody is there."""
    day = now.astimezone(TOKYO).date()
    return any(block.begins <= now < block.ends for block in hours.blocks_on(day))


def next_opening(hours: OpeningHours, now: datetime) -> datetime:
    """Return the first moment from `now` on at which somebody is there; `now` when there is none for long."""
    today = now.astimezone(TOKYO).date()
    for days in range(FARTHEST_OPENING):
        for block in hours.blocks_on(today + timedelta(days=days)):
            if now < block.ends:
                return max(now, block.begins)
    return now


def _of_case(case: Waiting, rule: AlarmRule) -> Iterator[Alarm]:
    subject, danger = str(case.case_id), case.danger_at is not None
    if case.danger_at is not None and not case.claimed and _no_call_since(case, case.danger_at):
        yield Alarm(kind=AlarmKind.SAFETY, subject=subject, about=case.danger_at, starts=case.danger_at, danger=True)
        if case.promised_at is None:
            return  # due since it was reported
    begins, made = case.promised_at, case.promise_made_at
    if begins is not None and made is not None and _no_call_since(case, made):
        if not case.claimed:
            starts = begins - rule.before_promise
            yield Alarm(kind=AlarmKind.PROMISE_DUE, subject=subject, about=begins, starts=starts, danger=danger)
        until = case.promised_until if case.claimed else None  # a call is known of once it is over: give it the slot
        starts = until or begins + GRACE
        yield Alarm(kind=AlarmKind.PROMISE_MISSED, subject=subject, about=begins, starts=starts, danger=danger)
    if begins is None and not case.claimed and _no_call_since(case, case.due_at):
        starts = case.due_at + GRACE
        yield Alarm(kind=AlarmKind.NOT_PROMISED, subject=subject, about=case.due_at, starts=starts, danger=danger)


def _no_call_since(case: Waiting, moment: datetime) -> bool:
    return case.rang_at is None or case.rang_at < moment
