"""What the desk says of a published knowledge bundle.  Pure."""

from collections.abc import Iterable, Sequence
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
    audience: tuple[str, ...] | None = (
        None  # ids of the devices it is for; None: all, (): none, it is kept to go back to
    )

    def is_for(self, device_id: str) -> bool:
        """Whether that device was meant."""
        return self.audience is None or device_id in self.audience

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


def meant_for(releases: Iterable[Release], device_id: str | None) -> Release | None:
    """Return the release a device is to use: the latest that was meant for it.  None for the device: those meant for all.

    A later release always has a higher serial, so whatever a device is given next, it sees its serials grow.
    """
    found = (one for one in releases if (one.audience is None if device_id is None else one.is_for(device_id)))
    return max(found, key=lambda one: one.serial, default=None)


def in_use(releases: Sequence[Release]) -> frozenset[str]:
    """Return the versions some device may be using: that of all, and those of the chosen ones."""
    chosen = {device for one in releases for device in one.audience or ()}
    found = (meant_for(releases, device) for device in (None, *chosen))
    return frozenset(one.version for one in found if one)


def next_serial(last: int, now: datetime) -> int:
    """Return a serial above the last one, and above those of a database that was lost and restored: seconds of time."""
    return max(last + 1, int(now.timestamp()))


def etag_of(serial: int) -> str:
    """Return the entity tag of a release."""
    return f'"{serial}"'
