"""A sound source in memory, for tests."""

from collections.abc import Generator

from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples


class MemorySource:
    """Gives out the samples it was given (16 kHz), 100 ms at a time; as a live source it waits for who listens."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self.given_ms = 0  # so far

    def chunks(self) -> Generator[AudioChunk]:
        """Yield all of it, every time it is asked."""
        size = RECOGNITION_RATE_HZ // 10
        for start in range(0, len(self._samples), size):
            self.given_ms += 100
            yield AudioChunk(samples=self._samples[start : start + size], rate_hz=RECOGNITION_RATE_HZ)

    def forget(self) -> None:
        """Nothing comes while nobody listens."""
