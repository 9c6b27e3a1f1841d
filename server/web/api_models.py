"""What devices and the desk say to each other beside `server.wire`: codes and times of Tokyo, no Japanese words."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from importlib.metadata import version
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from server.access import Condition, Device
from server.attempts import CallOutcome
from server.customers import AddressForm, Tier
from server.phone import LONGEST, e164
from server.progress import Calls, Progress
from server.records import Promise, SlotFull
from server.slots import Slot
from server.spans import TOKYO
from server.wire import Key, Moment, Urgency, WireModel

EXAMPLE_ID = "6f1c1f0e-6c0b-4c7e-9f53-1d1b8f5c2a10"
EXAMPLE_SLOT = {"begins": "2026-11-25T10:00:00+09:00", "ends": "2026-11-25T10:30:00+09:00"}

LocalMoment = Annotated[
    datetime, PlainSerializer(lambda moment: moment.astimezone(TOKYO).isoformat(), when_used="json")
]

Count = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
ErrorCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{0,64}$")]
Version = Annotated[str, StringConstraints(pattern=r"^[\w.+\- ]{0,64}$")]


def example(**values: Any) -> ConfigDict:
    """Return the model's example for the documentation."""
    return ConfigDict(frozen=True, json_schema_extra={"examples": [values]})


class Problem(BaseModel):
    """One thing wrong; `message` repeats nothing of what was sent."""

    field: str = Field(description='the field\'s path, "windows.0.ends"; "request" where the whole is wrong')
    message: str


class Problems(BaseModel):
    """Every refusal has this form."""

    model_config = example(problems=[{"field": "phone", "message": "is no valid phone number"}])
    problems: list[Problem]


class SlotAnswer(BaseModel):
    """A time for a call; ISO 8601 with +09:00."""

    model_config = example(**EXAMPLE_SLOT)
    begins: LocalMoment
    ends: LocalMoment


class Refusal(Problems):
    """The time cannot be promised; these can, as it stands."""

    model_config = example(problems=[{"field": "begins", "message": "is not free any more"}], offers=[EXAMPLE_SLOT])
    offers: list[SlotAnswer] = []


class EnrolWish(WireModel):
    """The code staff made, as it was read out: case, width, hyphens and spaces do not matter."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "7KQM-3XWP"}]})
    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class DeviceAnswer(BaseModel):
    """The device as the desk knows it."""

    model_config = example(id="lobby-1", name="1階ロビー")
    id: str = Field(description="to be sent as `device` of each request")
    name: str


class Enrolled(BaseModel):
    """The device is known.  The token is shown this once."""

    model_config = example(
        device={"id": "lobby-1", "name": "1階ロビー"}, token="kd_...",  # noqa: S106
        bundle_key="8pz1Cs0Nw4DkTVLKzqmE2nJXQ6u2bGfD6W3v6m0d1aI=",
    )  # fmt: skip
    device: DeviceAnswer
    token: str
    bundle_key: str = Field(description="the Ed25519 key to verify knowledge bundles with; base64")


class Heartbeat(WireModel):
    """The device lives."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "0.1.0"}]})
    version: Version = Field(description="of the program")
    knowledge: Version | None = Field(None, description='of the bundle it answers from; "": a base of its own')
    knowledge_refused: Version | None = Field(None, description='of the bundle it could not use; "": none')
    model: Version | None = Field(None, description="name of the speech model")
    up_s: Count | None = Field(None, description="seconds since the program began")
    free_mb: Count | None = Field(None, description="free on its disk, in 10^6 bytes")
    waiting: Count | None = Field(None, description="requests not handed in yet")
    audio: Literal["ok", "lost", "unknown"] | None = Field(None, description="lost: its microphone has gone")
    error: ErrorCode | None = Field(None, description='code of the last thing that went wrong; "": nothing did')

    @property
    def condition(self) -> Condition:
        """How it is, as far as it says."""
        return Condition(**self.model_dump(include={"model", "up_s", "free_mb", "waiting", "audio", "error"}))


class EarlierAnswer(BaseModel):
    """Because of the customer's tier the promise is earlier than anybody else's would have been; to be told openly."""

    model_config = example(tier="priority", label="優先サポート", minutes=90)
    tier: str
    label: str = Field(description="the tier as customers are told it")
    minutes: int | None = Field(description="how much earlier; null: nobody else would have got a time at all")


class Received(BaseModel):
    """The request is kept.  `offers` are there only where nothing could be promised."""

    model_config = example(
        id=EXAMPLE_ID, case="0b7e4d1c-94f5-4a53-8a60-0a6a3f0f5a77", joined=False, state="created",
        promise=EXAMPLE_SLOT, offers=[], earlier=None,
    )  # fmt: skip
    id: UUID
    case: UUID | None = Field(description="null: it was erased since")
    joined: bool = Field(description="it became another voice of an open case")
    state: Literal["created", "duplicate"]
    promise: SlotAnswer | None
    offers: list[SlotAnswer]
    earlier: EarlierAnswer | None = Field(None, description="why the promise is so early; null: it is nobody's favour")


class CallsAnswer(BaseModel):
    """Calls that rang at the customer's."""

    count: int
    last_outcome: CallOutcome | None
    last_at: LocalMoment | None


