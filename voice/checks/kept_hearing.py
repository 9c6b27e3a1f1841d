"""What the recogniser heard, kept so that a verification that was stopped goes on where it was.

One JSON object a line, appended at once: whatever was heard stays, also after a power cut.  A file holds what one voice,
model, noise and base gave; with any other it is another file.  Only what the synthesiser said is in it.
"""

import hashlib
import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from intents.transcripts import Hypothesis, Transcript

KEPT_FILES: Final = 5
log = logging.getLogger(__name__)


class KeptHearing:
    """Transcripts by the text that was spoken.  Where the folder cannot be written nothing is kept, with a warning."""

    def __init__(self, folder: Path, conditions: Iterable[bytes]) -> None:
        self._path = folder / f"{_fingerprint(conditions)}.jsonl"
        self._warned = False
        self._known = dict(_read(self._path))

    def __contains__(self, said: str) -> bool:
        return said in self._known

    def __getitem__(self, said: str) -> Transcript:
        return self._known[said]

    def forget(self) -> None:
        """Begin anew."""
        self._known = {}
        self._path.unlink(missing_ok=True)

    def keep(self, said: str, heard: Transcript) -> None:
        """Remember, on disk too."""
        self._known[said] = heard
        row = {
            "said": said,
            "duration_ms": heard.duration_ms,
            "heard": [[h.text, h.reading, h.confidence] for h in heard.hypotheses],
        }
        try:
            self._append(json.dumps(row, ensure_ascii=False))
        except OSError as error:
            self._warn(error)

    def _append(self, line: str) -> None:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _forget_old(self._path.parent)
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" + line)  # behind whatever a power cut left of the last

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            log.warning("what is heard is not kept, a stopped verification begins anew: %s", error.strerror)


def _read(path: Path) -> list[tuple[str, Transcript]]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return []
    return [row for row in map(_row, lines) if row]


def _row(line: bytes) -> tuple[str, Transcript] | None:
    """None for a line that is empty or was cut short."""
    try:
        row: dict[str, Any] = json.loads(line)
        heard = tuple(Hypothesis(text=str(t), reading=str(r), confidence=float(c)) for t, r, c in row["heard"])
        return str(row["said"]), Transcript(hypotheses=heard, duration_ms=int(row["duration_ms"]))
    except (ValueError, KeyError, TypeError):
        return None


def _forget_old(folder: Path) -> None:
    files = sorted(folder.glob("*.jsonl"), key=lambda f: f.stat().st_mtime, reverse=True)
    for old in files[KEPT_FILES - 1 :]:
        old.unlink(missing_ok=True)


def _fingerprint(conditions: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for condition in conditions:
        digest.update(hashlib.sha256(condition).digest())
    return digest.hexdigest()[:32]
