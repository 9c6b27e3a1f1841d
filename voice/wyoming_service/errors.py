"""What can go wrong with the Wyoming protocol."""

from voice.errors import SettingsError, VoiceError


class AddressWrong(SettingsError):
    """Not an address of a Wyoming service."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri} is no address of a Wyoming service: write tcp://HOST:PORT or unix:///PATH")


class CannotListen(VoiceError):
    """The address is taken or not ours; another one is needed."""

    exit_code = 4

    def __init__(self, uri: str, reason: str) -> None:
        super().__init__(f"nothing can listen at {uri}: {reason}; give another with --uri")


class RequestRefused(VoiceError):
    """A client asks for what it cannot have; it is told `code` and this text, and its connection is closed."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
