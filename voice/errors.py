"""What can go wrong on the device; the class tells the caller what to do, the text tells the user."""


class VoiceError(Exception):
    """Base of all errors of `voice`.  Its text is one line: what happened, why, what to do."""

    exit_code = 1


class BadAudio(VoiceError):
    """The given audio cannot be used; another file is needed."""

    exit_code = 2


class ModelError(VoiceError):
    """A speech model is missing, damaged or of the wrong kind."""

    exit_code = 3


class AudioDeviceError(VoiceError):
    """No such device, or it went away."""

    exit_code = 4


class SynthesisError(VoiceError):
    """The text could not be spoken."""

    exit_code = 5


class SettingsError(VoiceError):
    """A setting has a value that cannot be."""

    exit_code = 2


class MissingPart(VoiceError):
    """Packages of a part that is installed separately are not there."""


class ServiceNotInstalled(VoiceError):
    """A service could not be installed or removed."""


class TurnLogUnavailable(VoiceError):
    """The log of conversations cannot be read or written; conversations go on without it."""

    def __init__(self, path: str, error: Exception, *, damaged: bool = False) -> None:
        super().__init__(f"the turn log {path} cannot be used: {error}")
        self.damaged = damaged  # no SQLite file (any more)