class CallbackAnswer(BaseModel):
    """What became of a request."""

    model_config = example(
        id=EXAMPLE_ID, state="promised", promise=EXAMPLE_SLOT, agent="佐藤",
        attempts={"count": 1, "last_outcome": "no_answer", "last_at": "2026-11-24T15:02:00+09:00"},
        close_reason=None, offers=[], recommend_until=None, earlier=None, address="sama", address_at=None,
    )  # fmt: skip
    id: UUID
    state: Progress
    promise: SlotAnswer | None
    agent: str | None = Field(description="who calls, as customers are told the name; null: nobody in particular yet")
    attempts: CallsAnswer
    close_reason: str | None
    offers: list[SlotAnswer] = Field(description="free times, where nothing is promised")
    recommend_until: LocalMoment | None = Field(
        default=None,
        description="until when this customer may be asked, once, whether they would recommend us, 0 to 10: at most "
        "once in 92 days, whichever device asks; null: not",
    )
    earlier: EarlierAnswer | None = Field(None, description="why the promise is so early; null: it is nobody's favour")
    address: AddressForm = Field(AddressForm.SAMA, description='how the customer is called; "plain": without the name')
    address_at: LocalMoment | None = Field(None, description="when somebody chose that last; null: nobody did")


class PromiseWish(WireModel):
    """Which slot the customer chose."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"begins": EXAMPLE_SLOT["begins"]}]})
    begins: Moment


class SlotsWish(WireModel):
    """What a customer who is known by now wishes; the number goes in the body, as in no log."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "topic": "refund", "begins": EXAMPLE_SLOT["begins"], "ends": "2026-11-25T12:00:00+09:00",
                    "phone": "090-1234-5678",
                }
            ]
        }
    )  # fmt: skip
    topic: Key
    urgency: Urgency = Urgency.NORMAL
    begins: Moment | None = None
    ends: Moment | None = None
    count: Annotated[int, Field(strict=True, ge=1, le=10)] = 3
    phone: Annotated[str, Field(max_length=LONGEST), AfterValidator(e164)]


class Slots(BaseModel):
    """Free times: those wished for first, then the next others; not kept free."""

    model_config = example(slots=[EXAMPLE_SLOT])
    slots: list[SlotAnswer]


class OpenBlock(BaseModel):
    """Open on that weekday from one time of the day to another; "24:00" is midnight at its end."""

    model_config = example(weekday=0, opens="09:00", closes="12:00")
    weekday: int = Field(ge=0, le=6, description="0 is Monday")
    opens: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    closes: str = Field(pattern=r"^([01]\d|2[0-4]):[0-5]\d$")


class HoursAnswer(BaseModel):
    """When calls are made, by Tokyo's clock: the week, and the days from today to the horizon on which none are."""

    model_config = example(
        weekdays=[{"weekday": 0, "opens": "09:00", "closes": "12:00"}], closed=["2026-11-23"],
        slot_minutes=30, horizon_days=14,
    )  # fmt: skip
    weekdays: list[OpenBlock] = Field(description="in order; several on one weekday are apart")
    closed: list[date] = Field(description="public holidays and closures")
    slot_minutes: int
    horizon_days: int = Field(description="nothing is promised for later")


class KeptAnswer(BaseModel):
    """With these conversations the device is done: kept, known before, or not wanted."""

    model_config = example(kept=[EXAMPLE_ID])
    kept: list[UUID]


class NewsAnswer(BaseModel):
    """Requests of this device whose case changed.  Ask on with `after` = `next`."""

    model_config = example(ids=[EXAMPLE_ID], next=4711)
    ids: list[UUID]
    next: int


class Health(BaseModel):
    """It lives, and which version of the program it is."""

    model_config = example(status="ok", version="0.1.0")
    status: Literal["ok"] = "ok"
    version: str = Field(default_factory=lambda: version("koemado"))  # also in openapi.json


def slot_answer(slot: Slot) -> SlotAnswer:
    """Return it as it is sent."""
    return SlotAnswer(begins=slot.span.begins, ends=slot.span.ends)


def slot_answers(slots: Sequence[Slot]) -> list[SlotAnswer]:
    """Return them as they are sent."""
    return [slot_answer(slot) for slot in slots]


def promise_answer(promise: Promise | SlotFull | None) -> SlotAnswer | None:
    """Return the promised time, if any."""
    return slot_answer(promise.slot) if isinstance(promise, Promise) else None


def earlier_answer(promise: Promise | SlotFull | None, tiers: Mapping[str, Tier]) -> EarlierAnswer | None:
    """Return why the promise is so early; None also for a tier the settings know no more."""
    earlier = promise.earlier if isinstance(promise, Promise) else None
    tier = tiers.get(earlier.tier) if earlier else None
    return EarlierAnswer(tier=tier.key, label=tier.label, minutes=earlier.minutes) if earlier and tier else None


def calls_answer(calls: Calls) -> CallsAnswer:
    """Return them as they are sent."""
    outcome = CallOutcome(calls.last_outcome) if calls.last_outcome else None
    return CallsAnswer(count=calls.count, last_outcome=outcome, last_at=calls.last_at)


def device_answer(device: Device) -> DeviceAnswer:
    """Return it as it is sent."""
    return DeviceAnswer(id=device.id, name=device.name)
