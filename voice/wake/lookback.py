"""The last seconds of a stream, so that what followed the wake word in the same breath is heard as the question."""

from collections import deque
from typing import Final

import numpy as np

from voice.audio import RECOGNITION_RATE_HZ, AudioChunk

KEPT_S: Final = 2.0  # a wake word is noticed some 0.3 s after its end


class Lookback:
    """Keeps what the detector is given, on the same clock."""

    def __init__(self, kept_s: float = KEPT_S) -> None:
        self._most = int(kept_s * RECOGNITION_RATE_HZ)
        self.reset()

    def reset(self) -> None:
        """A new stream begins; its clock starts at 0."""
        self._chunks: deque[AudioChunk] = deque()
        self._size = 0  # samples kept
        self._seen = 0  # samples of the stream

    def accept(self, chunk: AudioChunk) -> None:
        """Take the next piece of the stream."""
        self._chunks.append(chunk)
        self._size += len(chunk.samples)
        self._seen += len(chunk.samples)
        while self._size - len(self._chunks[0].samples) >= self._most:
            self._size -= len(self._chunks.popleft().samples)

    def since(self, at_s: float) -> AudioChunk:
        """What came from that second of the stream on, as far back as it is kept; without samples if nothing did."""
        kept = np.concatenate([np.zeros(0, np.int16), *(chunk.samples for chunk in self._chunks)])
        begin = int(at_s * RECOGNITION_RATE_HZ) - (self._seen - self._size)
        return AudioChunk(samples=kept[max(0, begin) :], rate_hz=RECOGNITION_RATE_HZ)
