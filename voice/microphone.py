"""One microphone as an AudioSource: PortAudio's callback -> bounded queue -> 16 kHz chunks."""

import logging
import queue
from collections.abc import Callable, Generator
from contextlib import suppress
from threading import Event
from typing import Any, Final, Protocol

import soxr

from hardware.portaudio import THE_PORTAUDIO
from hardware.stream_formats import StreamFormat, offers, opened_somehow
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk
from voice.errors import AudioDeviceError
from voice.speech.pcm import mono_int16

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
    """Records at the device's own rate, with as many channels as it insists on, and hands out 16 kHz mono.

    One object is one conversation: sound lost because nobody took it in time is logged once.
    `open_stream` stands in for sounddevice.InputStream, for tests.
    """

    def __init__(
        self,
        *,
        device: int | None,
        rate_hz: int,
        most_channels: int = 1,
        open_stream: OpenStream | None = None,
        lost_after_s: float = LOST_AFTER_S,
    ) -> None:
        self._device = device
        self._offers = offers(rates_hz=[rate_hz], most_channels=most_channels)
        self._open_stream = open_stream or _sounddevice_stream
        self._lost_after_s = lost_after_s
        self._blocks: queue.Queue[Any] = queue.Queue(QUEUED_BLOCKS)  # None: a stream has ended
        self.dropped_blocks = 0
        self._excused_blocks = 0  # of those, what nobody wanted to hear
        self._warned = False

    def chunks(self) -> Generator[AudioChunk]:
        """Yield sound for ever.  Raises AudioDeviceError when the device cannot be opened or goes away."""
        ended = Event()
        stream, taken = self._opened(ended)
        resampler = soxr.ResampleStream(taken.rate_hz, RECOGNITION_RATE_HZ, 1, dtype="int16")
        try:
            self._start(stream)
            while True:
                samples = resampler.resample_chunk(self._next_block(ended))
                if len(samples):
                    yield AudioChunk(samples=samples, rate_hz=RECOGNITION_RATE_HZ)
        finally:
            stream.close()

    def forget(self) -> None:
        """Throw away what was recorded but not yet taken (the assistant's own voice)."""
        while not self._blocks.empty():
            self._blocks.get_nowait()
        self._excused_blocks = self.dropped_blocks

    def _opened(self, ended: Event) -> tuple[InputStream, StreamFormat]:
        try:
            return opened_somehow(lambda asked: self._opened_as(asked, ended), self._offers)
        except Exception as error:  # PortAudioError cannot be imported where PortAudio is missing
            raise _unusable(error) from error

    def _opened_as(self, asked: StreamFormat, ended: Event) -> InputStream:
        return self._open_stream(
            device=self._device,
            samplerate=asked.rate_hz,
            channels=asked.channels,
            dtype=asked.dtype,
            blocksize=asked.rate_hz * BLOCK_MS // 1000,
            callback=self._take,
            finished_callback=lambda: self._end(ended),
        )

    def _start(self, stream: InputStream) -> None:
        try:
            stream.start()
        except Exception as error:  # as above
            raise _unusable(error) from error

    def _take(self, indata: Any, _frames: int, _time: Any, _status: Any) -> None:
        """Run in PortAudio's thread, the only one that puts: copy and go."""
        block = mono_int16(indata)
        try:
            self._blocks.put_nowait(block)
        except queue.Full:
            with suppress(queue.Empty):  # the reader may have made room just now
                self._blocks.get_nowait()
                self.dropped_blocks += 1
            self._blocks.put_nowait(block)

    def _end(self, ended: Event) -> None:
        """The stream is over: closed, or its device has gone."""
        ended.set()
        with suppress(queue.Full):  # who takes the rest will look at `ended`
            self._blocks.put_nowait(None)

    def _next_block(self, ended: Event) -> Any:
        if self.dropped_blocks > self._excused_blocks and not self._warned:
            self._warned = True
            log.warning("sound from the microphone was lost: this machine is too slow for its speech model")
        block = None
        while block is None:
            if ended.is_set() and self._blocks.empty():
                raise _gone()
            try:
                block = self._blocks.get(timeout=self._lost_after_s)
            except queue.Empty:
                raise _gone() from None
        return block


def _gone() -> AudioDeviceError:
    return AudioDeviceError("the microphone went away: plug it in again")


def _unusable(error: Exception) -> AudioDeviceError:
    reason = error.args[0] if error.args else type(error).__name__
    return AudioDeviceError(f"the microphone cannot be opened ({reason}): `koemado devices` lists others")


def _sounddevice_stream(**options: Any) -> InputStream:
    return THE_PORTAUDIO.opened(lambda sounddevice: sounddevice.InputStream(**options), yields=True)
