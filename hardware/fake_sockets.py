"""A stand-in for the sounddevice module with sockets, into which a test plugs devices: it ships with the real thing."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

import numpy as np

from hardware.stream_formats import INVALID_CHANNEL_COUNT, INVALID_SAMPLE_RATE, SAMPLE_FORMAT_NOT_SUPPORTED

INVALID_DEVICE: Final = -9996
UNAVAILABLE: Final = -9985


class FakePortAudioError(Exception):
    """As sounddevice.PortAudioError: a text and a code."""


class FakeCallbackStop(Exception):
    """As sounddevice.CallbackStop."""


@dataclass(slots=True, kw_only=True, eq=False)
class FakeSoundDevice:
    """One device and what it takes; empty collections take anything."""

    name: str
    inputs: int = 0
    outputs: int = 0
    rate_hz: int = 48_000
    rates_hz: Collection[int] = ()
    channels: Collection[int] = ()
    dtypes: Collection[str] = ()
    hears: Callable[[int], Any] | None = None  # block number -> frames, until None; a call for each stream block
    blocks_until_unplugged: int | None = None  # of the next stream played; then it is pulled out


@dataclass(slots=True, kw_only=True, eq=False)
class FakeSockets:
    """Plays the module: `plugged` is what is there, which `query_devices` knows only after `_initialize`."""

    plugged: list[FakeSoundDevice] = field(default_factory=list)
    seen: list[FakeSoundDevice] = field(default_factory=list)
    streams: list["FakeSocketStream"] = field(default_factory=list)  # all that were ever opened
    begun: int = 0  # how often PortAudio was begun anew
    PortAudioError: type[Exception] = FakePortAudioError
    CallbackStop: type[Exception] = FakeCallbackStop

    def __post_init__(self) -> None:
        self.seen = list(self.plugged)

    @property
    def default(self) -> SimpleNamespace:
        """The first that records and the first that plays."""
        return SimpleNamespace(device=(self._first("inputs"), self._first("outputs")))

    def query_devices(self, device: Any = None, _kind: str = "") -> Any:
        """As the module's."""
        rows = [_row(number, one) for number, one in enumerate(self.seen)]
        return rows if device is None else rows[device]

    def _initialize(self) -> None:
        self.begun += 1
        self.seen = list(self.plugged)

    def _terminate(self) -> None:
        """Raises where the real one would leave dangling pointers."""
        if any(not stream.closed for stream in self.streams):
            raise AssertionError("PortAudio was ended while a stream is open")

    def InputStream(self, **asked: Any) -> "FakeSocketStream":  # noqa: N802
        """As the module's."""
        return self._opened(asked)

    def OutputStream(self, **asked: Any) -> "FakeSocketStream":  # noqa: N802
        """As the module's."""
        return self._opened(asked)

    def unplug(self, device: FakeSoundDevice) -> None:
        """Pull it out; its streams end."""
        self.plugged.remove(device)
        for stream in self.streams:
            if stream.device is device and not stream.closed:
                stream.asked["finished_callback"]()

    def _first(self, kind: str) -> int:
        return next((number for number, one in enumerate(self.seen) if getattr(one, kind)), -1)

    def _opened(self, asked: dict[str, Any]) -> "FakeSocketStream":
        if not 0 <= asked["device"] < len(self.seen):
            raise FakePortAudioError("Invalid device", INVALID_DEVICE)
        device = self.seen[asked["device"]]
        if device not in self.plugged:
            raise FakePortAudioError("Device unavailable", UNAVAILABLE)
        for taken, given, code in (
            (device.rates_hz, asked["samplerate"], INVALID_SAMPLE_RATE),
            (device.channels, asked["channels"], INVALID_CHANNEL_COUNT),
            (device.dtypes, asked["dtype"], SAMPLE_FORMAT_NOT_SUPPORTED),
        ):
            if taken and given not in taken:
                raise FakePortAudioError(f"{given} is refused", code)
        self.streams.append(FakeSocketStream(sockets=self, device=device, asked=asked))
        return self.streams[-1]


@dataclass(slots=True, kw_only=True, eq=False)
class FakeSocketStream:
    """A stream: a microphone's calls back with all it `hears` when it is started, a loudspeaker's until it has all."""

    sockets: FakeSockets
    device: FakeSoundDevice
    asked: dict[str, Any]
    closed: bool = False
    heard: list[Any] = field(default_factory=list)  # what a loudspeaker was given, block by block

    def start(self) -> None:
        """Run to the end, in the caller's thread."""
        if self.device.hears is not None:
            self._record()
        elif self.device.outputs:
            self._play()

    def abort(self, ignore_errors: bool = True) -> None:
        """Be silent."""

    def close(self, ignore_errors: bool = True) -> None:
        """End, as the real one does: with its last callback."""
        self.closed = True
        self.asked["finished_callback"]()

    def _record(self) -> None:
        number = 0
        while self.device.hears is not None and (frames := self.device.hears(number)) is not None:
            self.asked["callback"](frames, len(frames), None, None)
            number += 1

    def _play(self) -> None:
        left = self.device.blocks_until_unplugged
        while left is None or left > 0:
            block = np.zeros((self.asked["blocksize"], self.asked["channels"]), self.asked["dtype"])
            try:
                self.asked["callback"](block, len(block), None, None)
            except FakeCallbackStop:
                self.heard.append(block)
                self.asked["finished_callback"]()
                return
            self.heard.append(block)
            left = None if left is None else left - 1
        self.device.blocks_until_unplugged = None
        self.sockets.unplug(self.device)


def _row(number: int, device: FakeSoundDevice) -> dict[str, Any]:
    return {
        "index": number,
        "name": device.name,
        "max_input_channels": device.inputs,
        "max_output_channels": device.outputs,
        "default_samplerate": float(device.rate_hz),
    }
