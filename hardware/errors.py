"""What can go wrong with the box."""


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
