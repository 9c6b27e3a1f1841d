"""What can go wrong with the box."""

from collections.abc import Sequence


class HardwareError(Exception):
    """Base of all errors of `hardware`; one line: what happened, why, what to do."""

    exit_code = 4


class PortAudioMissing(HardwareError):
    """The sound library is not installed; nothing can be played or recorded."""

    def __init__(self) -> None:
        super().__init__("PortAudio is not installed: run `sudo apt-get install libportaudio2`")


class DeviceUnknown(HardwareError):
    """No device of that number or name."""

    def __init__(self, wanted: str, kind: str) -> None:
        super().__init__(f"no {kind} {wanted!r}: `koemado devices` lists what is there")


class DeviceAmbiguous(HardwareError):
    """Several devices have this in their names."""

    def __init__(self, wanted: str, kind: str, found: Sequence[tuple[int, str]]) -> None:
        listed = ", ".join(f"{number} {name!r}" for number, name in found)
        super().__init__(f"{wanted!r} may be any {kind} of these: {listed}; give more of the name, or the number")


class GpioUnavailable(HardwareError):
    """The pins of the box cannot be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"buttons and light cannot be used ({reason}): on a Raspberry Pi `pip install koemado[hardware]` and join the "
            'group gpio; elsewhere set hardware = "none"'
        )
