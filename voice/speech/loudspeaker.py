"""PortAudio's output stream, through sounddevice: opening it, and what its errors mean."""

from collections.abc import Callable
from typing import Any, Protocol

from voice.audio import Samples
from voice.errors import AudioDeviceError

BLOCK_MS = 20
INVALID_SAMPLE_RATE = -9997  # paInvalidSampleRate in portaudio.h
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
    """An OutputStream on a real device."""

    def __init__(self, *, device: str | int | None, rate_hz: int, fill: Fill, ended: Callable[[], None]) -> None:
        self._sounddevice = load_sounddevice()
        self._fill = fill
        self._ended = ended
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
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def _opened(self, device: str | int | None, rate_hz: int) -> Any:
        return self._sounddevice.OutputStream(
            samplerate=rate_hz,
            blocksize=rate_hz * BLOCK_MS // 1000,
            device=device,
            channels=1,
            dtype="int16",
            callback=self._callback,
            finished_callback=self._ended,
        )

    def _callback(self, out: Any, _frames: int, _time: object, _status: object) -> None:
        if not self._fill(out[:, 0]):
            raise self._sounddevice.CallbackStop

    def _meaning(self, error: Exception, device: str | int | None, rate_hz: int) -> AudioDeviceError:
        if INVALID_SAMPLE_RATE in error.args:
            own_rate_hz = int(self._sounddevice.query_devices(device, "output")["default_samplerate"])
            if own_rate_hz != rate_hz:
                return RateRefused(own_rate_hz)
        named = "the loudspeaker" if device is None else f"the loudspeaker {device!r}"
        return AudioDeviceError(f"{named} cannot be opened ({_reason(error)}): `koemado devices` lists what is there")


def has_loudspeaker() -> bool:
    """Whether PortAudio is installed and knows a default output device."""
    try:
        sounddevice = load_sounddevice()
        return bool(sounddevice.query_devices(kind="output")["max_output_channels"])
    except AudioDeviceError:
        return False
    except (sounddevice.PortAudioError, ValueError):
        return False


def load_sounddevice() -> Any:
    """The module, on first use: importing it needs PortAudio.  Raises AudioDeviceError."""
    try:
        import sounddevice
    except OSError as error:
        raise AudioDeviceError(PORTAUDIO_MISSING) from error
    return sounddevice


def _reason(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__
