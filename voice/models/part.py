"""A file on its way: the bytes so far in `NAME.part`, where they come from in `NAME.part.json`."""

import json
from dataclasses import asdict
from pathlib import Path

from voice.files import write_atomically
from voice.models.disk import sync_file, sync_folder
from voice.models.responses import Origin


class PartFile:
    """The unfinished form of `target`.  Survives the program; all methods raise OSError."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """How many bytes are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    def origin(self, url: str) -> Origin | None:
        """Where the bytes came from; None when that is unknown or was not `url`, so that they are of no use."""
        try:
            origin = Origin(**json.loads(self._note.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return origin if origin.url == url else None

    def begin(self, origin: Origin) -> None:
        """Start over with no bytes.  They go first: a kill in between must not join them to the new origin."""
        self.path.write_bytes(b"")
        write_atomically(self._note, json.dumps(asdict(origin)).encode())

    def discard(self) -> None:
        """Forget the bytes."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self) -> None:
        """The part becomes the target."""
        sync_file(self.path)
        self.path.replace(self.target)
        self._note.unlink(missing_ok=True)
        sync_folder(self.target.parent)
