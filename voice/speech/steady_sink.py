"""The loudspeaker of a device that runs for years: a sentence lost half way is said again when it is back."""

import logging
import time
from collections.abc import Callable, Iterator
from threading import Event, Lock
from typing import Final

from hardware.audio_devices import AudioDevice
from hardware.chosen_device import BACK_OFF_S, Away, ChosenDevice
from voice.audio import AudioChunk
from voice.errors import AudioDeviceError
from voice.ports import AudioSink

log = logging.getLogger(__name__)

PATIENCE_S: Final = 10.0  # as long a sentence waits for a loudspeaker that went away
LOOK_FOR_CHOSEN_S: Final = 5.0  # at the earliest, while another loudspeaker stands in

OpenSink = Callable[[AudioDevice], AudioSink]


class SteadySink:
    """An AudioSink that outlives its device; never raises AudioDeviceError.

    A chunk that was lost half way is played again from its beginning, if the device is back within `PATIENCE_S`; after that
    chunks are dropped, with a look for the device every two seconds at most, until it is back; so from the beginning where
    none `is_there`.  `wait` (whether the event came within
    the seconds) and `monotonic` stand in for the clock.
    """

    def __init__(
        self,
        chosen: ChosenDevice,
        open_sink: OpenSink,
        *,
        is_there: bool = True,
        wait: Callable[[Event, float], bool] = Event.wait,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chosen, self._open = chosen, open_sink
        self._wait, self._monotonic = wait, monotonic
        self._turn = Lock()
        self._stopped = Event()
        self._sink: AudioSink | None = None  # while it plays
        self._away = None if is_there else Away(since_s=float("-inf"))
        self._looked_s = float("-inf")

    @property
    def is_away(self) -> bool:
        """Whether nothing is heard because no loudspeaker is there."""
        return self._away is not None

    def play(self, chunk: AudioChunk) -> None:
        """Play to the end, or to `stop`, or until it is clear that the loudspeaker does not come back."""
        if not len(chunk.samples):
            return
        with self._turn:
            self._stopped.clear()
            for device in self._tries():
                if self._played(chunk, device):
                    return

    def stop(self) -> None:
        """Silence within 100 ms; waiting for a loudspeaker ends, too."""
        self._stopped.set()
        sink = self._sink
        if sink is not None:
            sink.stop()

    def _played(self, chunk: AudioChunk, device: AudioDevice | None) -> bool:
        """Whether the chunk is done with: heard to its end, or stopped."""
        if device is None:
            return self._lost("no loudspeaker is connected")
        self._sink = self._open(device)
        try:
            if not self._stopped.is_set():
                self._sink.play(chunk)
        except AudioDeviceError as error:
            return self._lost(str(error))
        finally:
            self._sink = None
        self._note_back(device)
        return True

    def _tries(self) -> Iterator[AudioDevice | None]:
        """Yield what to play on, each after a pause for what was yielded before was of no use."""
        yield self._device()
        if self._has_waited_enough():
            if self._monotonic() - self._looked_s >= BACK_OFF_S[-1]:
                yield self._look()
            return
        while self._away is not None and not self._has_waited_enough():
            if self._stopped.is_set() or self._wait(self._stopped, self._away.pause_s):
                return
            self._away = self._away.looked()
            yield self._look()

    def _device(self) -> AudioDevice | None:
        """Return what to play on now; numbers may have changed since the last chunk."""
        device = self._chosen.now()
        passed_s = self._monotonic() - self._looked_s
        if device is not None and self._chosen.is_stand_in(device) and passed_s >= LOOK_FOR_CHOSEN_S:
            return self._look()
        return device

    def _look(self) -> AudioDevice | None:
        self._looked_s = self._monotonic()
        return self._chosen.after_another_look()

    def _has_waited_enough(self) -> bool:
        return self._away is not None and self._monotonic() - self._away.since_s >= PATIENCE_S

    def _lost(self, reason: str) -> bool:
        if self._away is None:
            self._away = Away(since_s=self._monotonic())
            log.warning("%s; what is said is not heard until it is back", reason)
        return self._stopped.is_set()

    def _note_back(self, device: AudioDevice) -> None:
        if self._away is not None:
            self._away = None
            log.warning("speaking again, with %s", device.name)
