"""What a device tells of its conversations, for insight: the wire model that device and backend share.  Text only."""

from collections.abc import Iterable
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from server.wire import LONGEST_CONVERSATION, LONGEST_TURN, MOST_TURNS, Key, Moment, WireModel, plain

MOST_AT_ONCE = 50  # conversations in a batch
MOST_SCORE = 1_000_000.0

# Empty where nothing was heard or said.
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TURN), AfterValidator(plain)]
Score = Annotated[float, Field(ge=-MOST_SCORE, le=MOST_SCORE, allow_inf_nan=False)]


class LoggedTurn(WireModel):
    """One turn: what was heard, what was said to it, and what it was taken for."""

    at: Moment  # by the device's clock, which may be wrong
    heard: Text  # personal data masked; "" for silence
    said: Text
    outcome: Key  # "answered", "unknown", ...: the device's own keys
    topic: Key | None = None  # None: none was found
    score: Score | None = None  # of the best candidate
    stage: Key | None = None  # of the callback form; None: not in it
    understood: bool


class LoggedConversation(WireModel):
    """One conversation.  `id` is made once on the device; sent again with more turns, it replaces the shorter one."""

    id: UUID
    device: Key
    began_at: Moment
    ended_at: Moment  # so far
    callback: UUID | None = None  # the request that came of it: erased with that customer
    turns: Annotated[tuple[LoggedTurn, ...], Field(max_length=MOST_TURNS, json_schema_extra={"minItems": 1})]

    @field_validator("turns")
    @classmethod
    def _bounded(cls, turns: tuple[LoggedTurn, ...]) -> tuple[LoggedTurn, ...]:
        if not turns:
            raise ValueError("must have at least one")
        if sum(len(turn.heard) + len(turn.said) for turn in turns) > LONGEST_CONVERSATION:
            raise ValueError(f"must have at most {LONGEST_CONVERSATION} characters together")
        return turns

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.ended_at < self.began_at:
            raise ValueError("must not end before it begins")
        return self


class ConversationBatch(WireModel):
    """Some conversations of one device."""

    conversations: Annotated[tuple[LoggedConversation, ...], Field(max_length=MOST_AT_ONCE)]

    @field_validator("conversations")
    @classmethod
    def _each_once(cls, given: tuple[LoggedConversation, ...]) -> tuple[LoggedConversation, ...]:
        if len({one.id for one in given}) < len(given):
            raise ValueError("must have each id once")
        return given


def bodies(conversations: Iterable[LoggedConversation], *, largest: int) -> list[bytes]:
    """Return batches as they are sent, none larger than that many bytes unless one conversation alone is."""
    found: list[bytes] = []
    batch: list[bytes] = []
    size = 0
    for written in (one.model_dump_json().encode() for one in conversations):
        if batch and (len(batch) == MOST_AT_ONCE or size + len(written) + 1 > largest - len(_WRAPPED)):
            found.append(_WRAPPED % b",".join(batch))
            batch, size = [], 0
        batch.append(written)
        size += len(written) + 1
    return [*found, _WRAPPED % b",".join(batch)] if batch else found


_WRAPPED = b'{"conversations":[%s]}'
