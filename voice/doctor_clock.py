"""Whether the clock can be right, seen without a network: a box without a battery starts in the past."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from voice.findings import Finding, State
from voice.settings import Settings

NTP: Final = "turn the time service on: sudo timedatectl set-ntp true; look whether the network lets NTP (UDP 123) pass"
ZONE: Final = "sudo timedatectl set-timezone Asia/Tokyo"
OF_JAPAN: Final = timedelta(hours=9)
MARGIN: Final = timedelta(minutes=10)


def clock(settings: Settings, *, now: datetime | None = None) -> Iterator[Finding]:
    """Compare it with what was written here before; `now` is local, with its zone."""
    now = now or datetime.now(UTC).astimezone()
    latest = _latest(settings)
    if latest - now > MARGIN:
        detail = f"the clock says {now:%Y-%m-%d %H:%M}, but there are files of {latest.astimezone(now.tzinfo):%Y-%m-%d %H:%M} here"
        yield Finding(check="clock", state=State.BROKEN, detail=detail, remedy=NTP)
    elif now.utcoffset() != OF_JAPAN:
        detail = f"{now:%Y-%m-%d %H:%M %Z}: articles and logs change their day at another hour than Japan's"
        yield Finding(check="clock", state=State.LIMITED, detail=detail, remedy=ZONE)
    else:
        yield Finding(check="clock", state=State.FINE, detail=f"{now:%Y-%m-%d %H:%M %Z}")


def _latest(settings: Settings) -> datetime:
    """When the youngest file was written, of the program and of this device."""
    moments = [0.0]
    with suppress(OSError):
        moments.append(Path(__file__).stat().st_mtime)
    with suppress(OSError):
        moments += [path.stat().st_mtime for path in settings.data_dir.iterdir()]
    return datetime.fromtimestamp(min(max(moments), time.time() + _FAR_S), UTC)


_FAR_S: Final = 40 * 365 * 86_400.0  # a file's time may be beyond any date
