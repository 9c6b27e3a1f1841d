"""What the wake word's detector says, and the port behind which it stands."""

from dataclasses import dataclass
from typing import Protocol

from voice.audio import AudioChunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """Somebody called the box."""

    phrase: str  # as it is written in the settings
    score: float  # log odds that it was the phrase; above the threshold, mostly 2 to 8
    ended_at_s: float  # where its last sound ends, on the clock of the stream: seconds of audio since the last reset


class WakeWords(Protocol):
    """Listens for the wake word in a stream of 16 kHz mono audio."""

    def accept(self, chunk: AudioChunk) -> Wake | None:
        """Take the next piece of the stream; the wake word if its end was noticed in it, mostly 0.2 s after."""
        ...

    def reset(self) -> None:
        """A new stream begins; its clock starts at 0."""
        ...
