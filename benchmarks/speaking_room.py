"""A room with a loudspeaker, a microphone and a customer, on a clock of its own that counts audio.

The loudspeaker is the hardware of a real `SounddeviceSink`: the room asks it for blocks of 20 ms.  What it plays comes back
through the room's response, later and fainter, together with what the customer says.  Time stands still while the box
thinks, so a run does not depend on how fast the machine is.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from threading import Event, Lock

import numpy as np
import soxr
from numpy.typing import NDArray

from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples

TICK_MS = 20
BUFFERED = RECOGNITION_RATE_HZ * 40 // 1000  # samples between what the sink hands out and what is heard
TICK = RECOGNITION_RATE_HZ * TICK_MS // 1000
THINKS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """From the loudspeaker to the microphone."""

    delay_ms: float
    level_db: float
    response: NDArray[np.float64]  # energy 1

    def kernel(self) -> NDArray[np.float64]:
        """All of it, as one response."""
        silence = np.zeros(int(self.delay_ms * RECOGNITION_RATE_HZ / 1000))
        return np.concatenate([silence, self.response * 10 ** (self.level_db / 20)])


class _Stream:
    """As `FakeLoudspeaker`, for one sound."""

    def __init__(self, room: "Room", rate_hz: int, fill: Callable[[Samples], bool], ended: Callable[[], None]) -> None:
        self._room, self.rate_hz, self.fill, self.ended = room, rate_hz, fill, ended
        self.heard_at = 0  # the sample of the room at which its next piece is heard
        self.resampler = soxr.ResampleStream(rate_hz, RECOGNITION_RATE_HZ, 1, dtype="float32")

    def start(self) -> None:
        self._room.begin(self)

    def close(self) -> None:
        self._room.end(self)


class Room:
    """A LiveSource, and where a sink plays; `is_busy` says whether the box thinks."""

    def __init__(self, path: Path, seconds: float, *, seed: int = 1, tone: float = 5.0) -> None:
        self._kernel = path.kernel()
        self._size = int(seconds * RECOGNITION_RATE_HZ)
        self._tone = np.random.default_rng(seed).standard_normal(self._size) * tone
        self._customer = np.zeros(self._size)
        self._echo = np.zeros(self._size + len(self._kernel) + TICK)
        self._at = 0  # samples
        self._stream: _Stream | None = None
        self._lock = Lock()
        self._changed = Event()
        self.is_busy: Callable[[], bool] = lambda: False
        self.on_tick: Callable[[float], None] = lambda _now_s: None
        self.played = np.zeros(self._size + TICK)  # what left the loudspeaker
        self.opened = 0

    @property
    def now_s(self) -> float:
        """The room's time."""
        return self._at / RECOGNITION_RATE_HZ

    def say(self, samples: NDArray[np.float64], at_s: float) -> None:
        """Let the customer say it then."""
        start = int(at_s * RECOGNITION_RATE_HZ)
        piece = samples[: self._size - start]
        self._customer[start : start + len(piece)] += piece

    def open_stream(
        self, *, device: object, rate_hz: int, fill: Callable[[Samples], bool], ended: Callable[[], None]
    ) -> _Stream:
        """As OpenStream has it."""
        return _Stream(self, rate_hz, fill, ended)

    def begin(self, stream: _Stream) -> None:
        """The loudspeaker begins to play."""
        stream.heard_at = self._at + BUFFERED
        with self._lock:
            self._stream = stream
        self._changed.set()

    def end(self, stream: _Stream) -> None:
        """... and is silent."""
        with self._lock:
            if self._stream is stream:
                self._stream = None
        self._changed.set()

    def finish(self) -> None:
        """The microphone ends here."""
        self._size = self._at

    def forget(self) -> None:
        """Nothing waits to be taken: time passes only while somebody listens."""

    def chunks(self) -> Generator[AudioChunk]:
        """What the microphone hears from now on, 20 ms at a time."""
        self.opened += 1
        while self._at + TICK <= self._size:
            self.on_tick(self.now_s)
            self._wait_for_thought()
            self._play()
            start, self._at = self._at, self._at + TICK
            heard = self._customer[start : self._at] + self._echo[start : self._at] + self._tone[start : self._at]
            yield AudioChunk(
                samples=np.clip(np.rint(heard), -32768, 32767).astype(np.int16), rate_hz=RECOGNITION_RATE_HZ
            )

    def _wait_for_thought(self) -> None:
        waited = 0
        while self._stream is None and self.is_busy():
            self._changed.clear()
            waited += not self._changed.wait(0.005)
            if waited > THINKS_WITHIN_S / 0.005:
                raise TimeoutError("the box thinks for ever")

    def _play(self) -> None:
        with self._lock:
            stream = self._stream
        if stream is None:
            return
        block = np.zeros(stream.rate_hz * TICK_MS // 1000, np.int16)
        more = stream.fill(block)
        self._sound(stream, stream.resampler.resample_chunk(block.astype(np.float32), last=not more))
        if not more:
            self.end(stream)
            stream.ended()

    def _sound(self, stream: _Stream, piece: NDArray[np.float32]) -> None:
        wave, at = piece.astype(np.float64), stream.heard_at
        stream.heard_at += len(wave)
        self.played[at : at + len(wave)] += wave[: max(0, len(self.played) - at)]
        if len(wave):
            echo = np.convolve(wave, self._kernel)
            end = min(len(self._echo), at + len(echo))
            self._echo[at:end] += echo[: max(0, end - at)]
