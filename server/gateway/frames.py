"""The messages of the WebSocket `/talk/socket` (docs/voice-gateway.md): JSON text frames, and binary frames of sound.

A binary frame is a big-endian unsigned 32-bit number and 16-bit little-endian mono samples.  From the browser the number
counts frames from 0, so that what is lost or comes twice is noticed; to the browser it is the turn the sound belongs to.
"""

import json
import struct
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from server.gateway.ports import Event, Heard, Partial, Sound, SoundEnd, SpeechBegan, Told

VERSION: Final = 1
RATE_HZ: Final = 16_000  # of what the browser sends
LARGEST_SOUND: Final = 4 + 2 * RATE_HZ  # bytes: a second
LARGEST_TEXT: Final = 4_096  # characters of JSON
LARGEST_FRAME: Final = max(LARGEST_SOUND, 4 * LARGEST_TEXT)  # bytes
LONGEST_LINE: Final = 400  # characters
_NUMBER: Final = struct.Struct(">I")
_NAMES: Final[dict[type, str]] = {
    Partial: "partial", SpeechBegan: "speech_began", Heard: "heard", Told: "told", SoundEnd: "sound_end",
}  # fmt: skip


class FrameInvalid(ValueError):
    """Not what a browser of ours sends; the text quotes nothing of it."""


class Message(BaseModel):
    """From the browser."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Hello(Message):
    """The first message: a new talk, or the one of an earlier connection."""

    type: Literal["hello"]
    version: Literal[1]
    resume: str = Field("", max_length=64)  # the ticket of the talk


class Line(Message):
    """A typed line, or what a tapped button says."""

    type: Literal["line"]
    text: str = Field(min_length=1, max_length=LONGEST_LINE)


class Fill(Message):
    """The form as the customer corrected it."""

    type: Literal["fill"]
    name: str | None = Field(None, max_length=80)
    phone: str | None = Field(None, max_length=40)
    when: str | None = Field(None, max_length=80)


class LetGo(Message):
    """The talk button was let go."""

    type: Literal["let_go"]


class Hush(Message):
    """The answer is to stop."""

    type: Literal["hush"]


class Bye(Message):
    """The customer leaves; the talk is forgotten."""

    type: Literal["bye"]


FromBrowser = Hello | Line | Fill | LetGo | Hush | Bye
_MESSAGES: Final[TypeAdapter[FromBrowser]] = TypeAdapter(FromBrowser)


@dataclass(frozen=True, slots=True)
class SoundFrame:
    """Sound of the microphone; `number` counts a connection's frames from 0."""

    number: int
    pcm: bytes = field(repr=False)


def parse_text(text: str) -> FromBrowser:
    """Read a text frame.  Raises FrameInvalid."""
    if len(text) > LARGEST_TEXT:
        raise FrameInvalid("the message is too long")
    try:
        return _MESSAGES.validate_json(text)
    except ValueError as error:
        raise FrameInvalid("the message is none of this protocol") from error


def parse_sound(raw: bytes) -> SoundFrame:
    """Read a binary frame.  Raises FrameInvalid."""
    if not _NUMBER.size < len(raw) <= LARGEST_SOUND or len(raw) % 2:
        raise FrameInvalid("a frame of sound has a number and 1 to 16000 samples")
    return SoundFrame(_NUMBER.unpack_from(raw)[0], raw[_NUMBER.size :])


def sound_frame(sound: Sound) -> bytes:
    """Return what is sent of a piece of an answer."""
    return _NUMBER.pack(sound.turn) + sound.pcm


def event_text(event: Event) -> str:
    """Return an event as a text frame; not for `Sound`.  Raises KeyError."""
    return text_frame(_NAMES[type(event)], **asdict(event))


def text_frame(kind: str, /, **values: Any) -> str:
    """Return a text frame to the browser."""
    return json.dumps({"type": kind, **values}, ensure_ascii=False)
