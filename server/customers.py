"""A customer: everything under one telephone number, and how they are treated.  Pure, with the wire models of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from server.labels import label
from server.phone import e164
from server.wire import Channel, Consent, WireModel

ORDINARY: Final = ""  # the tier of who has none
_HONORIFIC = re.compile(r"\s*(様|さま|さん|先生)$")
_SPACES = re.compile(r"[\s　]+")


class AddressForm(StrEnum):
    """How a customer is called."""

    SAMA = "sama"
    SAN = "san"
    SENSEI = "sensei"
    PLAIN = "plain"  # 「お客様」, without the name


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """What some customers have, a paid priority for example: a shorter lead, and the seats held for such customers."""

    key: str
    label: str  # as customers and staff are told it
    lead_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How a customer is treated; one of whom nothing is kept has the profile `Profile()`."""

    tier: str = ORDINARY  # a key of the settings; one that stands there no more counts for none
    channel: Channel | None = None  # how they like to be answered; None: as each request says
    address: AddressForm = AddressForm.SAMA
    address_at: datetime | None = None  # when somebody chose the form last; None: nobody did
    may_ask_after: datetime | None = None  # when they agreed to be asked later how things are; None: they did not
    ask_wording: str = ""  # to which words they agreed
    ask_by: str = ""  # who wrote the consent down, as the journal names them


class Same(Enum):
    """What is not changed."""

    AS_IT_IS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is changed of a profile, and what is left as it is."""

    tier: str | Same = Same.AS_IT_IS
    channel: Channel | Same | None = Same.AS_IT_IS
    address: AddressForm | Same = Same.AS_IT_IS
    ask_later: Consent | Same | None = Same.AS_IT_IS  # None: withdrawn


class CustomerTold(WireModel):
    """What the organisation's system says of a customer; what is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"phone": "090-1234-5678", "tier": "priority", "address": "sensei", "channel": "email"}]
        }
    )
    phone: Annotated[str, Field(max_length=40)]
    tier: Annotated[str, Field(pattern=r"^[\w.\-]{0,32}$", description='a key of the settings; "": none')] | None = None
    address: AddressForm | None = None
    channel: Channel | None = Field(None, description="null: as each request says")

    @field_validator("phone", mode="after")
    @classmethod
    def _number(cls, written: str) -> str:
        return e164(written)

    @property
    def change(self) -> Change:
        """What it changes."""
        return Change(
            tier=self.tier if self.tier is not None else Same.AS_IT_IS,
            address=self.address if self.address is not None else Same.AS_IT_IS,
            channel=self.channel if "channel" in self.model_fields_set else Same.AS_IT_IS,
        )


class CustomerSaid(WireModel):
    """What a customer told the device; what is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ask_later": {
                        "at": "2026-11-25T10:00:00+09:00",
                        "wording": "その後のご様子を伺ってもよろしいですか",
                    },
                    "address": "san",
                }
            ]
        }
    )
    ask_later: Consent | None = Field(None, description="that they may be asked how things are; null: no longer")
    address: AddressForm | None = Field(None, description="how they like to be called")

    @property
    def change(self) -> Change:
        """What it changes."""
        return Change(
            ask_later=self.ask_later if "ask_later" in self.model_fields_set else Same.AS_IT_IS,
            address=self.address if self.address is not None else Same.AS_IT_IS,
        )


class CustomerAnswer(BaseModel):
    """Whether it is kept: not where no case of the customer is, for then nothing is kept of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kept": True}]})
    kept: bool


def changed(profile: Profile, change: Change, *, by: str, now: datetime) -> Profile:
    """Return the profile afterwards; the same one where it says so already."""
    found = profile
    if not isinstance(change.tier, Same):
        found = replace(found, tier=change.tier)
    if not isinstance(change.channel, Same):
        found = replace(found, channel=change.channel)
    if not isinstance(change.address, Same) and (change.address != found.address or found.address_at is None):
        found = replace(found, address=change.address, address_at=now)
    if not isinstance(change.ask_later, Same):
        found = _with_consent(found, change.ask_later, by)
    return found


def _with_consent(profile: Profile, consent: Consent | None, by: str) -> Profile:
    """A consent given before stands: the first one is what was agreed to."""
    if consent is None:
        return replace(profile, may_ask_after=None, ask_wording="", ask_by="")
    if profile.may_ask_after is not None:
        return profile
    return replace(profile, may_ask_after=consent.at, ask_wording=consent.wording, ask_by=by)


def kinds_of(before: Profile, after: Profile) -> tuple[str, ...]:
    """Return what differs, as the journal says it: names of what, never the words."""
    found = {
        "tier": before.tier != after.tier,
        "channel": before.channel != after.channel,
        "address": before.address != after.address,
        "ask_later": before.may_ask_after != after.may_ask_after,
    }
    return tuple(name for name, differs in found.items() if differs)


def tier_of(profile: Profile, tiers: Mapping[str, Tier]) -> Tier | None:
    """Return the customer's tier; None without one, or where the settings know it no more."""
    return tiers.get(profile.tier)


def called(name: str | None, form: AddressForm = AddressForm.SAMA) -> str:
    """Return how a customer is greeted: 「佐藤様」 by the family name where it is set apart, without a name 「お客様」."""
    plain = _HONORIFIC.sub("", (name or "").strip())
    family = _SPACES.split(plain)[0]
    if not family or form is AddressForm.PLAIN:
        return label("address_form", AddressForm.PLAIN)
    return label("called", form).format(name=family)
