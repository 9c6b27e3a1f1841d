"""PortAudio's output stream, through sounddevice: opening it, and what its errors mean."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from hardware.errors import PortAudioMissing
from hardware.portaudio import THE_PORTAUDIO, HeldStream
from hardware.stream_formats import INVALID_SAMPLE_RATE, StreamFormat, code_of, offers, opened_somehow
from voice.audio import Samples
from voice.errors import AudioDeviceError
from voice.speech.pcm import spread

BLOCK_MS = 20
LATENCY_S = 0.1  # of the device's buffer; PortAudio's own choice, 35 ms on PulseAudio, breaks up on a busy machine
PORTAUDIO_MISSING = "PortAudio is not installed: run `sudo apt-get install libportaudio2`"

Fill = Callable[[Samples], bool]  # fills a block to its end; False when the sound has ended in it


class OutputStream(Protocol):
    """A stream that asks for samples from a thread of its own, once started."""

    def start(self) -> None:
        """Begin to ask.  Raises AudioDeviceError."""
        ...

    def close(self) -> None:
        """Be silent at once, whatever is still buffered, and free the device."""
        ...


class OpenStream(Protocol):
    """How a stream is opened; a stand-in makes one without hardware."""

    def __call__(
        self, *, device: str | int | None, rate_hz: int, fill: Fill, ended: Callable[[], None]
    ) -> OutputStream:
        """A mono int16 stream, not started.

        Calls `fill` with blocks of at most 20 ms until it returns False, plays what it has, then calls `ended`; also
        calls `ended` when the device goes away.  Raises RateRefused, AudioDeviceError.
        """
        ...


class RateRefused(AudioDeviceError):
    """The device does not play at this rate, but at its own."""

    def __init__(self, device_rate_hz: int) -> None:
        super().__init__(f"the loudspeaker plays at {device_rate_hz} Hz only")
        self.device_rate_hz = device_rate_hz


class PortAudioStream:
    """An OutputStream on a real device, in as many channels and whichever samples it takes."""

    def __init__(self, *, device: str | int | None, rate_hz: int, fill: Fill, ended: Callable[[], None]) -> None:
        self._sounddevice = load_sounddevice()
        self._fill = fill
        self._ended = ended
        self._tail = round(2 * LATENCY_S * rate_hz)  # PulseAudio drops the last 1.8 buffers, so they must be silence
        self._quiet = 0  # samples of silence given last
        self._more = True
        try:
            self._stream = self._opened(device, rate_hz)
        except (self._sounddevice.PortAudioError, ValueError) as error:
            raise self._meaning(error, device, rate_hz) from error

    def start(self) -> None:
        """Begin to ask for samples.  Raises AudioDeviceError."""
        try:
            self._stream.start()
        except self._sounddevice.PortAudioError as error:
            raise AudioDeviceError(f"the loudspeaker does not start ({_reason(error)}); check its cable") from error

    def close(self) -> None:
        """Drop what is buffered and free the device; a device that has gone away is no error here."""
        self._stream.close()

    def _opened(self, device: str | int | None, rate_hz: int) -> HeldStream:
        most = offers(rates_hz=[rate_hz], most_channels=self._most_channels(device))
        at_this_rate = replace(most, rates_hz=(rate_hz,))  # another one is for the caller, who resamples
        return opened_somehow(lambda asked: self._opened_as(device, asked), at_this_rate)[0]

    def _opened_as(self, device: str | int | None, asked: StreamFormat) -> HeldStream:
        return THE_PORTAUDIO.opened(
            lambda sounddevice: sounddevice.OutputStream(
                samplerate=asked.rate_hz,
                blocksize=asked.rate_hz * BLOCK_MS // 1000,
                device=device,
                channels=asked.channels,
                dtype=asked.dtype,
                latency=LATENCY_S,
                callback=self._callback,
                finished_callback=self._ended,
            )
        )

    def _most_channels(self, device: str | int | None) -> int:
        with THE_PORTAUDIO.turn() as sounddevice:
            return int(sounddevice.query_devices(device, "output")["max_output_channels"])

    def _callback(self, out: Any, _frames: int, _time: object, _status: object) -> None:
        plain = out.shape[1] == 1 and out.dtype == np.int16
        samples = out[:, 0] if plain else np.zeros(len(out), np.int16)
        if self._more:
            self._more = self._fill(samples)
        else:
            samples[:] = 0
        self._quiet = _quiet(samples, self._quiet)
        if not plain:
            spread(samples, out)
        if not self._more and self._quiet >= self._tail:
            raise self._sounddevice.CallbackStop

    def _meaning(self, error: Exception, device: str | int | None, rate_hz: int) -> AudioDeviceError:
        if code_of(error) == INVALID_SAMPLE_RATE:
            with THE_PORTAUDIO.turn() as sounddevice:
                return RateRefused(int(sounddevice.query_devices(device, "output")["default_samplerate"]))
        named = "the loudspeaker" if device is None else f"the loudspeaker {device!r}"
        return AudioDeviceError(f"{named} cannot be opened ({_reason(error)}): `koemado devices` lists what is there")


def _quiet(samples: Samples, before: int) -> int:
    """How many samples of silence there are at the end now, with `before` ahead of these."""
    loud = np.flatnonzero(samples)
    return len(samples) - 1 - int(loud[-1]) if len(loud) else before + len(samples)


def has_loudspeaker() -> bool:
    """Whether PortAudio is installed and knows a default output device."""
    try:
        with THE_PORTAUDIO.turn() as sounddevice:
            return _plays(sounddevice)
    except PortAudioMissing:
        return False


def _plays(sounddevice: Any) -> bool:
    try:
        return bool(sounddevice.query_devices(kind="output")["max_output_channels"])
    except (sounddevice.PortAudioError, ValueError):
        return False


def load_sounddevice() -> Any:
    """The module, on first use: importing it needs PortAudio.  Raises AudioDeviceError."""
    try:
        with THE_PORTAUDIO.turn() as sounddevice:
            return sounddevice
    except PortAudioMissing as error:
        raise AudioDeviceError(PORTAUDIO_MISSING) from error


def _reason(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__
