"""The microphone as an AudioSource: PortAudio's callback -> bounded queue -> 16 kHz chunks."""

import logging
import queue
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, Final, Protocol

import numpy as np
import soxr

from voice.audio import RECOGNITION_RATE_HZ, AudioChunk
from voice.errors import AudioDeviceError

log = logging.getLogger(__name__)

BLOCK_MS: Final = 50
QUEUED_BLOCKS: Final = 200  # 10 s; beyond that the oldest sound is dropped
LOST_AFTER_S: Final = 3.0  # without any block the device has gone


class InputStream(Protocol):
    """What is used of sounddevice.InputStream."""

    def start(self) -> None:
        """Begin to call back."""

    def close(self) -> None:
        """Stop and free the device."""


OpenStream = Callable[..., InputStream]


class Microphone:
    """Records mono int16 at the device's own rate and hands out 16 kHz.

    One object is one conversation: sound lost because nobody took it in time is logged once.
    `open_stream` stands in for sounddevice.InputStream, for tests.
    """

    def __init__(
        self,
        *,
        device: int | None,
        rate_hz: int,
        open_stream: OpenStream | None = None,
        lost_after_s: float = LOST_AFTER_S,
    ) -> None:
        self._device = device
        self._rate_hz = rate_hz
        self._open_stream = open_stream or _sounddevice_stream
        self._lost_after_s = lost_after_s
        self._blocks: queue.Queue[Any] = queue.Queue(QUEUED_BLOCKS)
        self.dropped_blocks = 0
        self._excused_blocks = 0  # of those, what nobody wanted to hear
        self._warned = False

    def chunks(self) -> Generator[AudioChunk]:
        """Yield sound for ever.  Raises AudioDeviceError when the device cannot be opened or goes away."""
        resampler = soxr.ResampleStream(self._rate_hz, RECOGNITION_RATE_HZ, 1, dtype="int16")
        stream = self._opened()
        try:
            stream.start()
            while True:
                samples = resampler.resample_chunk(self._next_block())
                if len(samples):
                    yield AudioChunk(samples=samples, rate_hz=RECOGNITION_RATE_HZ)
        finally:
            stream.close()

    def forget(self) -> None:
        """Throw away what was recorded but not yet taken (the assistant's own voice)."""
        while not self._blocks.empty():
            self._blocks.get_nowait()
        self._excused_blocks = self.dropped_blocks

    def _opened(self) -> InputStream:
        blocksize = self._rate_hz * BLOCK_MS // 1000
        try:
            return self._open_stream(
                device=self._device,
                samplerate=self._rate_hz,
                channels=1,
                dtype="int16",
                blocksize=blocksize,
                callback=self._take,
            )
        except Exception as error:  # PortAudioError cannot be imported where PortAudio is missing
            raise AudioDeviceError(
                f"the microphone cannot be opened ({error}): `koemado devices` lists others"
            ) from error

    def _take(self, indata: Any, _frames: int, _time: Any, _status: Any) -> None:
        """Run in PortAudio's thread, the only one that puts: copy and go."""
        block = np.array(indata[:, 0], np.int16)
        try:
            self._blocks.put_nowait(block)
        except queue.Full:
            with suppress(queue.Empty):  # the reader may have made room just now
                self._blocks.get_nowait()
                self.dropped_blocks += 1
            self._blocks.put_nowait(block)

    def _next_block(self) -> Any:
        if self.dropped_blocks > self._excused_blocks and not self._warned:
            self._warned = True
            log.warning("sound from the microphone was lost: this machine is too slow for its speech model")
        try:
            return self._blocks.get(timeout=self._lost_after_s)
        except queue.Empty:
            raise AudioDeviceError("the microphone went away: plug it in again and restart `koemado talk`") from None


def _sounddevice_stream(**options: Any) -> InputStream:
    import sounddevice

    stream: InputStream = sounddevice.InputStream(**options)
    return stream
