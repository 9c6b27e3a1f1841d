"""Where a Wyoming service is: tcp://host:port or unix:///path; wyoming:// is another word for tcp://."""

import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from voice.wyoming_service.errors import AddressWrong

_TCP: Final = ("tcp", "wyoming")
_SCHEMES: Final = (*_TCP, "unix")


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A host, by name or number, and a port; port 0 is a free one where something shall listen."""

    host: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"

    def connected(self, timeout_s: float) -> socket.socket:
        """Connect.  Raises OSError."""
        return socket.create_connection((self.host, self.port), timeout_s)


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A socket in the file system."""

    path: Path

    @property
    def is_local(self) -> bool:
        """Always."""
        return True

    def __str__(self) -> str:
        return f"unix://{self.path}"

    def connected(self, timeout_s: float) -> socket.socket:
        """Connect.  Raises OSError."""
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(timeout_s)
        try:
            made.connect(str(self.path))
        except OSError:
            made.close()
            raise
        return made


Address = TcpAddress | UnixAddress


def is_address(text: str) -> bool:
    """Whether a text is meant as such an address, and not as a name or a folder."""
    return text.partition("://")[0].lower() in _SCHEMES and "://" in text


def parsed(uri: str) -> Address:
    """Read an address.  Raises AddressWrong."""
    try:
        found = urlsplit(uri)
        host, port = found.hostname, found.port
    except ValueError:
        raise AddressWrong(uri) from None
    more = found.query or found.fragment or found.username
    if found.scheme in _TCP and host and port is not None and found.path in ("", "/") and not more:
        return TcpAddress(host, port)
    if found.scheme == "unix" and found.path.startswith("/") and len(found.path) > 1 and not found.netloc and not more:
        return UnixAddress(Path(found.path))
    raise AddressWrong(uri)
