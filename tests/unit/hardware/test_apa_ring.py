import pytest

from hardware.apa_ring import ApaRing, frame
from hardware.errors import GpioUnavailable


def test_a_frame_is_blue_green_red_behind_a_head():
    assert frame([(1.0, 0.5, 0.0)]) == bytes(4) + bytes((0xE8, 0, 128, 255)) + b"\xff"


def test_a_long_strip_gets_its_clocks():
    assert len(frame([(0.0, 0.0, 0.0)] * 32)) == 4 + 32 * 4 + 3  # half a clock a light: 16 bits


def test_the_ring_goes_dark_when_closed(tmp_path):
    bus = tmp_path / "spi"
    ring = ApaRing(2, bus)
    ring.put([(1.0, 1.0, 1.0)] * 2)
    ring.close()
    ring.close()
    lit, dark = frame([(1.0, 1.0, 1.0)] * 2), frame([(0.0, 0.0, 0.0)] * 2)
    assert bus.read_bytes() == lit + dark


def test_a_bus_that_is_off_says_how_it_is_switched_on(tmp_path):
    with pytest.raises(GpioUnavailable, match="raspi-config"):
        ApaRing(2, tmp_path / "none" / "spi")
