"""The audio devices of this machine, and how one is chosen by number or name."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from hardware.errors import DeviceAmbiguous, DeviceUnknown
from hardware.portaudio import THE_PORTAUDIO, PortAudio

Kind = Literal["input", "output"]
KIND_WORDS: Final[dict[Kind, str]] = {"input": "microphone", "output": "loudspeaker"}
_ALSA_PLACE: Final = re.compile(r"\s*\((plug)?hw:\d+,\d+\)$")  # it changes with the socket a device is plugged into


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioDevice:
    """One device as PortAudio sees it."""

    number: int
    name: str
    inputs: int  # channels it records
    outputs: int  # channels it plays
    rate_hz: int  # its own rate
    is_default_input: bool = False
    is_default_output: bool = False

    def can(self, kind: Kind) -> bool:
        """Whether it records (input) or plays (output)."""
        return (self.inputs if kind == "input" else self.outputs) > 0


def list_devices(portaudio: PortAudio = THE_PORTAUDIO) -> tuple[AudioDevice, ...]:
    """All devices as they were when PortAudio last looked, () on a machine without any.  Raises PortAudioMissing."""
    with portaudio.turn() as sounddevice:
        defaults = tuple(sounddevice.default.device)
        try:
            rows = sounddevice.query_devices()
        except sounddevice.PortAudioError:  # it could not be begun
            return ()
        return tuple(_device(row, defaults) for row in rows)


def choose(devices: Iterable[AudioDevice], wanted: str, kind: Kind) -> AudioDevice | None:
    """The device of that number or name, else the only one whose name contains `wanted`.

    "" is the default one, None if there is none.  Capitals make no difference.
    Raises DeviceUnknown when `wanted` names no device of that kind, DeviceAmbiguous when it names several.
    """
    able = [d for d in devices if d.can(kind)]
    if not wanted:
        default = [d for d in able if (d.is_default_input if kind == "input" else d.is_default_output)]
        return next(iter([*default, *able]), None)
    found = _named(able, wanted)
    if not found:
        raise DeviceUnknown(wanted, KIND_WORDS[kind])
    if len(found) > 1:
        raise DeviceAmbiguous(wanted, KIND_WORDS[kind], [(d.number, d.name) for d in found])
    return found[0]


def lasting_name(name: str) -> str:
    """The name without the number of its card, which ALSA gives anew when a device is plugged in again."""
    return _ALSA_PLACE.sub("", name)


def _named(able: Sequence[AudioDevice], wanted: str) -> list[AudioDevice]:
    """By the strictest reading of `wanted` that finds something: number, whole name, name without its card, part."""
    folded = wanted.casefold().strip()
    for matches in (
        lambda d: str(d.number) == folded,
        lambda d: d.name.casefold() == folded,
        lambda d: lasting_name(d.name).casefold() == folded,
        lambda d: folded in d.name.casefold(),
    ):
        if found := [d for d in able if matches(d)]:
            return found
    return []


def _device(row: Any, defaults: tuple[int, int]) -> AudioDevice:
    number = int(row["index"])
    return AudioDevice(
        number=number,
        name=str(row["name"]),
        inputs=int(row["max_input_channels"]),
        outputs=int(row["max_output_channels"]),
        rate_hz=int(row["default_samplerate"]),
        is_default_input=number == defaults[0],
        is_default_output=number == defaults[1],
    )
