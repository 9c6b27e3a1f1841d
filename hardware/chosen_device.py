"""The device somebody wants, found again by its name after it was unplugged; and when to look for it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from hardware.audio_devices import AudioDevice, Kind, choose, lasting_name, list_devices
from hardware.errors import DeviceAmbiguous, DeviceUnknown
from hardware.portaudio import THE_PORTAUDIO, PortAudio

BACK_OFF_S: Final = (0.25, 0.5, 1.0, 2.0)  # between two looks; looking may cost an open microphone 0.1 s of sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A device that is not there."""

    since_s: float
    looks: int = 0

    @property
    def pause_s(self) -> float:
        """How long to wait before the next look."""
        return BACK_OFF_S[min(self.looks, len(BACK_OFF_S) - 1)]

    def looked(self) -> "Away":
        """After a look in vain."""
        return replace(self, looks=self.looks + 1)


def pick(
    devices: Iterable[AudioDevice], wanted: str, name: str | None, kind: Kind, *, falls_back: bool
) -> AudioDevice | None:
    """The device to use now, None while it is away.

    `wanted` is the setting, `name` what the device was called when it was there: numbers change when devices come and
    go, and so does the number of the card in ALSA's names.
    """
    able = [d for d in devices if d.can(kind)]
    if not wanted:
        return choose(able, "", kind)
    found = _called(able, name) if name else None
    if found is None and not wanted.isdecimal():
        found = _if_clear(able, wanted, kind)
    if found is None and falls_back:
        return choose(able, "", kind)
    return found


def _called(able: Iterable[AudioDevice], name: str) -> AudioDevice | None:
    exact = [d for d in able if d.name == name]
    return next(iter([*exact, *(d for d in able if lasting_name(d.name) == lasting_name(name))]), None)


def _if_clear(able: Iterable[AudioDevice], wanted: str, kind: Kind) -> AudioDevice | None:
    try:
        return choose(able, wanted, kind)
    except (DeviceUnknown, DeviceAmbiguous):
        return None


class ChosenDevice:
    """One setting, and what answers to it now.

    `falls_back`: while it is away the system's default device stands in.
    """

    def __init__(
        self, wanted: str, kind: Kind, *, falls_back: bool = False, portaudio: PortAudio = THE_PORTAUDIO
    ) -> None:
        self._wanted, self.kind, self._falls_back, self._portaudio = wanted, kind, falls_back, portaudio
        self._name: str | None = None

    def at_start(self) -> AudioDevice | None:
        """What is there now; None where there is none at all.

        Raises DeviceUnknown, DeviceAmbiguous, PortAudioMissing.
        """
        device = choose(list_devices(self._portaudio), self._wanted, self.kind)
        if device is not None and self._wanted:
            self._name = device.name
        return device

    def now(self) -> AudioDevice | None:
        """What answers to it among the devices PortAudio knows; numbers of earlier answers may be wrong by now."""
        found = list_devices(self._portaudio)
        return pick(found, self._wanted, self._name, self.kind, falls_back=self._falls_back)

    def after_another_look(self) -> AudioDevice | None:
        """As `now`, but PortAudio looks for devices first, unless a stream is open that does not yield."""
        self._portaudio.look_again()
        return self.now()

    def is_stand_in(self, device: AudioDevice) -> bool:
        """Whether this is not the device that was wanted."""
        return self._name is not None and lasting_name(device.name) != lasting_name(self._name)
