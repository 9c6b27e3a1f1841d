"""The desk's recordings for the gate: a folder of sound files and one table that says what each asks for."""

import csv
import logging
from pathlib import Path
from typing import Final

from server.knowledge.asking import Recording

TABLE: Final = "recordings.tsv"  # columns: file, id (of the article, empty: none should answer), text
MOST: Final = 500
log = logging.getLogger(__name__)


def recordings_in(folder: Path) -> tuple[Recording, ...]:
    """Return them in the order of the table; what cannot be read is told in the log and left out."""
    try:
        text = (folder / TABLE).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        log.warning("no recordings for the gate: %s in %s cannot be read (%s)", TABLE, folder, type(error).__name__)
        return ()
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    found = [
        Recording(name=row["file"], text=row.get("text") or row["file"], article_id=row.get("id") or "")
        for row in rows
        if row.get("file") and _is_inside(folder, row["file"])
    ]
    return tuple(found[:MOST])


def _is_inside(folder: Path, name: str) -> bool:
    path = (folder / name).resolve()
    return path.is_relative_to(folder.resolve()) and path.is_file()
