"""A recording that a customer agreed to, as the device hands it to the desk."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from server.recordings import wav_of


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the customer said in a turn of the log."""

    turn: int  # from 0
    sound: bytes = field(repr=False)  # 16 kHz mono s16le


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """All of one conversation that may be heard."""

    conversation: UUID  # its id in the log
    request: UUID | None  # for a call, that came of it
    agreed_at: datetime  # aware
    wording: str  # of the question
    utterances: tuple[Utterance, ...] = field(repr=False)
    withheld: tuple[int, ...] = ()  # turns whose sound is left out: name, number or address may be in it

    def body(self) -> bytes:
        """Return it as `server.recordings.RecordingGiven` reads it."""
        told = {
            "consent": {"at": self.agreed_at.isoformat(), "wording": self.wording},
            "callback": str(self.request) if self.request else None,
            "utterances": [
                {"turn": one.turn, "wav": b64encode(wav_of(one.sound)).decode("ascii")} for one in self.utterances
            ],
            "withheld": list(self.withheld),
        }
        return json.dumps(told, ensure_ascii=False).encode()
