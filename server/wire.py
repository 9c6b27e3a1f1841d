"""What a device sends to ask for a call: the wire model that device and backend share.

The limits below are the device's duty as well: it shortens a conversation before it sends it, because
a refused request is a customer nobody calls.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from server import phone as phone_numbers
from server.errors import FieldProblem, RequestInvalid
from server.spans import Span, in_utc

LONGEST_NAME = 80
LONGEST_TURN = 1_000
MOST_TURNS = 200
LONGEST_CONVERSATION = 40_000  # characters over all turns
MOST_WINDOWS = 10
LONGEST_WINDOW = timedelta(days=31)
LONGEST_CONSENT = 1_000
LONGEST_ADDRESS = 254
CALENDAR_MARGIN = timedelta(days=366)
LARGEST_BODY = 256 * 1024  # bytes of JSON

_KANA = re.compile(r"[ァ-ヺー・\s]+")
_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


class Urgency(StrEnum):
    """Why it matters; safety comes before a complaint, a complaint before all else."""

    SAFETY = "safety"
    COMPLAINT = "complaint"
    NORMAL = "normal"

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return list(Urgency).index(self)


class Channel(StrEnum):
    """How the customer likes to be answered; the desk itself calls, the others are passed on by webhook."""

    PHONE = "phone"
    EMAIL = "email"
    SMS = "sms"
    LINE = "line"


class Speaker(StrEnum):
    """Who spoke a turn."""

    CUSTOMER = "customer"
    DEVICE = "device"


def plain(text: str) -> str:
    """Return the text.  Raises ValueError for control characters and half surrogates, which databases refuse."""
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
        raise ValueError("must not contain control characters")
    return text


def _no_number(moment: Any) -> Any:
    """Refuse epoch numbers: seconds and milliseconds look alike."""
    if isinstance(moment, datetime) or (isinstance(moment, str) and re.match(r"\d{4}-", moment)):
        return moment
    raise ValueError("must be an ISO 8601 time with a time zone")


def _moment(moment: datetime) -> datetime:
    """Turn it into UTC; at the ends of the calendar, a year wide, neither zones nor sums have a result."""
    try:
        moment = in_utc(moment)
        for margin in (-CALENDAR_MARGIN, CALENDAR_MARGIN):
            moment + margin
    except OverflowError as error:
        raise ValueError("lies outside the calendar") from error
    return moment


def _kana(text: str) -> str:
    """Return the reading in full-width katakana; hiragana and half-width kana are welcome."""
    katakana = unicodedata.normalize("NFKC", text).translate(_HIRAGANA_TO_KATAKANA)
    if not _KANA.fullmatch(katakana):
        raise ValueError("must be kana")
    return katakana


Moment = Annotated[AwareDatetime, BeforeValidator(_no_number), AfterValidator(_moment)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME), AfterValidator(plain)
]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(plain)]
Key = Annotated[str, StringConstraints(pattern=r"^[\w.\-]{1,64}$")]  # ids of topics, articles and devices
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]


class WireModel(BaseModel):
    """Frozen, knows all its fields, and keeps what was said out of error texts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Model = TypeVar("Model", bound=WireModel)


class TextTurn(WireModel):
    """One turn of the conversation, as text."""

    speaker: Speaker
    text: Annotated[Words, Field(max_length=LONGEST_TURN)]


class Window(WireModel):
    """A time in which the customer can be called; UTC once parsed."""

    begins: Moment
    ends: Moment

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not timedelta() < self.ends - self.begins <= LONGEST_WINDOW:
            raise ValueError(f"must end after it begins, at most {LONGEST_WINDOW.days} days later")
        return self

    @property
    def span(self) -> Span:
        """The same as a value of the scheduling."""
        return Span(self.begins, self.ends)


class Consent(WireModel):
    """That the customer agreed to be called and to what is kept: when, and to which words."""

    at: Moment  # by the device's clock, which may be wrong
    wording: Annotated[Words, Field(max_length=LONGEST_CONSENT)]


class CallbackRequest(WireModel):
    """One customer asks to be called.  `id` is made once on the device: the same id is the same request."""

    id: UUID
    customer_name: Name | None = None  # None: the customer gave none; that is no reason not to call
    customer_reading: Annotated[Name, AfterValidator(_kana)] | None = None  # full-width katakana
    phone: Annotated[str, StringConstraints(max_length=phone_numbers.LONGEST), AfterValidator(phone_numbers.e164)]
    extension: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,8}$")] | None = Field(
        default=None, exclude_if=lambda value: value is None
    )  # inside the house of that number; left out where there is none: older desks know no such field
    topic: Key
    article_id: Key | None = None  # the article the device answered with; None: it found none
    conversation: Annotated[tuple[TextTurn, ...], Field(max_length=MOST_TURNS)] = ()
    urgency: Urgency = Urgency.NORMAL
    # At least one is checked below: `min_length` would add a second, misleading problem to a window's own.
    windows: Annotated[tuple[Window, ...], Field(max_length=MOST_WINDOWS, json_schema_extra={"minItems": 1})]
    channel: Channel = Channel.PHONE
    channel_address: Annotated[Words, Field(max_length=LONGEST_ADDRESS)] | None = None  # e-mail address, LINE id
    consent: Consent
    device: Key
    language: Language = "ja"

    @field_validator("id")
    @classmethod
    def _not_nil(cls, value: UUID) -> UUID:
        if value.int == 0:
            raise ValueError("must not be the nil UUID")
        return value

    @field_validator("windows")
    @classmethod
    def _at_least_one(cls, windows: tuple[Window, ...]) -> tuple[Window, ...]:
        if not windows:
            raise ValueError("must have at least one")
        return windows

    @field_validator("conversation")
    @classmethod
    def _bounded(cls, turns: tuple[TextTurn, ...]) -> tuple[TextTurn, ...]:
        if sum(len(turn.text) for turn in turns) > LONGEST_CONVERSATION:
            raise ValueError(f"must have at most {LONGEST_CONVERSATION} characters together")
        return turns


def parse_request(body: bytes) -> CallbackRequest:
    """Read the JSON a device sent.  Raises RequestInvalid, which names every wrong field and quotes none."""
    return parse(CallbackRequest, body)


def parse(model: type[Model], body: bytes, *, largest: int = LARGEST_BODY) -> Model:
    """Read another model in the same way."""
    if len(body) > largest:
        raise RequestInvalid([FieldProblem(field="request", message=f"must have at most {largest} bytes")])
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise RequestInvalid(list(_problems(error))) from error


def _problems(error: ValidationError) -> Iterator[FieldProblem]:
    for item in error.errors(include_url=False, include_input=False):
        message = item["msg"].removeprefix("Value error, ")
        yield FieldProblem(field=".".join(map(str, item["loc"])) or "request", message=message)
