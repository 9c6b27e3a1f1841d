"""A wake word that is heard when the test says, for everything above it."""

from collections.abc import Iterable

from voice.audio import AudioChunk
from voice.wake.wake import Wake


class ScriptedWakeWords:
    """Hears the wake word at each of these seconds of the stream, in the piece in which it lies."""

    def __init__(self, ends_s: Iterable[float], *, phrase: str = "ねえ、こえまど") -> None:
        self._script = sorted(ends_s)
        self._phrase = phrase
        self._heard_s = 0.0

    def accept(self, chunk: AudioChunk) -> Wake | None:
        """Take the next piece of the stream."""
        before, self._heard_s = self._heard_s, self._heard_s + len(chunk.samples) / chunk.rate_hz
        due = [end_s for end_s in self._script if before < end_s <= self._heard_s]
        return Wake(phrase=self._phrase, score=5.0, ended_at_s=due[0]) if due else None

    def reset(self) -> None:
        """A new stream begins; its clock starts at 0."""
        self._heard_s = 0.0
