"""A box without buttons, or without a light."""

from collections.abc import Callable

from hardware.ports import ButtonEvent, Light


class NoButtons:
    """A `Buttons` that nobody can press."""

    def watch(self, tell: Callable[[ButtonEvent], None]) -> None:
        """See `Buttons`."""

    def close(self) -> None:
        """See `Buttons`."""


class NoIndicator:
    """An `Indicator` that shows nothing."""

    def show(self, light: Light) -> None:
        """See `Indicator`."""

    def close(self) -> None:
        """See `Indicator`."""
