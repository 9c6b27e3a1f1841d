"""Recordings that customers agreed to: the wire model that device and backend share, and the one form of their sound."""

import io
import wave
from base64 import b64decode
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from server.wire import MOST_TURNS, Consent, WireModel

RATE_HZ: Final = 16_000
WIDTH: Final = 2  # bytes of a sample
BYTES_PER_S: Final = RATE_HZ * WIDTH
LONGEST_S: Final = 180  # of a conversation
MOST_UTTERANCES: Final = MOST_TURNS
LARGEST_RECORDING: Final = 8 * 1024 * 1024  # bytes of JSON: three minutes are 7.7 MB in base64

_EXAMPLE: Final[dict[str, Any]] = {
    "consent": {
        "at": "2026-11-25T10:00:20+09:00",
        "wording": "ただいまの会話の録音を、担当者が聞いてもよろしいでしょうか。",
    },
    "callback": None,
    "utterances": [{"turn": 0, "wav": "UklGRiYAAABXQVZFZm10IBAAAAABAAEAgD4AAAB9AAACABAAZGF0YQIAAAAAAA=="}],
    "withheld": [1],
}


def wav_of(pcm: bytes) -> bytes:
    """Return 16-bit mono samples of 16 kHz as a WAV file, with nothing else in it."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(WIDTH)
        file.setframerate(RATE_HZ)
        file.writeframes(pcm)
    return out.getvalue()


def pcm_in(wav: bytes) -> bytes:
    """Return the samples of such a file.  Raises ValueError for any other, a damaged one, and one that holds more."""
    try:
        with wave.open(io.BytesIO(wav)) as file:
            pcm: bytes = file.readframes(file.getnframes())
    except (wave.Error, EOFError, ValueError) as error:
        raise ValueError("must be a whole WAV file: PCM, mono, 16 bit, 16000 Hz") from error
    if not pcm or wav_of(pcm) != wav:
        raise ValueError("must be a whole WAV file: PCM, mono, 16 bit, 16000 Hz, and nothing else in it")
    return pcm


def _wav(given: Any) -> bytes:
    if not isinstance(given, str):
        raise ValueError("must be base64")  # noqa: TRY004 - what a validator raises
    try:
        found = b64decode(given, validate=True)
    except ValueError as error:
        raise ValueError("must be base64") from error
    pcm_in(found)
    return found


Turn = Annotated[int, Field(strict=True, ge=0, lt=MOST_TURNS)]
Wav = Annotated[
    bytes,
    BeforeValidator(_wav, json_schema_input_type=str),
    PlainSerializer(lambda _: "", return_type=str),  # never told again in this form
]


class RecordedUtterance(WireModel):
    """What the customer said in one turn of the logged conversation."""

    turn: Turn = Field(description="its number in the conversation, from 0")
    wav: Wav = Field(description="base64 of a WAV file: PCM, mono, 16 bit, 16000 Hz, nothing else in it")


class RecordingGiven(WireModel):
    """The recording of a conversation, and that its customer agreed to staff hearing it: when, and to which words."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})
    consent: Consent
    callback: UUID | None = None  # the request that came of the conversation
    utterances: Annotated[
        tuple[RecordedUtterance, ...], Field(max_length=MOST_UTTERANCES, json_schema_extra={"minItems": 1})
    ]
    withheld: Annotated[tuple[Turn, ...], Field(max_length=MOST_TURNS)] = ()  # a name, number or address may be in it

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        turns = [one.turn for one in self.utterances]
        if not turns:
            raise ValueError("must have at least one utterance")
        if len(set(turns)) < len(turns) or set(turns) & set(self.withheld):
            raise ValueError("must have each turn once")
        if sum(len(pcm_in(one.wav)) for one in self.utterances) > LONGEST_S * BYTES_PER_S:
            raise ValueError(f"must have at most {LONGEST_S} s of sound")
        return self
