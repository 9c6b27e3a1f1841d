"""Stand-ins that ship: the sounddevice module's listing, buttons that a test presses, lights that it looks at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from hardware.ports import ButtonEvent, Colour, Light


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeSounddevice:
    """Knows the given devices: rows as `sounddevice.query_devices` gives them."""

    rows: Sequence[dict[str, Any]]
    default_input: int = -1
    default_output: int = -1

    @property
    def default(self) -> SimpleNamespace:
        """The default devices, -1 for none."""
        return SimpleNamespace(device=(self.default_input, self.default_output))

    def query_devices(self) -> Sequence[dict[str, Any]]:
        """All devices."""
        return self.rows


class FakeButtons:
    """A `Buttons`; the test does what a finger would."""

    def __init__(self, *, muted: bool = False) -> None:
        self._muted = muted
        self._tell: Callable[[ButtonEvent], None] | None = None

    def watch(self, tell: Callable[[ButtonEvent], None]) -> None:
        """See `Buttons`."""
        self._tell = tell
        if self._muted:
            tell(ButtonEvent.MUTE_ON)

    def close(self) -> None:
        """See `Buttons`."""
        self._tell = None

    def do(self, *events: ButtonEvent) -> None:
        """Let these happen."""
        for event in events:
            if self._tell is not None:
                self._tell(event)


class FakeIndicator:
    """An `Indicator` that remembers what it showed, each state once until it changes."""

    def __init__(self) -> None:
        self.shown: list[Light] = []
        self.is_closed = False

    def show(self, light: Light) -> None:
        """See `Indicator`."""
        if self.shown[-1:] != [light]:
            self.shown.append(light)

    def close(self) -> None:
        """See `Indicator`."""
        self.is_closed = True


class FakePixels:
    """A `Pixels` that remembers what it shows; `fail` makes the ring go away."""

    def __init__(self, count: int = 12, *, fail: bool = False) -> None:
        self._count = count
        self.fail = fail
        self.colours: tuple[Colour, ...] = ((0.0, 0.0, 0.0),) * count
        self.is_closed = False

    @property
    def count(self) -> int:
        """How many lights."""
        return self._count

    def put(self, colours: Sequence[Colour]) -> None:
        """See `Pixels`."""
        if self.fail:
            raise OSError("the ring has gone")
        self.colours = tuple(colours)

    def close(self) -> None:
        """See `Pixels`."""
        self.colours = ((0.0, 0.0, 0.0),) * self._count
        self.is_closed = True
