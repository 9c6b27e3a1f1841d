"""How a stream is asked for when a device refuses: another rate, more channels, other samples.  Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

# Error codes of portaudio.h that name what was refused
INVALID_CHANNEL_COUNT: Final = -9998
INVALID_SAMPLE_RATE: Final = -9997
SAMPLE_FORMAT_NOT_SUPPORTED: Final = -9994

COMMON_RATES_HZ: Final = (
    48_000,
    44_100,
    16_000,
    32_000,
    96_000,
    192_000,
    88_200,
    176_400,
    24_000,
    22_050,
    11_025,
    8_000,
)
SAMPLE_TYPES: Final = ("int16", "float32", "int32")

Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFormat:
    """What is asked of a device."""

    rate_hz: int
    channels: int
    dtype: str  # numpy's name of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What may be asked, the best first."""

    rates_hz: tuple[int, ...]
    channels: tuple[int, ...]
    dtypes: tuple[str, ...] = SAMPLE_TYPES

    @property
    def first(self) -> StreamFormat:
        """What is asked first."""
        return StreamFormat(rate_hz=self.rates_hz[0], channels=self.channels[0], dtype=self.dtypes[0])


def offers(*, rates_hz: Iterable[int], most_channels: int) -> Offers:
    """These rates and then the common ones; one channel, two, or all that the device has."""
    return Offers(
        rates_hz=tuple(dict.fromkeys((*rates_hz, *COMMON_RATES_HZ))),
        channels=tuple(dict.fromkeys(n for n in (1, 2, most_channels) if n == 1 or n <= most_channels)),
    )


def after(refused: StreamFormat, code: int, offers: Offers) -> StreamFormat | None:
    """What to ask for next when PortAudio refused with `code`; None when nothing else can help."""
    if code == INVALID_SAMPLE_RATE:
        rate_hz = _behind(offers.rates_hz, refused.rate_hz)
        return rate_hz and replace(refused, rate_hz=rate_hz)
    if code == INVALID_CHANNEL_COUNT:
        channels = _behind(offers.channels, refused.channels)
        return channels and replace(refused, channels=channels)
    if code == SAMPLE_FORMAT_NOT_SUPPORTED:
        dtype = _behind(offers.dtypes, refused.dtype)
        return dtype and replace(refused, dtype=dtype)
    return None


def opened_somehow(open_as: Callable[[StreamFormat], Opened], offers: Offers) -> tuple[Opened, StreamFormat]:
    """What `open_as` gives for the first format it takes.  Raises its last error when it takes none."""
    asked = offers.first
    while True:
        try:
            return open_as(asked), asked
        except Exception as error:  # PortAudioError cannot be imported where PortAudio is missing
            further = after(asked, code_of(error), offers)
            if further is None:
                raise
            asked = further


def code_of(error: Exception) -> int:
    """PortAudio's code in an error of sounddevice's, 0 if there is none."""
    return next((arg for arg in error.args if isinstance(arg, int)), 0)


def _behind(row: tuple[Any, ...], value: Any) -> Any:
    rest = row[row.index(value) + 1 :]
    return rest[0] if rest else None
