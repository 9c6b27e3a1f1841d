"""The audio devices of this machine, and how one is chosen by number or name."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from hardware.errors import DeviceUnknown, PortAudioMissing

Kind = Literal["input", "output"]


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


def list_devices(sounddevice: Any = None) -> tuple[AudioDevice, ...]:
    """All devices, () on a machine without any.  Raises PortAudioMissing.

    `sounddevice` stands in for the module, for tests.
    """
    module = sounddevice or _sounddevice()
    defaults = tuple(module.default.device)
    return tuple(_device(row, defaults) for row in module.query_devices())


def choose(devices: Iterable[AudioDevice], wanted: str, kind: Kind) -> AudioDevice | None:
    """The device of that number, else the first whose name contains `wanted`; "" is the default one, None if there is none.

    Raises DeviceUnknown when `wanted` names no device of that kind.
    """
    able = [d for d in devices if d.can(kind)]
    if not wanted:
        default = [d for d in able if (d.is_default_input if kind == "input" else d.is_default_output)]
        return next(iter([*default, *able]), None)
    numbered = [d for d in able if str(d.number) == wanted]
    found = numbered or [d for d in able if wanted.casefold() in d.name.casefold()]
    if not found:
        raise DeviceUnknown(wanted, "microphone" if kind == "input" else "loudspeaker")
    return found[0]


def _sounddevice() -> Any:
    try:
        import sounddevice
    except OSError as error:  # what sounddevice raises when it does not find PortAudio
        raise PortAudioMissing from error
    return sounddevice


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
