"""What the desk says of a published knowledge bundle.  Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.errors import DeskError

LARGEST_BUNDLE: Final = 32 * 1024 * 1024  # bytes
MOST_KEPT: Final = 30  # versions one can go back to


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A bundle was put into use.  Going back to an earlier bundle is a release of its own, with a higher serial."""

    serial: int
    version: str
    at: datetime
    by: str
    key_id: str
    signature: bytes
    content: str
    articles: int
    size: int  # bytes

    @property
    def etag(self) -> str:
        """What tells it from other releases, in HTTP's form."""
        return etag_of(self.serial)


class BundleUnknown(DeskError):
    """No bundle of that version is kept."""

    exit_code = 2

    def __init__(self, version: str) -> None:
        super().__init__(f"no bundle {version!r} is kept: `koemado kb bundles` lists them")


class BundleClash(DeskError):
    """Another bundle of that version is kept."""

    def __init__(self, version: str) -> None:
        super().__init__(f"there is another bundle {version!r} already: build it anew")


def next_serial(last: int, now: datetime) -> int:
    """Return a serial above the last one, and above those of a database that was lost and restored: seconds of time."""
    return max(last + 1, int(now.timestamp()))


def etag_of(serial: int) -> str:
    """Return the entity tag of a release."""
    return f'"{serial}"'
