"""How this device is, as its desk is told: codes and counts, never a text, a name or a number of anybody."""

import json
import logging
import re
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from server.clock import Clock, system_clock

FILE: Final = "last-error.json"
TOLD_FOR: Final = timedelta(days=1)
OK, LOST, UNKNOWN = "ok", "lost", "unknown"  # of the sound
MEGABYTE: Final = 1_000_000
_NO_VERSION: Final = re.compile(r"[^\w.+\- ]", re.ASCII)

log = logging.getLogger(__name__)


class DeviceCondition:
    """What the desk is told.  May be asked by any thread; `listens_to` and the context are the live loop's.

    As a context it remembers the error the program ends with, so that the next start can tell it.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        model: str,
        clock: Clock = system_clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._data_dir = data_dir
        self._model = _NO_VERSION.sub("_", model)[:64]  # the desk takes these signs only
        self._clock = clock
        self._monotonic = monotonic
        self._began_s = monotonic()
        self._is_away: Callable[[], bool] | None = None

    def __enter__(self) -> Self:
        """Begin to watch."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Remember what went wrong; nothing did when somebody ended the program, or wants it to begin anew."""
        from voice.reloading import SettingsChanged

        if isinstance(error, Exception) and not isinstance(error, SettingsChanged):
            self.note(error)

    def listens_to(self, is_away: Callable[[], bool]) -> None:
        """Ask this whether the microphone is away."""
        self._is_away = is_away

    def told(self) -> Mapping[str, str | int]:
        """Return the fields of the desk's `Heartbeat` that are known here."""
        found: dict[str, str | int] = {
            "model": self._model,
            "up_s": int(self._monotonic() - self._began_s),
            "audio": UNKNOWN if self._is_away is None else LOST if self._is_away() else OK,
            "error": self._last_error(),
        }
        with suppress(OSError):
            found["free_mb"] = shutil.disk_usage(self._data_dir).free // MEGABYTE
        return found

    def note(self, error: Exception) -> None:
        """Keep the class of an error for a day; its text may say too much."""
        kept = {"code": type(error).__name__, "at": self._clock().isoformat()}
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            (self._data_dir / FILE).write_text(json.dumps(kept), encoding="ascii")
        except OSError as failed:
            log.info("what went wrong cannot be kept: %s", failed.strerror)

    def _last_error(self) -> str:
        try:
            kept = json.loads((self._data_dir / FILE).read_text(encoding="ascii"))
            at = datetime.fromisoformat(kept["at"])
            return str(kept["code"])[:64] if abs(self._clock() - at) < TOLD_FOR else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""
