"""The microphone of a device that runs for years: unplugged, it gives silence; plugged in again, sound."""

import logging
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Final

import numpy as np

from hardware.audio_devices import AudioDevice
from hardware.chosen_device import Away, ChosenDevice
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk
from voice.errors import AudioDeviceError
from voice.ports import LiveSource

log = logging.getLogger(__name__)

SLICE_MS: Final = 100  # of silence
SILENCE: Final = np.zeros(RECOGNITION_RATE_HZ * SLICE_MS // 1000, np.int16)
LOOK_FOR_CHOSEN_S: Final = 5.0  # while another microphone stands in, at the earliest, after the assistant has spoken
LOOK_ANYWAY_S: Final = 30.0  # likewise, whoever speaks: it costs 0.1 s of sound

OpenMicrophone = Callable[[AudioDevice], LiveSource]


class SteadyMicrophone:
    """A LiveSource that outlives its device.

    While the device is away there is silence in real time, so that whoever listens goes on: patience ends, news are told.
    What happened is logged once when it goes and once when it is back.  `wait` and `monotonic` stand in for the clock.
    """

    def __init__(
        self,
        chosen: ChosenDevice,
        open_microphone: OpenMicrophone,
        *,
        wait: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chosen, self._open = chosen, open_microphone
        self._wait, self._monotonic = wait, monotonic
        self._source: LiveSource | None = None
        self._away: Away | None = None
        self._has_heard = self._was_logged = False
        self._reason = ""
        self._stands_in_since_s: float | None = None
        self._wants_chosen = False

    @property
    def is_away(self) -> bool:
        """Whether there is only silence because no microphone is there."""
        return self._away is not None

    def chunks(self) -> Generator[AudioChunk]:
        """Yield sound, or silence, for ever.  Raises AudioDeviceError only when the first opening fails."""
        device = self._chosen.now()
        while True:
            try:
                if device is not None:
                    yield from self._heard(device)
            except AudioDeviceError as error:
                if not self._has_heard:
                    raise
                self._reason = self._reason or str(error)
            device = yield from self._device_again()

    def forget(self) -> None:
        """Throw away what was recorded but not yet taken; a moment to look whether the chosen microphone is back."""
        if self._source is not None:
            self._source.forget()
        since_s = self._stands_in_since_s
        self._wants_chosen = since_s is not None and self._monotonic() - since_s >= LOOK_FOR_CHOSEN_S

    def _heard(self, device: AudioDevice) -> Generator[AudioChunk]:
        """Yield from one opening, until it is lost or the chosen device may be back."""
        self._source = source = self._open(device)
        self._stands_in_since_s = self._monotonic() if self._chosen.is_stand_in(device) else None
        self._wants_chosen = False
        with closing(source.chunks()) as chunks:
            for chunk in chunks:
                self._note_back(device)
                yield chunk
                if self._is_time_for_chosen():
                    return

    def _is_time_for_chosen(self) -> bool:
        since_s = self._stands_in_since_s
        return self._wants_chosen or (since_s is not None and self._monotonic() - since_s >= LOOK_ANYWAY_S)

    def _device_again(self) -> Generator[AudioChunk, None, AudioDevice | None]:
        """Return what to open next, after a pause in silence unless this is the first try since sound came."""
        if self._away is None:
            self._away = Away(since_s=self._monotonic())
            if self._stands_in_since_s is not None:
                return self._chosen.after_another_look()
            return self._chosen.now()  # lost, or only closed for a look at the devices: numbers may have changed
        self._note_lost()
        for _ in range(round(self._away.pause_s * 1000 / SLICE_MS)):
            self._wait(SLICE_MS / 1000)
            yield AudioChunk(samples=SILENCE, rate_hz=RECOGNITION_RATE_HZ)
        self._away = self._away.looked()
        return self._chosen.after_another_look()

    def _note_lost(self) -> None:
        if not self._was_logged:
            self._was_logged = True
            log.warning("%s; listening goes on when it is back", self._reason or "the microphone is not connected")

    def _note_back(self, device: AudioDevice) -> None:
        self._away, self._has_heard, self._reason = None, True, ""
        if self._was_logged:
            self._was_logged = False
            log.warning("listening again, with %s", device.name)
