"""Audio as values: mono 16-bit samples that know their rate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RECOGNITION_RATE_HZ = 16_000  # what Vosk's Japanese models and Silero VAD expect

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AudioChunk:
    """A piece of sound: mono int16 samples."""

    samples: Samples  # shape (n,)
    rate_hz: int

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds, rounded down."""
        return len(self.samples) * 1000 // self.rate_hz
