"""The words of the demo, from its data files."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from server.access import Role
from server.wire import Urgency

Words = Mapping[str, Any]  # a word or a list of them to choose from


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an agent wrote about a call that reached somebody."""

    note: str
    solved: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What somebody asks for help with; `topic` is an article of the sample base."""

    topic: str
    urgency: Urgency
    asks: tuple[str, ...]
    unsolved: tuple[str, ...]
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """When somebody can be called, in their words and in hours of Tokyo; `after_days`: not before that day."""

    text: str
    first_hour: int
    last_hour: int
    after_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A device and how long it has been silent."""

    id: str
    name: str
    version: str
    silent_hours: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A member of staff."""

    login: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """All of it."""

    matters: tuple[Matter, ...]
    families: tuple[tuple[str, str], ...]  # written, read
    givens: tuple[tuple[str, str], ...]
    areas: tuple[tuple[str, int], ...]  # area code, digits of the exchange
    phrases: Mapping[str, Words]
    wishes: tuple[Wish, ...]
    places: tuple[Place, ...]
    staff: tuple[Staff, ...]
    missing: tuple[tuple[str, ...], ...]  # wordings of matters that no article is about
    remarks: tuple[str, ...]  # complaints and suggestions


@cache
def texts() -> Texts:
    """Read the files, once."""
    people, phrases = _table("people.toml"), _table("phrases.toml")
    return Texts(
        matters=tuple(_matter(one) for one in _table("matters.toml")["matters"]),
        families=tuple((name, reading) for name, reading in people["families"]),
        givens=tuple((name, reading) for name, reading in people["givens"]),
        areas=tuple((code, digits) for code, digits in people["areas"]),
        phrases=phrases,
        wishes=tuple(Wish(**one) for one in phrases["wishes"]),
        places=tuple(Place(**one) for one in phrases["devices"]),
        staff=tuple(Staff(login=one["login"], name=one["name"], role=Role(one["role"])) for one in phrases["accounts"]),
        missing=tuple(tuple(one["asks"]) for one in phrases["missing"]),
        remarks=tuple(phrases["remarks"]["texts"]),
    )


def settings_text(hours: str) -> str:
    """Return the demo's settings file with these opening hours (lines of TOML)."""
    return _text("desk.toml").replace("# {hours}", hours)


def _matter(table: Mapping[str, Any]) -> Matter:
    return Matter(
        topic=table["topic"],
        urgency=Urgency(table.get("urgency", "normal")),
        asks=tuple(table["asks"]),
        unsolved=tuple(table["unsolved"]),
        calls=tuple(Call(**call) for call in table["calls"]),
    )


def _table(name: str) -> Mapping[str, Any]:
    return tomllib.loads(_text(name))


def _text(name: str) -> str:
    return files("server.demo").joinpath("data", name).read_text(encoding="utf-8")
