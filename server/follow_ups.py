"""Follow-ups two weeks after a purchase or a repair: when, and in which words."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from server.errors import SettingsInvalid
from server.phone import e164
from server.wire import Key, Moment, WireModel

FILE: Final = "follow_ups.toml"  # in the desk's folder, in place of the shipped one
AFTER: Final = timedelta(days=14)
LASTS: Final = timedelta(days=14)  # from when it is due: later nobody wants to hear it
OLDEST: Final = timedelta(days=60)  # of what is registered
DEFAULT: Final = "default"
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class Occasion(StrEnum):
    """What the customer is followed up after."""

    PURCHASE = "purchase"
    REPAIR = "repair"


class Template(BaseModel):
    """What is told: a sentence, and the three most important things."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    opening: Sentence
    things: Annotated[tuple[Sentence, ...], Field(min_length=3, max_length=3)]

    @property
    def text(self) -> str:
        """All of it, as one text."""
        counted = (f"{number}つめ。{thing}" for number, thing in zip(("一", "二", "三"), self.things, strict=True))
        return "".join((self.opening, *counted))


class Templates(BaseModel):
    """All of them, by occasion and topic; each occasion has one for all other topics."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    purchase: dict[str, Template]
    repair: dict[str, Template]

    @field_validator("purchase", "repair")
    @classmethod
    def _has_default(cls, found: dict[str, Template]) -> dict[str, Template]:
        if DEFAULT not in found:
            raise ValueError("needs a template named default")
        return found

    def text(self, occasion: Occasion, topic: str) -> str:
        """Return what is told about a topic."""
        found: Mapping[str, Template] = self.purchase if occasion is Occasion.PURCHASE else self.repair
        return (found.get(topic) or found.get(topic.partition("-")[0]) or found[DEFAULT]).text


class Registered(WireModel):
    """A purchase or a repair, as the organisation's system tells of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "6f1c1f0e-6c0b-4c7e-9f53-1d1b8f5c2a10", "phone": "090-1234-5678", "occasion": "purchase",
                    "topic": "aircon", "at": "2026-11-24T10:00:00+09:00",
                }
            ]
        }
    )  # fmt: skip
    id: UUID
    phone: Annotated[str, Field(max_length=40)]
    occasion: Occasion
    topic: Key
    at: Moment

    @field_validator("phone", mode="after")
    @classmethod
    def _number(cls, written: str) -> str:
        return e164(written)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What is planned for a customer."""

    id: UUID
    occasion: Occasion
    topic: str
    happened_at: datetime
    due_at: datetime
    told_at: datetime | None


def is_worth_it(happened_at: datetime, now: datetime) -> bool:
    """Whether it may still be told: not of what is long past, nor of what is to come."""
    return now - OLDEST < happened_at <= now + timedelta(days=1) and happened_at + AFTER + LASTS > now


def load_templates(folder: Path) -> Templates:
    """Read the folder's file, or else the shipped one.  Raises SettingsInvalid."""
    own = folder / FILE
    try:
        text = own.read_text(encoding="utf-8") if own.exists() else _shipped()
        table: dict[str, Any] = tomllib.loads(text)
        return Templates.model_validate(table)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsInvalid(str(own), f"cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise SettingsInvalid(f"{FILE}: {'.'.join(map(str, first['loc']))}", first["msg"]) from error


def _shipped() -> str:
    return files("server").joinpath("data", FILE).read_text(encoding="utf-8")
