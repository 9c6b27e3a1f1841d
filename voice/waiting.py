"""Counting, in audio time, for how long nobody has said anything: who was asked something, or who called."""

from typing import Final

from intents.patience import Patience

SETTLED_MS: Final = 2_000  # who spoke a moment ago, too little to be heard, is about to speak again
NOISE_MS: Final = (
    30_000  # what sounds like speech for that long, and never becomes words, is a room and nobody who answers
)


class Waiting:
    """One wait, from the end of what the assistant said.  Without patience it never ends."""

    def __init__(self, patience: Patience | None) -> None:
        self._patience = patience
        self._waited_ms = 0.0
        self._quiet_ms = float(SETTLED_MS)  # since speech was heard

    def is_over(self, passed_ms: float, *, hears_speech: bool) -> bool:
        """Let so much audio pass; whether nobody has begun to speak in time.  Speech holds it off, noise not for ever."""
        self._waited_ms += passed_ms
        self._quiet_ms = 0.0 if hears_speech else self._quiet_ms + passed_ms
        if self._patience is None or self._waited_ms < self._patience.wait_ms:
            return False
        return self._quiet_ms >= SETTLED_MS or self._waited_ms >= self._patience.wait_ms + NOISE_MS


class Quiet:
    """So much quiet from now on, once; speech in it takes it away.  Without a length it never comes."""

    def __init__(self, ms: float | None) -> None:
        self._left_ms = ms

    def has_come(self, passed_ms: float, *, hears_speech: bool) -> bool:
        """Let so much audio pass; whether the quiet became long enough in it."""
        if self._left_ms is None or hears_speech:
            self._left_ms = None
            return False
        self._left_ms -= passed_ms
        if self._left_ms > 0:
            return False
        self._left_ms = None
        return True
