"""A ring or strip of APA102 ("DotStar") lights on the SPI bus, as on the ReSpeaker boards.

Linux gives the bus as a file: what is written into it is clocked out, so no library is needed.  Source of the frames:
Shiji Lighting, "APA102 datasheet" (2014): 32 zero bits, for each light 0b111 and 5 bits of current, blue, green, red,
and half a clock for each light at the end.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hardware.errors import GpioUnavailable
from hardware.ports import Colour

SPI: Final = Path("/dev/spidev0.0")
_HEAD: Final = bytes(4)
_CURRENT: Final = 0xE0 | 8  # a quarter: 12 lights at full current want more than a Pi's 5 V pin should give


class ApaRing:
    """A `Pixels` over so many lights."""

    def __init__(self, count: int, path: Path = SPI) -> None:
        """Raises GpioUnavailable."""
        self._count = count
        try:
            self._bus = path.open("wb", buffering=0)
        except OSError as error:
            raise GpioUnavailable(f"{path}: {error.strerror}; SPI is switched on with raspi-config") from error

    @property
    def count(self) -> int:
        """How many lights there are."""
        return self._count

    def put(self, colours: Sequence[Colour]) -> None:
        """See `Pixels`."""
        self._bus.write(frame(colours))

    def close(self) -> None:
        """See `Pixels`."""
        if not self._bus.closed:
            self._bus.write(frame([(0.0, 0.0, 0.0)] * self._count))
            self._bus.close()


def frame(colours: Sequence[Colour]) -> bytes:
    """The bytes that light the ring."""
    lights = b"".join(bytes((_CURRENT, *(round(255 * level) for level in (b, g, r)))) for r, g, b in colours)
    return _HEAD + lights + b"\xff" * (len(colours) // 16 + 1)
