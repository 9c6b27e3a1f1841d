"""The desk's plan and attempt policy from a TOML table; every error names the key and what was found there.

`data/desk.toml` is a whole example.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from server.attempts import AttemptPolicy
from server.errors import SettingsInvalid
from server.opening_hours import Block, Closure, MonthDay, OpeningHours, YearlyClosure
from server.slots import DeskPlan

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LEAP_YEAR = 2000  # so that 02-29 is a day
_BLOCK = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_PLAN_KEYS = {
    "slot_minutes",
    "lead_minutes",
    "urgent_lead_minutes",
    "horizon_days",
    "held_seats",
    "held_until_minutes",
    "public_holidays",
    "hours",
    "capacity",
    "skills",
    "closures",
}
_PLAN_NUMBERS = (
    "slot_minutes",
    "lead_minutes",
    "urgent_lead_minutes",
    "horizon_days",
    "held_seats",
    "held_until_minutes",
)
_POLICY_KEYS = {
    "most",
    "gap_minutes",
    "busy_gap_minutes",
    "window_minutes",
    "afterwards",
    "sms_wait_minutes",
    "day_parts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """What the table `callback` says."""

    plan: DeskPlan
    policy: AttemptPolicy


def shipped_settings() -> DeskSettings:
    """Return what `data/desk.toml` says: office hours, two calls at a time."""
    text = files("server").joinpath("data", "desk.toml").read_text(encoding="utf-8")
    return desk_settings(tomllib.loads(text)["callback"])


def desk_settings(table: Mapping[str, Any], key: str = "callback") -> DeskSettings:
    """Read the table; `key` is its name in errors.  Raises SettingsInvalid."""
    _known(table, _PLAN_KEYS | {"attempts"}, key)
    return DeskSettings(
        plan=_plan(table, key), policy=_policy(_table(table.get("attempts", {}), f"{key}.attempts"), f"{key}.attempts")
    )


def _plan(table: Mapping[str, Any], key: str) -> DeskPlan:
    capacity = _table(_needed(table, "capacity", key), f"{key}.capacity")
    try:
        return DeskPlan(
            hours=_hours(table, key),
            capacity={skill: _whole(value, f"{key}.capacity.{skill}") for skill, value in capacity.items()},
            **_wholes(table, _PLAN_NUMBERS, key),
            skills=_skills(table, capacity, key),
        )
    except ValueError as error:
        raise SettingsInvalid(key, str(error)) from error


def _skills(table: Mapping[str, Any], capacity: Mapping[str, Any], key: str) -> dict[str, str]:
    skills = _table(table.get("skills", {}), f"{key}.skills")
    for topic, skill in skills.items():
        if skill not in capacity:
            raise SettingsInvalid(f"{key}.skills.{topic}", f"{skill!r} stands not in the table `capacity`")
    return dict(skills)


def _hours(table: Mapping[str, Any], key: str) -> OpeningHours:
    hours = _table(_needed(table, "hours", key), f"{key}.hours")
    _known(hours, set(WEEKDAYS), f"{key}.hours")
    closed = _choice(table, "public_holidays", ("closed", "open"), key) == "closed"
    week = {WEEKDAYS.index(name): _blocks(value, f"{key}.hours.{name}") for name, value in hours.items()}
    try:
        return OpeningHours(week=week, closures=tuple(_closures(table, key)), closed_on_public_holidays=closed)
    except ValueError as error:
        raise SettingsInvalid(f"{key}.hours", str(error)) from error


def _policy(table: Mapping[str, Any], key: str) -> AttemptPolicy:
    _known(table, _POLICY_KEYS, key)
    given: dict[str, Any] = _wholes(table, ("most", "busy_gap_minutes", "window_minutes", "sms_wait_minutes"), key)
    if "gap_minutes" in table:
        gaps = _list(table["gap_minutes"], f"{key}.gap_minutes")
        given["gap_minutes"] = tuple(_whole(gap, f"{key}.gap_minutes[{n}]") for n, gap in enumerate(gaps))
    if "day_parts" in table:
        given["day_parts"] = _blocks(table["day_parts"], f"{key}.day_parts")
    given["sms_afterwards"] = _choice(table, "afterwards", ("sms", "close"), key) == "sms"
    try:
        return AttemptPolicy(**given)
    except ValueError as error:
        raise SettingsInvalid(key, str(error)) from error


def _closures(table: Mapping[str, Any], key: str) -> Iterator[Closure | YearlyClosure]:
    for n, entry in enumerate(_list(table.get("closures", []), f"{key}.closures")):
        yield _closure(_table(entry, f"{key}.closures[{n}]"), f"{key}.closures[{n}]")


def _closure(entry: Mapping[str, Any], key: str) -> Closure | YearlyClosure:
    _known(entry, {"name", "first", "last"}, key)
    name, first, last = (_needed(entry, part, key) for part in ("name", "first", "last"))
    if not isinstance(name, str) or not name:
        raise SettingsInvalid(f"{key}.name", "must be a text, it is shown to staff")
    if isinstance(first, str) and isinstance(last, str):
        return YearlyClosure(name=name, first=_month_day(first, f"{key}.first"), last=_month_day(last, f"{key}.last"))
    if not (_is_date(first) and _is_date(last)):
        raise SettingsInvalid(key, "first and last must both be dates (2026-08-13) or both month-days ('12-29')")
    try:
        return Closure(name=name, first=first, last=last)
    except ValueError as error:
        raise SettingsInvalid(key, str(error)) from error


def _is_date(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _month_day(text: str, key: str) -> MonthDay:
    try:
        day = date.fromisoformat(f"{LEAP_YEAR}-{text}")
    except ValueError as error:
        raise SettingsInvalid(key, f"{text!r} is no month-day like '12-29'") from error
    return day.month, day.day


def _blocks(value: Any, key: str) -> tuple[Block, ...]:
    return tuple(_block(text, f"{key}[{n}]") for n, text in enumerate(_list(value, key)))


def _block(text: Any, key: str) -> Block:
    found = _BLOCK.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise SettingsInvalid(key, f"{text!r} is no block like '09:00-12:00'")
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    if max(from_minute, to_minute) > 59:  # noqa: PLR2004  # minutes of an hour
        raise SettingsInvalid(key, f"{text!r} has more than 59 minutes in an hour")
    try:
        return Block(from_hour * 60 + from_minute, to_hour * 60 + to_minute)
    except ValueError as error:
        raise SettingsInvalid(key, f"{text!r}: {error}") from error


def _known(table: Mapping[str, Any], names: set[str], key: str) -> None:
    if unknown := sorted(set(table) - names):
        raise SettingsInvalid(f"{key}.{unknown[0]}", f"is unknown; known are {', '.join(sorted(names))}")


def _needed(table: Mapping[str, Any], name: str, key: str) -> Any:
    if name not in table:
        raise SettingsInvalid(f"{key}.{name}", "is missing")
    return table[name]


def _wholes(table: Mapping[str, Any], names: tuple[str, ...], key: str) -> dict[str, int]:
    return {name: _whole(table[name], f"{key}.{name}") for name in names if name in table}


def _whole(value: Any, key: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise SettingsInvalid(key, f"must be a whole number, not {value!r}")
    return value


def _list(value: Any, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise SettingsInvalid(key, f"must be a list, not {value!r}")
    return value


def _table(value: Any, key: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SettingsInvalid(key, f"must be a table, not {value!r}")
    return value


def _choice(table: Mapping[str, Any], name: str, allowed: tuple[str, ...], key: str) -> str:
    """Return the choice; the first one when none is made."""
    value = table.get(name, allowed[0])
    if value not in allowed:
        raise SettingsInvalid(f"{key}.{name}", f"must be one of {', '.join(allowed)}, not {value!r}")
    return str(value)
