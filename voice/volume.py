"""How loud the box is, kept across restarts."""

import json
import logging
from pathlib import Path
from typing import Final

from voice.files import write_atomically

FILE: Final = "volume.json"
USUAL_PERCENT: Final = 70

log = logging.getLogger(__name__)


class KeptVolume:
    """The volume in percent, and the last that could be heard."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.percent, self.before = self._read()

    def set(self, percent: int) -> None:
        """Keep it; where it cannot be written it lasts until the next start."""
        self.percent, self.before = percent, percent or self.before
        try:
            write_atomically(self._path, json.dumps({"percent": percent, "before": self.before}).encode())
        except OSError as error:
            log.warning("the volume cannot be kept: %s", error)

    def _read(self) -> tuple[int, int]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            return _percent(kept["percent"]), _percent(kept["before"]) or USUAL_PERCENT
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("the volume kept cannot be read (%s): it is %d percent", type(error).__name__, USUAL_PERCENT)
        return USUAL_PERCENT, USUAL_PERCENT


def _percent(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= 100:  # noqa: PLR2004 - percent
        raise ValueError("no percentage")
    return value
