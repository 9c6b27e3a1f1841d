"""A stand-in for the sounddevice module's listing, for tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any


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
